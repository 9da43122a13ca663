"""Fetch one file over HTTP: resumed after an interruption, checked before it gets its name.

What has arrived lies in ``NAME.part`` and stays there when the connection, the process or the user ends the download;
the next call goes on from it, if the server still has the same file. The file gets its name only when size, checksum
and the caller's own check agree. Of several callers that want the same file one fetches it, the others wait for it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import filelock

from dbl_core.download.connection import BrokenOffError, CannotContinueError, MissingError, RefusedError, open_url
from dbl_core.download.part import PartFile
from dbl_core.errors import DataError
from dbl_core.runs.record import writing

Progress = Callable[[int, int], None]
Check = Callable[[], None]
Verify = Callable[[Path], None]

CHUNK = 256 << 10
SPARE_BYTES = 32 << 20
"""Room that must be left on the disk beside the file."""
_POLL_S = 0.1


@dataclass(frozen=True)
class RemoteFile:
    """A file somewhere in the network, with what is published about it.

    Attributes:
        url: Where it lies; http or https.
        size: Its size in bytes, None where it is not published.
        checksum: ``"md5:..."`` or ``"sha256:..."`` as published, empty where there is none.
        max_bytes: More than this is never taken, whatever the server sends.
    """

    url: str
    size: int | None = None
    checksum: str = ""
    max_bytes: int = 8 << 30

    @property
    def name(self) -> str:
        """Last part of the URL."""
        return urlsplit(self.url).path.rpartition("/")[2]


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes:
        timeout_s: Seconds without a single byte before an attempt is given up.
        attempts: How often to try in a row without getting any further.
        pause_s: Seconds before the second attempt; doubles from one to the next.
    """

    timeout_s: float = 30.0
    attempts: int = 4
    pause_s: float = 0.5


PATIENCE = Patience()


class NotOnServerError(DataError):
    """The server answered, but it does not have the file."""


def _nothing(*_: object) -> None:
    """Report to nobody, object to nothing."""


def check_url(url: str) -> str:
    """The URL, when it is one that can be fetched.

    Raises:
        ValueError: It is not http or https, names no server, or holds blanks, line breaks or a password.
    """
    try:
        parts = urlsplit(url)
        good = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        good = False
    if not good or re.search(r"[\x00-\x20\x7f\\]", url):
        raise ValueError(f"{url[:200]!r} is not an address of the form https://server/path without a password")
    return url


def fetch(
    remote: RemoteFile,
    target: Path,
    *,
    progress: Progress = _nothing,
    check_stop: Check = _nothing,
    verify: Verify = _nothing,
    patience: Patience = PATIENCE,
) -> bool:
    """Bring a remote file to its place on this disk.

    Args:
        remote: What to fetch.
        target: Name it gets here; its folder is made when it is not there.
        progress: Called with (bytes that are here, bytes in all; 0 when the server does not say).
        check_stop: Called at least every 256 KiB and while waiting; ends the download by raising.
        verify: Called with the complete file before it gets its name; raises ``DataError`` when it is not good.
        patience: Time-outs and number of attempts.

    Returns:
        True when it was fetched, False when it was there already.

    Raises:
        ValueError: The URL cannot be one.
        NotOnServerError: The server answered but does not have the file (a ``DataError``).
        DataError: The file cannot be had or is not the published one; the sentence says what to do by hand.
        RunError: The disk is full or the folder cannot be written; so far what has arrived is kept.
    """
    check_url(remote.url)
    target = Path(target).absolute()
    if _is_there(remote, target):
        return False
    with _turn(target, check_stop):
        if _is_there(remote, target):
            return False
        part = PartFile(target.with_name(f"{target.name}.part"))
        try:
            _fetch_in_attempts(remote, part, _Watch(progress, check_stop), patience)
            _accept(remote, part, verify)
        except (BrokenOffError, RefusedError) as error:
            if not part.size:
                part.forget()
            kind = NotOnServerError if isinstance(error, MissingError) else DataError
            raise kind(_by_hand(remote, target, str(error))) from error
        part.become(target)
    return True


@dataclass(frozen=True)
class _Watch:
    """Who is told about progress and asked about stopping."""

    progress: Progress
    check_stop: Check


def _is_there(remote: RemoteFile, target: Path) -> bool:
    """Whether the file lies in its place; one that lies there and is another is refused."""
    if not target.is_file():
        return False
    if remote.checksum and not matches(target, remote.checksum):
        raise DataError(
            f"{str(target)!r} is not the published file (its {remote.checksum.partition(':')[0]} differs): remove it"
            " and start the download again"
        )
    return True


@contextmanager
def _turn(target: Path, check_stop: Check) -> Iterator[None]:
    """Wait until nobody else fetches this file."""
    path = target.with_name(f".{target.name}.lock")
    with writing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path)
    while not lock.is_locked:
        check_stop()
        with writing(path), suppress(filelock.Timeout):
            lock.acquire(timeout=_POLL_S)
    try:
        yield
        # Whoever waits for it finds the file itself first.
        with suppress(OSError):
            path.unlink()
    finally:
        lock.release()


def _fetch_in_attempts(remote: RemoteFile, part: PartFile, watch: _Watch, patience: Patience) -> None:
    """Try until the file is complete; an attempt that got further starts the count anew."""
    failures = 0
    while True:
        size_before = part.size
        try:
            _fetch_once(remote, part, watch, patience)
            return
        except BrokenOffError as error:
            failures = 1 if part.size > size_before else failures + 1
            if isinstance(error, CannotContinueError):
                part.forget()
            if failures >= patience.attempts:
                raise
        _pause(patience.pause_s * 2 ** (failures - 1), watch.check_stop)


def _pause(seconds: float, check_stop: Check) -> None:
    """Sleep, but notice a stop."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        check_stop()
        time.sleep(min(left, _POLL_S))


def _fetch_once(remote: RemoteFile, part: PartFile, watch: _Watch, patience: Patience) -> None:
    """One connection: go on from what is there, or start at the beginning where the server wants that."""
    watch.check_stop()
    start, validator = part.resume_point(remote.url)
    with open_url(remote.url, start=start, validator=validator, timeout_s=patience.timeout_s) as answer:
        total = _checked_total(remote, answer.total)
        part.begin(remote.url, answer.validator, start=answer.start)
        _check_space(part.path.parent, (total or 0) - answer.start)
        watch.progress(part.size, total or 0)
        limit = total or remote.max_bytes
        with writing(part.path), part.path.open("ab") as file:
            for block in answer.blocks(CHUNK):
                if file.tell() + len(block) > limit:
                    raise RefusedError(f"sends more than the {limit:,} bytes it should have")
                file.write(block)
                file.flush()  # what has arrived outlives this process, however it ends
                watch.progress(file.tell(), total or 0)
                watch.check_stop()
    if total is not None and part.size < total:
        raise BrokenOffError(f"broke off after {part.size:,} of {total:,} bytes")


def _checked_total(remote: RemoteFile, announced: int | None) -> int | None:
    """Bytes the whole file has, as far as anyone says."""
    if announced is not None and remote.size is not None and announced != remote.size:
        raise RefusedError(f"offers {announced:,} bytes, the published file has {remote.size:,}")
    if announced is not None and announced > remote.max_bytes:
        raise RefusedError(f"offers {announced:,} bytes, more than the {remote.max_bytes:,} such a file may have")
    return remote.size if announced is None else announced


def _check_space(folder: Path, needed: int) -> None:
    """Refuse before the disk is full, not after."""
    with writing(folder):
        free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise DataError(
            f"{str(folder)!r} has {free / 2**20:,.0f} MB free, this download needs"
            f" {(needed + SPARE_BYTES) / 2**20:,.0f} MB: free some space or choose another folder"
        )


def _accept(remote: RemoteFile, part: PartFile, verify: Verify) -> None:
    """Refuse a complete file that is not the right one, and forget what has arrived of it."""
    try:
        if remote.checksum and not matches(part.path, remote.checksum):
            kind = remote.checksum.partition(":")[0]
            raise RefusedError(f"was fetched whole but is not the published file (its {kind} differs); try again later")
        verify(part.path)
    except (RefusedError, DataError):
        part.forget()
        raise


def matches(path: Path, checksum: str) -> bool:
    """Whether a file has a checksum ``"md5:..."`` or ``"sha256:..."``."""
    kind, _, expected = checksum.partition(":")
    with writing(path), path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False))
    return digest.hexdigest() == expected.lower()


def _by_hand(remote: RemoteFile, target: Path, reason: str) -> str:
    """The one sentence about a file that cannot be had, with the way round it."""
    return f"{remote.url} {reason}; start again later, or fetch the file yourself and save it as {str(target)!r}"
