"""A table of text cells, row by row, becomes a label table: the common part of CSV, TSV and Parquet."""

import itertools
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dbl_core.datasets.files.columns import NEGATIVE, POSITIVE, SAMPLE_ROWS, Columns, choose_columns
from dbl_core.datasets.files.limits import MAX_ROWS, MAX_TEXT_BYTES, check_count, in_mib, shown
from dbl_core.datasets.files.names import (
    checked_ids,
    checked_image_names,
    checked_label_name,
    checked_label_names,
    numbered_ids,
)
from dbl_core.datasets.files.table import LabelTable, Positives, finished, split_of_words
from dbl_core.errors import DataError

Rows = Iterator[tuple[int, Sequence[str]]]
"""Row number as a spreadsheet shows it (the header is row 1), and the cells."""

SEPARATORS = ("|", ";", ",")
LIST_SEPARATOR = "\x1f"
"""Stands between the names of a Parquet list; no name can hold it."""


@dataclass
class _Collected:
    """What the rows read so far hold."""

    path: Path
    header: Sequence[str]
    columns: Columns
    numbers: array = field(default_factory=lambda: array("i"))
    ids: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    lists: dict[str, int] = field(default_factory=dict)
    list_of_row: array = field(default_factory=lambda: array("i"))
    characters: int = 0

    def place(self, k: int) -> str:
        """Where the k-th row with content stands."""
        return f"row {self.numbers[k]}"


def table_of_rows(
    path: Path,
    rows: Rows,
    *,
    source: str,
    separator: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> LabelTable:
    """Read a table whose first row holds the names of the columns.

    Args:
        path: the file, for messages.
        rows: header and rows; read once, held in no more than their ids and positives.
        source: name and format of the file.
        separator: what stands between the names of a column that lists labels; None finds out.
        columns: see ``choose_columns``.

    Raises:
        ValueError: as ``choose_columns``.
        DataError: anything in the file that is not as it must be, with row and column.
    """
    header = next(rows, (1, ()))[1]
    sample = list(itertools.islice(rows, SAMPLE_ROWS))
    found = choose_columns(path, header, [cells for _, cells in sample], columns)
    collected = _Collected(path, header, found)
    positives = Positives(path)
    _collect(collected, itertools.chain(sample, rows), positives)
    if not collected.numbers:
        raise DataError(f"{path.name} has no rows: it needs at least one below the names of its columns.")
    if found.labels is None:
        titles = [header[j] for j in found.zero_one]
        names = checked_label_names(path, titles, lambda k: f"column {found.zero_one[k] + 1}")
        notes = found.notes
    else:
        names, positives, note = _named_labels(collected, separator)
        notes = (*found.notes, note)
    n_rows = len(collected.numbers)
    images = None if found.image is None else checked_image_names(path, collected.images, collected.place)
    split, split_notes = (None, ()) if found.split is None else split_of_words(path, collected.splits, collected.place)
    table = LabelTable(
        labels=positives.matrix(n_rows, len(names)),
        label_names=names,
        ids=_ids(collected, n_rows),
        source=source,
        image_names=images,
        split=split,
        notes=(*notes, *split_notes),
    )
    return finished(path, table)


def _collect(collected: _Collected, rows: Rows, positives: Positives) -> None:
    """Read all rows."""
    columns, path = collected.columns, collected.path
    for number, cells in rows:
        if len(cells) != columns.width:
            raise DataError(f"{path.name}: row {number} has {len(cells)} cells, but the header has {columns.width}.")
        collected.numbers.append(number)
        check_count(path, "rows", len(collected.numbers), MAX_ROWS)
        if columns.labels is None:
            positives.add(len(collected.numbers) - 1, _positive_columns(collected, number, cells))
        else:
            _take(collected, cells[columns.labels].strip(), None)
            place = collected.lists.setdefault(cells[columns.labels].strip(), len(collected.lists))
            collected.list_of_row.append(place)
        for column, texts in ((columns.id, collected.ids), (columns.image, collected.images)):
            if column is not None:
                _take(collected, cells[column], texts)
        if columns.split is not None:
            _take(collected, cells[columns.split], collected.splits)


def _take(collected: _Collected, text: str, texts: list[str] | None) -> None:
    """Keep a text, as long as all of them together do not fill the memory."""
    if texts is not None:
        texts.append(text)
        collected.characters += len(text)
    elif text not in collected.lists:
        collected.characters += len(text)
    if collected.characters > MAX_TEXT_BYTES:
        raise DataError(f"{collected.path.name}: its names and ids take more than {in_mib(MAX_TEXT_BYTES)}: split it.")


def _positive_columns(collected: _Collected, number: int, cells: Sequence[str]) -> list[int]:
    """The labels of a row of 0 and 1."""
    found = []
    for label, column in enumerate(collected.columns.zero_one):
        cell = cells[column]
        if cell == "0":
            continue
        if cell == "1" or (cell := cell.strip()) in POSITIVE:
            found.append(label)
        elif cell not in NEGATIVE:
            name = shown(collected.header[column])
            held = f"holds {shown(cell)}" if cell else "is empty"
            raise DataError(
                f"{collected.path.name}: row {number}, column {column + 1} ({name}) {held}: a label must be 0 or 1."
            )
    return found


def _named_labels(collected: _Collected, separator: str | None) -> tuple[tuple[str, ...], Positives, str]:
    """Names in alphabetical order, positives, and a note on what separates them, for a column that lists names."""
    column = collected.columns.labels
    between = separator or _separator(collected.lists)
    first_row = dict(zip(reversed(collected.list_of_row), reversed(collected.numbers), strict=True))
    sets: list[set[str]] = []
    known: dict[str, str] = {}
    for place, text in enumerate(collected.lists):
        where = f"row {first_row[place]}, column {column + 1}"
        parts = [part for part in (text.split(between) if between else [text]) if part.strip()]
        for part in parts:
            if part not in known:
                known[part] = checked_label_name(collected.path, part, where)
        sets.append({known[part] for part in parts})
    names = checked_label_names(collected.path, sorted(set(known.values())), lambda k: f"column {column + 1}")
    index = {name: j for j, name in enumerate(names)}
    columns_of = [sorted(index[name] for name in names_of) for names_of in sets]
    positives = Positives(collected.path)
    for row, place in enumerate(collected.list_of_row):
        positives.add(row, columns_of[place])
    title = shown(collected.header[column])
    if between == LIST_SEPARATOR:
        return names, positives, f"Column {title} holds lists of label names."
    told = f"separated by {between!r}" if between else "one a row"
    return names, positives, f"Labels are the names in column {title}, {told}."


def _separator(lists: Mapping[str, int]) -> str | None:
    """What stands between names: of the usual separators the first that occurs at all."""
    return next((mark for mark in (LIST_SEPARATOR, *SEPARATORS) if any(mark in text for text in lists)), None)


def _ids(collected: _Collected, n_rows: int) -> object:
    """Ids of the id column, else image names where they differ from row to row, else numbers."""
    if collected.columns.id is not None:
        return checked_ids(collected.path, collected.ids, collected.place)
    if collected.columns.image is not None and len(set(collected.images)) == n_rows:
        return checked_ids(collected.path, collected.images, collected.place)
    return numbered_ids(n_rows)
