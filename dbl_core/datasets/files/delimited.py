"""CSV, TSV and their kin, plain or gzip-compressed.

One row an image; columns of 0 and 1, or one column that lists label names. A byte order mark, Windows line ends and
quoted line breaks are read as spreadsheets write them. Row 1 is the header.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from dbl_core.datasets.files.limits import shown
from dbl_core.datasets.files.rows import Rows, table_of_rows
from dbl_core.datasets.files.table import LabelTable
from dbl_core.datasets.files.text import lines, open_text
from dbl_core.errors import DataError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def read_delimited(
    path: Path,
    *,
    separator: str | None = None,
    delimiter: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> LabelTable:
    """Read a delimited text file.

    Args:
        path: the file.
        separator: between the label names of one cell; None finds out ("|", ";" or ",").
        delimiter: between columns, one of ``DELIMITERS``; None takes the one that is most frequent in the header.
        columns: role to column name, see ``choose_columns``.

    Raises:
        ValueError: an unknown delimiter, or as ``choose_columns``.
        DataError: the file is not as it must be; the sentence names row and column.
    """
    if delimiter is not None and delimiter not in DELIMITERS:
        raise ValueError(f"delimiter is {delimiter!r}, must be one of {', '.join(map(repr, DELIMITERS))}")
    with open_text(path) as stream:
        text = lines(path, stream)
        first = next(text, "")
        used = delimiter or _delimiter(first)
        rows = _rows(path, _chained(first, text), used)
        return table_of_rows(
            path, _checked_header(path, rows, used), source=f"{path.name} (CSV)", separator=separator, columns=columns
        )


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _delimiter(header: str) -> str:
    """The most frequent delimiter of the header outside quotes; a comma where there is none."""
    bare = "".join(header.split('"')[::2])
    found = max(DELIMITERS, key=lambda mark: (bare.count(mark), mark != "|"))
    return found if bare.count(found) else ","


def _rows(path: Path, text: Iterator[str], delimiter: str) -> Rows:
    """Records with their numbers; empty ones are counted and skipped."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            if number == 1 or (cells and (len(cells) > 1 or cells[0].strip())):
                yield number, cells
    except csv.Error as error:
        raise DataError(
            f"{path.name}: row {number + 1} (from line {reader.line_num}) is not valid CSV ({error}): check its quotes."
        ) from error


def _checked_header(path: Path, rows: Rows, delimiter: str) -> Rows:
    """The rows, unless the header shows that another delimiter is meant or that this is no table."""
    number, header = next(rows, (1, []))
    if len(header) == 1:
        other = next((mark for mark in DELIMITERS if mark in header[0]), None)
        if other:
            raise DataError(
                f"{path.name}: with the delimiter {delimiter!r} its first line is one column, {shown(header[0])}: "
                f"it seems to use {other!r} ({DELIMITERS[other]})."
            )
    if not any(cell.strip() for cell in header):
        raise DataError(f"{path.name}: the first line is empty: write the names of the columns there.")
    yield number, header
    yield from rows
