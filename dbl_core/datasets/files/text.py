"""Text files in bounded pieces: UTF-8 with or without a byte order mark, plain or gzip-compressed."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dbl_core.datasets.files.limits import MAX_LINE_CHARACTERS, MAX_UNPACKED_BYTES, in_mib
from dbl_core.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Counted(io.RawIOBase):
    """A byte stream that refuses to give more than ``MAX_UNPACKED_BYTES``."""

    def __init__(self, stream: io.BufferedIOBase, name: str) -> None:
        self._stream = stream
        self._name = name
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        piece = self._stream.read(len(buffer))
        self._given += len(piece)
        if self._given > MAX_UNPACKED_BYTES:
            raise DataError(
                f"{self._name} unpacks to more than {in_mib(MAX_UNPACKED_BYTES)}: split it into smaller files."
            )
        buffer[: len(piece)] = piece
        return len(piece)


@contextmanager
def open_text(path: Path) -> Iterator[io.TextIOWrapper]:
    """Open a text file for reading; line ends stay as they are.

    Raises:
        DataError: from anything that goes wrong while the file is open: it cannot be read, is not UTF-8, is damaged
            gzip data, or unpacks to more than ``MAX_UNPACKED_BYTES``.
    """
    try:
        with path.open("rb") as raw:
            start = raw.peek(2)[:2]
            if start in _UTF16_MARKS:
                raise DataError(f"{path.name} is UTF-16 text: save it as UTF-8.")
            stream = gzip.GzipFile(fileobj=raw) if start == GZIP_MAGIC else raw
            counted = io.BufferedReader(_Counted(stream, path.name), 2**16)
            yield io.TextIOWrapper(counted, encoding="utf-8-sig", newline="")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not UTF-8 text: save it as UTF-8.") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path.name} cannot be read to its end ({reason}): it may be damaged or cut off.") from error


def lines(path: Path, stream: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text with their ends.

    Raises:
        DataError: a line is longer than ``MAX_LINE_CHARACTERS`` or holds a NUL, as binary files do.
    """
    number = 0
    while line := stream.readline(MAX_LINE_CHARACTERS + 1):
        number += 1
        if "\0" in line:
            raise DataError(f"{path.name} holds binary data in line {number}: it is not the text file its name says.")
        if len(line) > MAX_LINE_CHARACTERS:
            raise DataError(f"{path.name}: line {number} has more than {MAX_LINE_CHARACTERS:,} characters.")
        yield line
