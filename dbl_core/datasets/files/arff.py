"""ARFF, dense or sparse, with Mulan's XML of label names beside it or MEKA's ``-C n`` in the header.

Labels are attributes of 0 and 1. Of the other attributes numbers are features as they are, nominal ones by the place of
their value (0, 1, ...), texts and dates are left out; for a missing value (``?``) stands the mean of its attribute.
"""

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dbl_core.datasets.files.arff_header import NOMINAL, NUMERIC, TEXT, Header, name_and_rest, read_header, values_of
from dbl_core.datasets.files.columns import NEGATIVE, POSITIVE
from dbl_core.datasets.files.limits import MAX_FEATURE_CELLS, MAX_ROWS, check_count, shown
from dbl_core.datasets.files.names import checked_label_names, numbered_ids
from dbl_core.datasets.files.table import LabelTable, Positives, finished
from dbl_core.datasets.files.text import lines, open_text
from dbl_core.datasets.files.xml_tree import read_xml
from dbl_core.errors import DataError

_MISSING = "?"


def read_arff(path: Path) -> LabelTable:
    """Read an ARFF file.

    Raises:
        DataError: neither XML nor ``-C n`` says which attributes are labels, or a line is not as it must be.
    """
    with open_text(path) as stream:
        text = lines(path, stream)
        header = read_header(path, text)
        labels, told = _label_columns(path, header)
        attributes = header.attributes
        names = checked_label_names(path, [attributes[j].name for j in labels], lambda k: f"attribute {labels[k] + 1}")
        data = _Data(path, header, labels)
        for number, line in enumerate(text, start=header.last_line + 1):
            line = line.strip()
            if line and not line.startswith("%"):
                data.add(number, line)
    features, notes = data.feature_matrix()
    table = LabelTable(
        labels=data.positives.matrix(data.n_rows, len(names)),
        label_names=names,
        ids=numbered_ids(data.n_rows),
        source=f"{path.name} (ARFF)",
        features=features,
        n_inputs=(len(attributes) - len(labels)) or None,
        notes=(told, *notes),
    )
    return finished(path, table)


def _label_columns(path: Path, header: Header) -> tuple[tuple[int, ...], str]:
    """The attributes that are labels, in the order of the header, and a note on who says so."""
    n_attributes = len(header.attributes)
    xml = _xml_beside(path)
    if xml is not None:
        place = {attribute.name: j for j, attribute in enumerate(header.attributes)}
        wanted = [element.attributes.get("name", "") for element in read_xml(xml).descendants("label")]
        if not wanted:
            raise DataError(f"{xml.name} names no label: it needs <label name=...> elements.")
        for k, name in enumerate(wanted):
            if name not in place:
                raise DataError(f"{xml.name}: label {k + 1}, {shown(name)}, is no attribute of {path.name}.")
        columns, told = tuple(sorted({place[name] for name in wanted})), f"Labels are those of {xml.name}."
        if len(columns) < len(wanted):
            raise DataError(f"{xml.name} names a label twice: every name may come once.")
    elif header.meka_labels is not None:
        n = header.meka_labels
        if not 0 < abs(n) <= n_attributes:
            raise DataError(f"{path.name}: -C {n} in @relation does not fit its {n_attributes} attributes.")
        columns = tuple(range(n)) if n > 0 else tuple(range(n_attributes + n, n_attributes))
        told = f"Labels are the {'first' if n > 0 else 'last'} {abs(n)} attributes (-C {n})."
    else:
        raise DataError(
            f"{path.name} does not say which attributes are labels: put {_stem(path)}.xml beside it (Mulan) "
            "or write -C n into the name of the relation (MEKA)."
        )
    for j in columns:
        attribute = header.attributes[j]
        if attribute.kind == TEXT or not set(attribute.values) <= {"0", "1"}:
            raise DataError(f"{path.name}: label attribute {j + 1}, {shown(attribute.name)}, must be {{0,1}}.")
    return columns, told


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".arff")


def _xml_beside(path: Path) -> Path | None:
    """NAME.xml beside NAME.arff, NAME-train.arff or NAME-test.arff."""
    stem = _stem(path)
    names = dict.fromkeys((stem, stem.removesuffix("-train"), stem.removesuffix("-test")))
    found = (path.with_name(f"{name}.xml") for name in names)
    return next((xml for xml in found if xml.is_file()), None)


@dataclass
class _Data:
    """The data lines read so far: positive labels, and features as far as they fit."""

    path: Path
    header: Header
    labels: tuple[int, ...]
    n_rows: int = 0
    positives: Positives = field(init=False)
    cells: array = field(default_factory=lambda: array("f"))
    places: array = field(default_factory=lambda: array("q"))
    n_missing: int = 0
    too_many: bool = False

    def __post_init__(self) -> None:
        attributes = self.header.attributes
        self.positives = Positives(self.path)
        self._label_of = {column: label for label, column in enumerate(self.labels)}
        inputs = [j for j in range(len(attributes)) if j not in self._label_of]
        self._inputs = [j for j in inputs if attributes[j].kind != TEXT]
        self._feature_of = {column: k for k, column in enumerate(self._inputs)}
        self._codes = {
            j: {value: float(k) for k, value in enumerate(attributes[j].values)}
            for j in self._inputs
            if attributes[j].kind == NOMINAL
        }
        # ARFF's rule for a cell that a sparse line omits: the first value declared
        self._on_where_omitted = [j for j in self.labels if attributes[j].values[:1] == ("1",)]
        self._n_texts = len(inputs) - len(self._inputs)

    def add(self, number: int, line: str) -> None:
        """Read a data line."""
        pairs = self._sparse(number, line) if line.startswith("{") else self._dense(number, line)
        row, positive = self.n_rows, []
        for column, value in pairs:
            if column in self._label_of:
                if self._is_positive(number, column, value):
                    positive.append(self._label_of[column])
            elif column in self._feature_of and not self.too_many:
                number_value = self._feature(number, column, value)
                if number_value:
                    self.cells.append(number_value)
                    self.places.append(row * len(self._inputs) + self._feature_of[column])
        self.n_rows += 1
        check_count(self.path, "rows", self.n_rows, MAX_ROWS)
        self.positives.add(row, positive)
        if self.n_rows * len(self._inputs) > MAX_FEATURE_CELLS:
            self.too_many, self.cells, self.places = True, array("f"), array("q")

    def feature_matrix(self) -> tuple[np.ndarray | None, tuple[str, ...]]:
        """Features (n_rows, n_features) float32 or None, and notes."""
        notes = []
        if self._n_texts:
            notes.append(f"{self._n_texts} attributes of text are no features and left out.")
        if self.too_many:
            return None, (*notes, "The features are left out: they are too many for the memory.")
        if not self._inputs or not self.n_rows:
            return None, tuple(notes)
        several = sum(len(codes) > 2 for codes in self._codes.values())
        if several:
            notes.append(f"{several} nominal attributes count as numbers, by the place of their value.")
        features = np.zeros(self.n_rows * len(self._inputs), dtype=np.float32)
        if self.places:
            features[np.frombuffer(self.places, dtype=np.int64)] = np.frombuffer(self.cells, dtype=np.float32)
        features = features.reshape(self.n_rows, len(self._inputs))
        if self.n_missing:
            _fill_in_means(features)
            notes.append(f"{self.n_missing:,} missing feature values are replaced by the mean of their attribute.")
        return features, tuple(notes)

    def _dense(self, number: int, line: str) -> Iterator[tuple[int, str]]:
        values = values_of(line)
        if values is None or len(values) != len(self.header.attributes):
            held = "unmatched quotes" if values is None else f"{len(values)} values"
            raise self._wrong(number, f"has {held}, but there are {len(self.header.attributes)} attributes")
        return enumerate(values)

    def _sparse(self, number: int, line: str) -> Sequence[tuple[int, str]]:
        """Column and value of the cells of ``{0 1, 5 2.5}``; what is not named is 0, or the first nominal value."""
        inside = line[1:-1].strip()
        if not line.endswith("}"):
            raise self._wrong(number, "does not end with '}'")
        pairs: dict[int, str] = {}
        for part in _parts(inside) if inside else ():
            column, _, value = part.strip().partition(" ")
            known = column.isascii() and column.isdigit() and len(column) < 8
            if not known or int(column) >= len(self.header.attributes) or int(column) in pairs:
                raise self._wrong(
                    number, f"has the cell {shown(part)}, must be an attribute's number and a value, once"
                )
            found = name_and_rest(value)
            pairs[int(column)] = found[0] if found else ""
        return [*pairs.items(), *((column, "1") for column in self._on_where_omitted if column not in pairs)]

    def _is_positive(self, number: int, column: int, value: str) -> bool:
        if value in POSITIVE:
            return True
        if value not in NEGATIVE:
            name = shown(self.header.attributes[column].name)
            raise self._wrong(number, f"column {column + 1} ({name}) holds {shown(value)}: a label must be 0 or 1")
        return False

    def _feature(self, number: int, column: int, value: str) -> float:
        if value == _MISSING:
            self.n_missing += 1
            return float("nan")
        try:
            found = float(value) if self.header.attributes[column].kind == NUMERIC else self._codes[column][value]
            if not math.isfinite(found):
                raise ValueError(value)
            return found
        except (ValueError, KeyError):
            name = shown(self.header.attributes[column].name)
            raise self._wrong(number, f"column {column + 1} ({name}) holds {shown(value)}") from None

    def _wrong(self, number: int, what: str) -> DataError:
        return DataError(f"{self.path.name}: line {number} {what}.")


def _parts(inside: str) -> list[str]:
    """The cells of a sparse line; commas inside quotes do not separate."""
    if "'" not in inside and '"' not in inside:
        return inside.split(",")
    parts, quote, start = [], "", 0
    for k, character in enumerate(inside):
        if quote:
            quote = "" if character == quote and inside[k - 1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character == ",":
            parts.append(inside[start:k])
            start = k + 1
    return [*parts, inside[start:]]


def _fill_in_means(features: np.ndarray) -> None:
    """Put the mean of a column wherever it has a NaN; 0 where it has nothing else."""
    for column in features.T:
        missing = np.isnan(column)
        if missing.any():
            column[missing] = 0.0 if missing.all() else column[~missing].mean(dtype=np.float64)
