"""Parquet tables, read as CSV files are: the same columns, the same checks. Needs pyarrow, which Streamlit brings."""

from collections.abc import Mapping
from pathlib import Path

from dbl_core.datasets.files.limits import (
    MAX_ARCHIVE_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    MIB,
    check_count,
    in_mib,
)
from dbl_core.datasets.files.rows import LIST_SEPARATOR, Rows, table_of_rows
from dbl_core.datasets.files.table import LabelTable
from dbl_core.errors import DataError

_BATCH_ROWS = 256
_MAX_BATCH_BYTES = 64 * MIB


def read_parquet(path: Path, *, separator: str | None = None, columns: Mapping[str, str] | None = None) -> LabelTable:
    """Read a Parquet file; row 1 is the header, as in the same table saved as CSV.

    Args:
        path: the file.
        separator: between the label names of one cell; None finds out. Columns of lists need none.
        columns: role to column name, see ``choose_columns``.

    Raises:
        ValueError: as ``choose_columns``.
        DataError: pyarrow is not there, or the file is not as it must be.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise DataError(f"{path.name} needs pyarrow to be read: pip install pyarrow, or save it as CSV.") from error
    try:
        with parquet.ParquetFile(path, memory_map=False) as file:
            _check_sizes(path, file.metadata)
            rows = _rows(path, file)
            return table_of_rows(path, rows, source=f"{path.name} (Parquet)", separator=separator, columns=columns)
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} cannot be read as Parquet ({_first_line(error)}): export it again.") from error


def _check_sizes(path: Path, metadata: object) -> None:
    """Refuse by the footer what would not fit."""
    check_count(path, "rows", metadata.num_rows, MAX_ROWS)
    check_count(path, "columns", metadata.num_columns, MAX_COLUMNS)
    unpacked = sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))
    if unpacked > MAX_ARCHIVE_BYTES:
        raise DataError(
            f"{path.name} unpacks to {in_mib(unpacked)}, more than the {in_mib(MAX_ARCHIVE_BYTES)} that are read."
        )


def _rows(path: Path, file: object) -> Rows:
    """Header and rows as text."""
    yield 1, list(file.schema_arrow.names)
    number = 1
    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
        if batch.nbytes > _MAX_BATCH_BYTES:
            raise DataError(f"{path.name}: rows {number + 1} to {number + batch.num_rows} hold too much text.")
        for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            number += 1
            yield number, [_text(cell) for cell in cells]


def _text(cell: object) -> str:
    """A cell as CSV would hold it; nothing for a missing value, names with a mark between for a list."""
    if isinstance(cell, list):
        return LIST_SEPARATOR.join("" if part is None else str(part) for part in cell)
    if isinstance(cell, bytes):
        return cell.decode("utf-8")
    return "" if cell is None else str(cell)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
