"""Unpack the wanted members of a tar or zip archive, and nothing else, nowhere else.

An archive is not trusted: a member that points outside the folder, a wanted link or device, more members or bytes than
allowed, and an archive that ends early are refused. Members are unpacked into a folder of their own; only when all of
them are whole do they move to their places, the file that marks the set as complete last.
"""

from __future__ import annotations

import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from dbl_core.errors import DataError
from dbl_core.runs.record import writing

Wanted = Callable[[str], bool]
Progress = Callable[[int, int], None]

_CHUNK = 1 << 20
_DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError,
)  # fmt: skip
_UNIX_FILE, _NOT_TOLD = 8, 0
"""The type of a zip member as Unix systems note it; others note nothing."""


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold.

    Attributes:
        members: Number of members, wanted or not.
        total_bytes: Bytes of all wanted members together.
        growth: Bytes of all wanted members over bytes of the archive; a zip bomb has a thousand or more.
    """

    members: int = 200_000
    total_bytes: int = 8 << 30
    growth: float = 100.0


LIMITS = Limits()


class _Member(NamedTuple):
    """A member of either kind of archive; ``is_file`` means a plain file: no folder, no link, nothing encrypted."""

    name: str
    size: int
    is_file: bool
    is_folder: bool
    open: Callable[[], IO[bytes]]


def unpack(
    archive: Path,
    folder: Path,
    *,
    wanted: Wanted,
    last: str,
    progress: Progress = lambda done, total: None,
    limits: Limits = LIMITS,
) -> int:
    """Unpack the wanted members into a folder.

    Args:
        archive: An uncompressed tar file, or a zip file.
        folder: Where the members go; a file that is there already under the same name is replaced.
        wanted: Whether a member of that name is wanted.
        last: Name of the wanted member that is put in place last: where it lies, everything lies.
        progress: Called with (bytes done, bytes in all) at least once a megabyte; may raise to end it.
        limits: How much the archive may hold.

    Returns:
        Number of files unpacked.

    Raises:
        DataError: The archive is damaged, ends early, is not trustworthy, or does not hold ``last``.
        RunError: The disk is full or the folder cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unpack-", dir=folder) as temporary:
            names = _unpack_all(archive, Path(temporary), wanted, progress, limits)
            if last not in names:
                raise DataError(f"{archive.name} does not hold {last}: remove {str(archive)!r} and fetch it again")
            for name in sorted(names, key=lambda name: name == last):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(temporary) / name).replace(folder / name)
    return len(names)


def _unpack_all(archive: Path, folder: Path, wanted: Wanted, progress: Progress, limits: Limits) -> set[str]:
    """Unpack into an empty folder; the names of the files."""
    size = archive.stat().st_size
    room = min(limits.total_bytes, int(limits.growth * max(size, 1 << 16)))
    names: set[str] = set()
    done = 0
    with _members(archive, wanted) as (total, members):
        for number, member in enumerate(members):
            if number >= limits.members:
                raise DataError(
                    f"{archive.name} has more than {limits.members:,} members: it is not the published file"
                )
            _check_name(archive, member.name)
            if member.is_folder or not wanted(member.name):
                continue
            if not member.is_file:
                raise DataError(
                    f"{archive.name} holds {member.name!r} as something else than a plain file: do not trust it"
                )
            if done + member.size > room:
                raise DataError(
                    f"{archive.name} unpacks to more than {room / 2**20:,.0f} MB: it is not the published file"
                )
            _copy(archive, member, folder, lambda part, before=done: progress(min(before + part, total), total))
            done += member.size
            names.add(member.name)
        progress(total, total)
    return names


@contextmanager
def _members(archive: Path, wanted: Wanted) -> Iterator[tuple[int, Iterator[_Member]]]:
    """Bytes to come and the members of an archive, with everything that damage can raise turned into one sentence.

    A zip file tells beforehand how many bytes the wanted members have; of a tar file only its own size is known.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                total = sum(info.file_size for info in file.infolist() if wanted(info.filename))
                yield total, (_zip_member(file, info) for info in file.infolist())
        else:
            with tarfile.open(archive, "r:") as file:
                yield archive.stat().st_size, (_tar_member(file, info) for info in file)
    except _DAMAGED as error:
        reason = " ".join(str(error).split())[:100]
        raise DataError(
            f"{str(archive)!r} is damaged or not complete ({reason}): remove it and start the download again"
        ) from error


def _tar_member(file: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    return _Member(info.name, info.size, info.isreg(), info.isdir(), lambda: file.extractfile(info))


def _zip_member(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    encrypted = info.flag_bits & 1
    is_file = info.external_attr >> 28 in (_UNIX_FILE, _NOT_TOLD) and not info.is_dir() and not encrypted
    return _Member(info.filename, info.file_size, is_file, info.is_dir(), lambda: file.open(info))


def _check_name(archive: Path, name: str) -> None:
    """Refuse an archive with a member that would leave the folder, on any system, wanted or not."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or set(name) & set("\\:\0") or len(name) > 500:
        raise DataError(
            f"{archive.name} has a member {name[:80]!r} that points outside its folder: do not trust it, remove it"
        )


def _copy(archive: Path, member: _Member, folder: Path, tick: Callable[[int], None]) -> None:
    """Write one member; exactly as many bytes as it claims to have."""
    target = folder / member.name
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with member.open() as source, target.open("wb") as file:
        while block := source.read(_CHUNK):
            written += len(block)
            if written > member.size:
                break
            file.write(block)
            tick(written)
    if written != member.size:
        raise DataError(f"{str(archive)!r} is damaged ({member.name} has a false size): remove it and start again")
