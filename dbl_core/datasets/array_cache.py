"""Arrays that are costly to make, kept on disk with a checksum.

A cache file is named after everything that determines its content, so it never goes stale. A checksum lies beside it;
a file that does not match it is made again. A large array is written as it is made and stays on disk, memory-mapped. A
folder holds at most ``MAX_CACHE_BYTES`` a kind of array, the least recently used go first, but never the newest two:
the splits of one run. Deleting the folder is always safe. Nothing is unpickled.
"""

import hashlib
import logging
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dbl_core.errors import DataError
from dbl_core.hosting import LIMITS, bounded, said
from dbl_core.whole_files import replacing

MAX_CACHE_BYTES = bounded(2 * 1024**3, LIMITS.cache_bytes)
MAX_HELD_BYTES = 256 * 1024**2
"""Larger arrays are memory-mapped: they are read where they are needed, and processes share what is in memory."""
_NEVER_TRIMMED = 2
_ABANDONED_AFTER_S = 3600.0
"""A file that was begun and not written to for so long belongs to a process that was killed."""

_LOG = logging.getLogger(__name__)


def cached_array(
    kind: str, key: str, make: Callable[[], Generator[np.ndarray]], *, n_rows: int, dtype: str, cache_dir: Path
) -> np.ndarray:
    """The array of a key, from its file where that is there and whole, else made and kept.

    Of two processes that make the same array at once the last one wins, with equal bytes.

    Args:
        kind: first part of the file name, such as ``images``.
        key: names everything that determines the array.
        make: yields the array in one or more chunks of rows, ``n_rows`` in all, of ``dtype`` and of one shape.
        n_rows: rows the array must have.
        dtype: type the array must have, such as ``uint8``.
        cache_dir: folder of cached arrays; made when it is not there.

    Returns:
        The array; above ``MAX_HELD_BYTES`` memory-mapped. What is written into it never reaches the file.

    Raises:
        DataError: the folder cannot be written to, found out before ``make`` is called, or has no room for the array,
            found out with the first chunk.
    """
    path = Path(cache_dir) / f"{kind}-{hashlib.sha256(key.encode()).hexdigest()[:24]}.npy"
    array = _read(path, n_rows, dtype)
    if array is None:
        _check_writable(path.parent)
        _sweep(path.parent)
        _write(path, make(), n_rows, kind)
        _trim(path.parent, kind)
        array = _load(path)
    return array


def _read(path: Path, n_rows: int, dtype: str) -> np.ndarray | None:
    """The array of a cache file, or None where it is missing or damaged."""
    if not path.exists():
        return None
    try:
        if _checksum(path) != _checksum_path(path).read_text(encoding="ascii").strip():
            raise ValueError("the checksum does not match")
        array = _load(path)
        if array.dtype != dtype or not array.ndim or len(array) != n_rows:
            raise ValueError(f"it holds {array.dtype} of shape {array.shape}")
        os.utime(path)
    except (OSError, ValueError, EOFError) as error:
        _LOG.warning("The cached array %s is damaged (%s) and is made again.", path, error)
        return None
    return array


def _load(path: Path) -> np.ndarray:
    mapped = path.stat().st_size > MAX_HELD_BYTES
    return np.load(path, mmap_mode="c" if mapped else None, allow_pickle=False)


def _check_writable(folder: Path) -> None:
    """Find out before minutes of work whether the result can be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _write(path: Path, chunks: Generator[np.ndarray], n_rows: int, kind: str) -> None:
    """Put array and checksum in place, each whole or not at all."""
    try:
        with closing(chunks), replacing(path) as file:
            _write_chunks(file, chunks, n_rows, kind)
            file.flush()
            checksum = _checksum(Path(file.name))
        with replacing(_checksum_path(path)) as file:
            file.write(checksum.encode("ascii"))
    except OSError as error:
        raise _cannot_write(path.parent, error) from error


def _write_chunks(file: BinaryIO, chunks: Generator[np.ndarray], n_rows: int, kind: str) -> None:
    """Write an NPY file: its head with the first chunk, then one chunk after the other."""
    folder = Path(file.name).parent
    for number, chunk in enumerate(chunks):
        if not number:
            _make_room(folder, kind, n_rows * chunk.itemsize * math.prod(chunk.shape[1:]))
            head = {"descr": chunk.dtype.str, "fortran_order": False, "shape": (n_rows, *chunk.shape[1:])}
            np.lib.format.write_array_header_1_0(file, head)
        file.write(np.ascontiguousarray(chunk).data)


def _make_room(folder: Path, kind: str, size: int) -> None:
    """Let older arrays of a kind go where the disk has no room for a new one."""
    for path in reversed(_newest_first(folder, kind)[_NEVER_TRIMMED - 1 :]):
        if size <= shutil.disk_usage(folder).free:
            return
        _drop(path)
    free = shutil.disk_usage(folder).free
    if size > free:
        raise OSError(f"{size / 2**30:.1f} GB are needed, {free / 2**30:.1f} GB are free")


def _cannot_write(folder: Path, error: OSError) -> DataError:
    """The one sentence about a folder that takes no files."""
    reason = error.strerror or error
    return DataError(
        f"Arrays cannot be cached in {said(folder)} ({reason}): free space there or choose a writable folder."
    )


def _sweep(folder: Path) -> None:
    """Remove what killed processes have left half-written."""
    for path in folder.glob(".*.npy.*.tmp"):
        with suppress(OSError):  # it has just been finished, or another process sweeps too
            if time.time() - path.stat().st_mtime > _ABANDONED_AFTER_S:
                path.unlink()


def _trim(folder: Path, kind: str) -> None:
    """Keep the folder within ``MAX_CACHE_BYTES`` of a kind: least recently used go first, the newest two stay."""
    try:
        total = 0
        for number, path in enumerate(_newest_first(folder, kind)):
            total += path.stat().st_size
            if number >= _NEVER_TRIMMED and total > MAX_CACHE_BYTES:
                _drop(path)
    except OSError as error:  # another process tidies up at the same time
        _LOG.info("The cache %s was not trimmed: %s", folder, error)


def _newest_first(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"{kind}-*.npy"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _drop(path: Path) -> None:
    path.unlink(missing_ok=True)
    _checksum_path(path).unlink(missing_ok=True)


def _checksum_path(path: Path) -> Path:
    """Where the checksum of a cache file lies."""
    return path.with_suffix(".sha256")


def _checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
