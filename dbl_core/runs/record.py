"""Small files written whole or not at all, and read without trust.

JSON is strict: NaN and infinities are written as ``null``, numpy numbers and arrays as plain ones. What cannot be
written (a full disk, a read-only folder) is a ``RunError`` of one sentence and leaves the old file as it was.
"""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dbl_core.errors import RunError
from dbl_core.hosting import LIMITS, bounded, said
from dbl_core.whole_files import replacing

MAX_JSON_BYTES = bounded(16 << 20, LIMITS.record_bytes)
"""Largest JSON file that is read; the result of 20,000 classes takes 4 MiB."""
MAX_JSONL_BYTES = bounded(32 << 20, LIMITS.record_bytes)
MAX_RECORDS = 10_000
"""Most bytes and lines that are read of a JSONL file, counted from its end; a run has at most 1,000 epochs."""

_CAUSES = {
    errno.ENOSPC: "the disk is full; free some space and try again",
    errno.EDQUOT: "your disk quota is used up; free some space and try again",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.EACCES: "permission is denied; choose a folder that you may write to",
    errno.EPERM: "permission is denied; choose a folder that you may write to",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EEXIST: "there is a file where a folder belongs; choose another path",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another path",
}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what goes wrong while writing into one sentence.

    Raises:
        RunError: For any ``OSError`` inside the block, naming the path and what to do.
    """
    try:
        yield
    except OSError as error:
        cause = _CAUSES.get(error.errno or 0, f"{error.strerror or error}; check the folder and try again")
        raise RunError(f"cannot write {said(path)!r}: {cause}") from error


def strict(value: Any) -> Any:
    """A copy of ``value`` that strict JSON can hold: numpy made plain, non-finite numbers made None.

    Arrays are known by their ``tolist``, so that a process that has none need not load numpy.
    """
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    if hasattr(value, "tolist"):
        return strict(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """Replace a JSON file in one step.

    Args:
        path: The file; its folder must exist.
        value: What :func:`strict` can make plain.
        durable: Wait until the disk has it, so that it survives a power cut; off for passing progress.

    Raises:
        RunError: If it cannot be written; the old file stays and no temporary file is left.
    """
    data = encoded(value)
    with writing(path), replacing(path, durable=durable, buffering=0) as file:
        _write_all(file.fileno(), data)


def overwrite_json(path: Path, value: dict[str, Any]) -> None:
    """Last resort on a full disk: write over the old file's own blocks, padded with blanks to its length.

    Not atomic. Used only to leave a final state behind when :func:`write_json` has failed.

    Raises:
        RunError: If even that fails.
    """
    with writing(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
        try:
            _write_all(descriptor, encoded(value).ljust(os.fstat(descriptor).st_size))
        finally:
            os.close(descriptor)


def append_jsonl(path: Path, record: dict[str, Any]) -> None:
    """Add one line to a JSONL file in one write, after a line break if the last line was torn.

    Raises:
        RunError: If it cannot be written; a part that was written is cut off again.
    """
    data = encoded(record)
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            size = os.fstat(descriptor).st_size
            os.lseek(descriptor, -min(size, 1), os.SEEK_END)
            torn = size > 0 and os.read(descriptor, 1) != b"\n"
            try:
                _write_all(descriptor, b"\n" + data if torn else data)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)


def encoded(value: Any) -> bytes:
    """A value as one line of strict JSON with its line break."""
    return json.dumps(strict(value), allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_json(path: Path, *, max_bytes: int = MAX_JSON_BYTES) -> dict[str, Any] | None:
    """The object in a JSON file, or None when the file is missing, damaged, too large, or holds something else."""
    data = read_tail(path, max_bytes + 1)
    if len(data) > max_bytes:
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_jsonl(path: Path, *, max_bytes: int = MAX_JSONL_BYTES) -> list[dict[str, Any]]:
    """The objects of a JSONL file; torn, damaged and foreign lines are left out, a missing file is empty.

    Args:
        path: The file.
        max_bytes: Only so much of its end is read, and at most ``MAX_RECORDS`` lines of that.
    """
    records = []
    for line in whole_lines(path, max_bytes).splitlines()[-MAX_RECORDS:]:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


def read_text_tail(path: Path, n_lines: int, *, max_bytes: int = 256 << 10) -> str:
    """The last lines of a text file, at most ``max_bytes`` of it; empty when there is none."""
    text = whole_lines(path, max_bytes).decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-n_lines:]) if n_lines > 0 else ""


def showable(value: Any, max_length: int) -> str:
    """A value of a record as text that a page can send: cut, and without halves of characters."""
    return str(value)[:max_length].encode("utf-8", errors="replace").decode("utf-8")


def whole_lines(path: Path, max_bytes: int) -> bytes:
    """The end of a file, beginning at a line; empty when it cannot be read."""
    data = read_tail(path, max_bytes + 1)
    if len(data) <= max_bytes:
        return data
    return data.partition(b"\n")[2] if b"\n" in data else data[1:]


def read_tail(path: Path, max_bytes: int) -> bytes:
    """The last bytes of a file; empty when there is none, or it is no plain file (a pipe would never end)."""
    try:
        with os.fdopen(_open_at_once(path), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return b""
            file.seek(max(file.seek(0, os.SEEK_END) - max_bytes, 0))
            return file.read(max_bytes)
    except (OSError, ValueError):
        return b""


def _open_at_once(path: Path) -> int:
    """Open a file to read; opening a pipe would wait for somebody to write into it."""
    return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
