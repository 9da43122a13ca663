"""The zip file of an exported run, measured before it is read and written so that equal content gives equal bytes.

Nothing in a foreign file is believed: the end record is read before ``zipfile`` may build a list from it, every member
must be one of the known names with at most the size that name may have, and a member is read up to that size only.
"""

from __future__ import annotations

import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from dbl_core.errors import RunError
from dbl_core.runs.record import writing

Content = bytes | Path
"""What a member holds: these bytes, or those of this file."""

_END = struct.Struct("<4s4H2LH")
_END_MARK, _ZIP64_MARK = b"PK\x05\x06", b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_MAX_DIRECTORY_BYTES = 64 << 10
_UNIX_FILE, _NOT_TOLD = 8, 0
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FREE_GROWTH, _MAX_GROWTH = 1 << 20, 200
"""A member above the first size may unpack to so many times its packed bytes: numbers in text reach twenty."""
_CHUNK = 1 << 20
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError,
)  # fmt: skip


class UnfitFileError(RunError):
    """What is wrong with a file, worded to follow its name: "is damaged"."""


def write_zip(file: BinaryIO, members: Mapping[str, Content]) -> None:
    """Write a zip file; the same content gives the same bytes.

    Args:
        file: Open for writing.
        members: Name of every member -> what it holds. Files are stored as they are (weights and scores do not pack),
            bytes are packed.

    Raises:
        OSError: If a file cannot be read, or the zip file cannot be written.
    """
    with zipfile.ZipFile(file, "w", allowZip64=False) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            if isinstance(content, bytes):
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
            else:
                with content.open("rb") as source, archive.open(info, "w") as target:
                    shutil.copyfileobj(source, target, _CHUNK)


@contextmanager
def opened(file: BinaryIO, limits: Mapping[str, int], *, max_bytes: int) -> Iterator[zipfile.ZipFile]:
    """Open a zip file of known members.

    Args:
        file: Open for reading, at any position.
        limits: Name of every member there may be -> most bytes it may unpack to.
        max_bytes: Most bytes all members may unpack to.

    Raises:
        UnfitFileError: It is damaged, or holds something else; also when the block meets damage.
    """
    try:
        _check_end(file, len(limits))
        with zipfile.ZipFile(file) as archive:
            _check_members(archive.infolist(), limits, max_bytes)
            yield archive
    except _DAMAGED as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise UnfitFileError(f"is damaged or cut off ({reason})") from error


def _check_end(file: BinaryIO, most: int) -> None:
    """Hold the end record against the limits: ``zipfile`` would read a list of any length."""
    size = file.seek(0, os.SEEK_END)
    wanted = _END.size + _ZIP64_LOCATOR_BYTES
    file.seek(max(size - wanted, 0))
    tail = file.read(wanted)
    if len(tail) < _END.size or tail[-_END.size :][:4] != _END_MARK:
        raise UnfitFileError("is no run of this lab, or is cut off")
    _, disk, first_disk, here, count, directory_bytes, _, _ = _END.unpack(tail[-_END.size :])
    if tail.startswith(_ZIP64_MARK) or disk or first_disk or here != count:
        raise UnfitFileError("is no run of this lab: it has several parts or the extensions of huge files")
    if count > most or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise UnfitFileError(f"is no run of this lab: it has {count:,} members, a run has at most {most}")


def _check_members(members: list[zipfile.ZipInfo], limits: Mapping[str, int], max_bytes: int) -> None:
    seen = set()
    for member in members:
        name = member.filename
        if name not in limits:
            raise UnfitFileError(f"is no run of this lab: it holds {name[:60]!r}, which no run has")
        if name in seen:
            raise UnfitFileError(f"is no run of this lab: it holds {name} twice")
        seen.add(name)
        if member.external_attr >> 28 not in (_UNIX_FILE, _NOT_TOLD) or member.flag_bits & 1:
            raise UnfitFileError(f"is no run of this lab: {name} is a link, a device or encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnfitFileError(f"is no run of this lab: {name} is packed in a way the lab does not use")
        packed = max(member.compress_size, 1)
        if member.file_size > limits[name] or member.file_size > _FREE_GROWTH + _MAX_GROWTH * packed:
            raise UnfitFileError(f"is not to be trusted: {name} unpacks to {member.file_size / 2**20:,.0f} MB")
    if sum(member.file_size for member in members) > max_bytes:
        raise UnfitFileError(f"unpacks to more than {max_bytes / 2**20:,.0f} MB")


def unpacked_bytes(archive: zipfile.ZipFile) -> int:
    """Bytes of all members together."""
    return sum(member.file_size for member in archive.infolist())


def extract(archive: zipfile.ZipFile, folder: Path) -> None:
    """Unpack every member into an empty folder, each with exactly the bytes that it claims to have.

    Raises:
        UnfitFileError: A member is damaged.
        RunError: The folder cannot be written.
    """
    for member in archive.infolist():
        target = folder / member.filename
        with archive.open(member) as source, writing(target), target.open("xb") as file:
            written = _copy(source, file, member.file_size)
        if written != member.file_size:
            raise UnfitFileError(f"is damaged or cut off ({member.filename} has a false size)")


def _copy(source: IO[bytes], target: IO[bytes], most: int) -> int:
    written = 0
    while written <= most and (block := source.read(_CHUNK)):
        written += len(block)
        target.write(block)
    return written
