"""What a label file holds, whatever its format."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from dbl_core.datasets.files.limits import (
    DENSE_CELLS,
    MAX_FEATURE_CELLS,
    MAX_LABELS,
    MAX_POSITIVES,
    MAX_ROWS,
    check_count,
    shown,
)
from dbl_core.errors import DataError

TRAIN, TEST, NEITHER = "train", "test", ""
SPLIT_WORDS = {
    "train": TRAIN, "training": TRAIN, "trn": TRAIN, "trainval": TRAIN,
    "test": TEST, "testing": TEST, "tst": TEST,
    "val": "val", "valid": "val", "validation": "val", "dev": "val",
}  # fmt: skip
_SHOWN_NAMES = 3


@dataclass(frozen=True, eq=False)
class LabelTable:
    """The labels of a file, and what else it knows about its rows. The arrays are read-only.

    Attributes:
        labels: (n_samples, n_labels) bool; dense up to ``DENSE_CELLS`` cells, else a ``scipy.sparse.csr_array``.
        label_names: (n_labels,) unique names in column order.
        ids: (n_samples,) str, unique; row-0000001 and so on where the file has none.
        source: name of the file, and its format.
        features: (n_samples, n_features) float32, or None.
        image_names: (n_samples,) str, relative file names with "/", or None.
        split: (n_samples,) str of "train", "test" or "" (neither), or None where the file does not say.
        n_inputs: number of input attributes of the data set, for the measure TCS; None where it is unknown.
        notes: sentences on what was read in a way a user should know of; empty where all is plain.
    """

    labels: object
    label_names: tuple[str, ...]
    ids: np.ndarray
    source: str
    features: np.ndarray | None = None
    image_names: np.ndarray | None = None
    split: np.ndarray | None = None
    n_inputs: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return self.labels.shape[0]

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return self.labels.shape[1]

    @property
    def label_counts(self) -> np.ndarray:
        """(n_labels,) int64, positives per label over all rows."""
        return np.asarray(self.labels.sum(axis=0, dtype=np.int64)).ravel()


@dataclass(frozen=True, eq=False)
class CountsOnly:
    """A file that only says how often each label occurs; enough for the losses, too little for co-occurrence.

    Attributes:
        label_counts: (n_labels,) int64, positives per label.
        n_samples: number of images, at least the largest count.
        label_names: (n_labels,) unique names.
        source: name of the file, and its format.
        notes: as for :class:`LabelTable`.
    """

    label_counts: np.ndarray
    n_samples: int
    label_names: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return len(self.label_counts)


@dataclass
class Positives:
    """Collects the positive cells of a label matrix while a file is read, eight bytes a cell."""

    path: Path
    rows: array = field(default_factory=lambda: array("i"))
    columns: array = field(default_factory=lambda: array("i"))

    def add(self, row: int, columns: Iterable[int]) -> None:
        """Note the positive columns of a row.

        Raises:
            DataError: there are more than ``MAX_ROWS`` rows or ``MAX_POSITIVES`` cells.
        """
        before = len(self.columns)
        self.columns.extend(columns)
        self.rows.extend([row] * (len(self.columns) - before))
        check_count(self.path, "rows", row + 1, MAX_ROWS)
        check_count(self.path, "positive labels", len(self.columns), MAX_POSITIVES)

    def matrix(self, n_rows: int, n_labels: int) -> object:
        """The matrix, (n_rows, n_labels) bool, dense or sparse by its size; a cell noted twice is one positive."""
        rows = np.frombuffer(self.rows, dtype=np.intc) if self.rows else np.empty(0, dtype=np.intc)
        columns = np.frombuffer(self.columns, dtype=np.intc) if self.columns else np.empty(0, dtype=np.intc)
        if n_rows * n_labels <= DENSE_CELLS:
            dense = np.zeros((n_rows, n_labels), dtype=bool)
            dense[rows, columns] = True
            return dense
        from scipy import sparse  # processes that only draw pictograms start faster without

        matrix = sparse.csr_array((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(n_rows, n_labels))
        matrix.sum_duplicates()
        return matrix


def split_of_words(path: Path, words: Iterable[str], place: object) -> tuple[np.ndarray, tuple[str, ...]]:
    """The split of every row from what a file calls it, and notes.

    "val" and its like are in neither split where the file has a test split of its own, and are the test split where it
    has none.

    Raises:
        DataError: a word that names no split; ``place(k)`` says where.
    """
    found = []
    for k, word in enumerate(words):
        if word.strip().lower() not in SPLIT_WORDS:
            raise DataError(f"{path.name}: {place(k)} holds the split {shown(word)}: write train, val or test.")
        found.append(SPLIT_WORDS[word.strip().lower()])
    split = np.array(found, dtype="<U5")
    n_val = int((split == "val").sum())
    if not n_val:
        return split, ()
    if (split == TEST).any():
        split[split == "val"] = NEITHER
        return split, (f"{n_val:,} validation rows are in neither split; training and testing leave them alone.",)
    split[split == "val"] = TEST
    return split, (f"The {n_val:,} validation rows serve as the test split, as the file has no other.",)


def finished(path: Path, table: LabelTable) -> LabelTable:
    """A table as its reader made it, checked as a whole, with notes on labels and rows, and read-only.

    Raises:
        DataError: no rows, too many rows or labels, parts that differ in length, features that are not finite.
    """
    if not table.n_samples:
        raise DataError(f"{path.name} has no rows: it needs at least one.")
    check_count(path, "rows", table.n_samples, MAX_ROWS)
    check_count(path, "labels", table.n_labels, MAX_LABELS)
    for what in ("ids", "features", "image_names", "split"):
        part = getattr(table, what)
        if part is not None and len(part) != table.n_samples:
            raise DataError(f"{path.name} has {table.n_samples:,} rows of labels but {len(part):,} of {what}.")
    if table.features is not None:
        _check_features(path, table.features)
    for part in (table.labels, table.ids, table.features, table.image_names, table.split):
        if isinstance(part, np.ndarray):
            part.setflags(write=False)
    return replace(table, notes=(*table.notes, *_label_notes(table)))


def _check_features(path: Path, features: np.ndarray) -> None:
    check_count(path, "feature values", features.size, MAX_FEATURE_CELLS)
    for start in range(0, len(features), 4096):
        wrong = ~np.isfinite(features[start : start + 4096])
        if wrong.any():
            row, column = (int(i) for i in np.argwhere(wrong)[0])
            raise DataError(
                f"{path.name}: feature {column + 1} of row {start + row + 1} is "
                f"{features[start + row, column]}, must be a finite number."
            )


def _label_notes(table: LabelTable) -> tuple[str, ...]:
    """What is legal but likely to surprise: labels on no row, labels on all rows, rows without labels."""
    counts = table.label_counts
    notes = [
        _of_labels(table, counts == 0, "has no positive", "have no positive"),
        _of_labels(table, counts == table.n_samples, "is on all rows", "are on all rows"),
    ]
    bare = table.n_samples - np.count_nonzero(np.asarray(table.labels.sum(axis=1)).ravel())
    if bare:
        notes.append(f"{bare:,} row{'s carry' if bare > 1 else ' carries'} no label.")
    return tuple(note for note in notes if note)


def _of_labels(table: LabelTable, chosen: np.ndarray, one: str, several: str) -> str:
    names = [table.label_names[j] for j in np.flatnonzero(chosen)]
    if not names:
        return ""
    quoted = ", ".join(f"'{name}'" for name in names[:_SHOWN_NAMES])
    if len(names) == 1:
        return f"Label {quoted} {one}."
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return f"{len(names)} labels {several}: {quoted}{more}."
