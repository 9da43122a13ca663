"""How much of a user's file the lab takes in; every reader keeps to these, so a hostile file cannot exhaust the memory.

A file is measured before it is read, and again while it unpacks: what a header promises is not believed. A lab that is
public when it starts takes in less, see ``dbl_core.hosting``.
"""

from pathlib import Path

from dbl_core.errors import DataError
from dbl_core.hosting import LIMITS, MIB, bounded, said

MAX_FILE_BYTES = 1024 * MIB
"""Largest file opened by path, as it lies on the disk."""
MAX_UPLOAD_BYTES = bounded(64 * MIB, LIMITS.upload_bytes)
"""Largest file taken from a browser (pass it as ``max_bytes``)."""
MAX_UNPACKED_BYTES = bounded(2048 * MIB, LIMITS.unpacked_bytes)
"""Most bytes a compressed text file may unpack to; it is read in pieces, never held as a whole."""
MAX_ARCHIVE_BYTES = bounded(1024 * MIB, LIMITS.unpacked_bytes)
"""Most bytes the arrays of an NPZ file, or the columns of a Parquet file, may unpack to."""
MAX_LINE_CHARACTERS = 8 * MIB
MAX_XML_BYTES = 4 * MIB
MAX_JSON_ITEM_CHARACTERS = 32 * MIB
"""Most characters of one image, annotation or category of a JSON file."""
MAX_ROWS = bounded(3_000_000, LIMITS.rows)
MAX_LABELS = bounded(20_000, LIMITS.labels)
MAX_COLUMNS = 100_000
MAX_POSITIVES = 60_000_000
MAX_FEATURE_CELLS = bounded(128 * MIB, LIMITS.feature_cells)
"""Most cells of a feature matrix: half a gigabyte as float32."""
DENSE_CELLS = 128 * MIB
"""Label matrices of at most this many cells are dense bool arrays, larger ones sparse."""
MAX_NAME_CHARACTERS = 200
MAX_ID_CHARACTERS = 400
MAX_TEXT_BYTES = 512 * MIB
"""Most bytes the ids (or the image names) of all rows may take as one array."""
SHOWN_CHARACTERS = 60


def shown(text: object) -> str:
    """A value from a file as it may stand in a sentence: quoted, on one line, cut."""
    text = str(text)
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…")


def in_mib(n_bytes: int) -> str:
    """A size for a sentence."""
    return f"{n_bytes / MIB:,.0f} MB" if n_bytes >= 10 * MIB else f"{n_bytes / MIB:,.1f} MB"


def regular_file_size(path: Path, max_bytes: int) -> int:
    """The size of a file that is fit to be read.

    Raises:
        DataError: there is no such file, it is not a regular one, it is empty or larger than ``max_bytes``.
    """
    try:
        is_file, size = path.is_file(), path.stat().st_size
    except OSError as error:
        raise DataError(
            f"{said(path)} cannot be read ({error.strerror or error}): check the path and its rights."
        ) from error
    if not is_file:
        raise DataError(f"{said(path)} is not a regular file: give the path of a label file.")
    if size == 0:
        raise DataError(f"{path.name} is empty: export it again.")
    if size > max_bytes:
        raise DataError(f"{path.name} has {in_mib(size)}, at most {in_mib(max_bytes)} are read: make it smaller.")
    return size


def check_count(path: Path, what: str, count: int, most: int) -> None:
    """Refuse more of something than is read.

    Raises:
        DataError: count is above most.
    """
    if count > most:
        raise DataError(f"{path.name} has more than {most:,} {what}: split it into smaller files.")
