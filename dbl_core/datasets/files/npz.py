"""NPZ files: ``labels`` (or ``Y``), ``label_names``, and where there are any ``features`` (or ``X``), ``ids`` and more.

Also ``X_train``, ``Y_train``, ``X_test``, ``Y_test`` as one table with a split; and pairs of files, where the features
lie beside ``NAME_labels.npz`` as ``NAME_features.npz`` or, by ``scipy.sparse.save_npz``, ``NAME_features_csr.npz``.
A file of ``save_npz`` is read as a sparse label matrix.
"""

from pathlib import Path

import numpy as np

from dbl_core.datasets.files.archive import Archive
from dbl_core.datasets.files.limits import (
    DENSE_CELLS,
    MAX_FEATURE_CELLS,
    MAX_FILE_BYTES,
    MAX_LABELS,
    MAX_ROWS,
    check_count,
    regular_file_size,
)
from dbl_core.datasets.files.names import checked_ids, checked_image_names, checked_label_names, numbered_ids
from dbl_core.datasets.files.table import TEST, TRAIN, LabelTable, finished, split_of_words
from dbl_core.errors import DataError
from dbl_core.longtail.matrix import label_matrix, sparse_label_matrix

_LABELS = ("labels", "Y", "y")
_FEATURES = ("features", "X", "x")
_NAMES = ("label_names", "class_names", "names", "classes")
_IDS = ("ids", "image_ids", "image_id")
_IMAGES = ("image_names", "file_names", "images")
_SPARSE = frozenset({"format", "indices", "indptr", "data", "shape"})
_MAX_INPUTS = 1_000_000


def read_npz(path: Path) -> LabelTable:
    """Read an NPZ file; rows are named by number, counted from 1.

    Raises:
        DataError: it wants pickle, is damaged or too large, has no labels, or holds something else than 0 and 1.
    """
    archive = Archive(path)
    if {"Y_train", "Y_test"} <= set(archive.names):
        return _of_two_parts(archive)
    if set(archive.names) >= _SPARSE:
        labels, n_inputs = _zero_one(path, _sparse(archive)), None
    else:
        key = _first(archive, _LABELS)
        if key is None:
            raise DataError(f"{path.name} has no labels: {_what_it_has(path, archive)}")
        labels = _zero_one(path, archive.read(key, dimensions=2))
    features, n_inputs, notes = _features(archive)
    n_rows, n_labels = labels.shape
    names, name_notes = _names(archive, n_labels)
    split, split_notes = None, ()
    if "split" in archive:
        split, split_notes = split_of_words(path, archive.texts("split"), _row)
    id_key, image_key = _first(archive, _IDS), _first(archive, _IMAGES)
    table = LabelTable(
        labels=labels,
        label_names=names,
        ids=numbered_ids(n_rows) if id_key is None else checked_ids(path, archive.texts(id_key), _row),
        source=f"{path.name} (NPZ)",
        features=features,
        image_names=None if image_key is None else checked_image_names(path, archive.texts(image_key), _row),
        split=split,
        n_inputs=n_inputs,
        notes=(*name_notes, *notes, *split_notes),
    )
    return finished(path, table)


def _of_two_parts(archive: Archive) -> LabelTable:
    """A table out of training and test arrays."""
    path = archive.path
    parts = [archive.read(f"Y_{part}", dimensions=2) for part in (TRAIN, TEST)]
    for part in parts:
        _check_size(path, part)
    if parts[0].shape[1] != parts[1].shape[1]:
        raise DataError(f"{path.name}: Y_train has {parts[0].shape[1]} labels, but Y_test has {parts[1].shape[1]}.")
    features = None
    if {"X_train", "X_test"} <= set(archive.names):
        halves = [archive.read(f"X_{part}", dimensions=2) for part in (TRAIN, TEST)]
        if halves[0].shape[1] != halves[1].shape[1]:
            raise DataError(f"{path.name}: X_train and X_test differ in their number of features.")
        features = _as_float32(path, np.vstack(halves))
    names, notes = _names(archive, parts[0].shape[1])
    ids = [
        f"{part}-{row:07d}" for part, rows in zip((TRAIN, TEST), parts, strict=True) for row in range(1, len(rows) + 1)
    ]
    table = LabelTable(
        labels=_zero_one(path, np.vstack(parts)),
        label_names=names,
        ids=np.array(ids),
        source=f"{path.name} (NPZ)",
        features=features,
        split=np.repeat([TRAIN, TEST], [len(parts[0]), len(parts[1])]),
        n_inputs=None if features is None else features.shape[1],
        notes=notes,
    )
    return finished(path, table)


def _first(archive: Archive, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in archive), None)


def _row(k: int) -> str:
    return f"row {k + 1}"


def _what_it_has(path: Path, archive: Archive) -> str:
    """What to do about a file without labels."""
    if _first(archive, _FEATURES):
        return f"it holds features; open the file of labels that belongs to it, and keep {path.name} beside it."
    return f"it needs an array 'labels' or 'Y' and has {', '.join(archive.names)[:200] or 'none at all'}."


def _check_size(path: Path, labels: object) -> None:
    """Refuse more rows or labels than are read, before any of them gets a name: a small file may unpack to many."""
    check_count(path, "rows", labels.shape[0], MAX_ROWS)
    check_count(path, "labels", labels.shape[1], MAX_LABELS)


def _zero_one(path: Path, labels: object) -> object:
    """Checked labels, dense or sparse by their size."""
    _check_size(path, labels)
    try:
        n_cells = labels.shape[0] * labels.shape[1]
        return label_matrix(labels) if n_cells <= DENSE_CELLS else sparse_label_matrix(labels)
    except ValueError as error:
        raise DataError(f"{path.name}: {error} (rows and columns counted from 0).") from error


def _names(archive: Archive, n_labels: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Label names, and a note where the file has none."""
    key = _first(archive, _NAMES)
    if key is None:
        names, notes = [f"label {j}" for j in range(1, n_labels + 1)], ("The file does not name its labels.",)
    else:
        names, notes = archive.texts(key), ()
    if len(names) != n_labels:
        raise DataError(f"{archive.path.name} has {n_labels} labels, but {len(names)} label names.")
    return checked_label_names(archive.path, names, lambda k: f"{key or 'label_names'}[{k}]"), notes


def _features(archive: Archive) -> tuple[np.ndarray | None, int | None, tuple[str, ...]]:
    """Features, number of inputs and notes: of the file itself, else of the file beside it."""
    key = _first(archive, _FEATURES)
    if key is not None:
        features = _as_float32(archive.path, archive.read(key, dimensions=2))
        return features, features.shape[1], ()
    path = archive.path
    stem = path.stem.removesuffix("_labels")
    if stem == path.stem:
        return None, None, ()
    for name in (f"{stem}_features.npz", f"{stem}_features_csr.npz"):
        beside = path.with_name(name)
        if beside.is_file():
            regular_file_size(beside, MAX_FILE_BYTES)
            return _features_beside(Archive(beside))
    return None, None, ()


def _features_beside(archive: Archive) -> tuple[np.ndarray | None, int | None, tuple[str, ...]]:
    """Features of a file of features."""
    path = archive.path
    if set(archive.names) >= _SPARSE:
        matrix = _sparse(archive)
        n_rows, n_inputs = matrix.shape
        if n_rows * n_inputs > MAX_FEATURE_CELLS:
            return None, n_inputs, (f"The features of {path.name} are left out: they are too large as a dense matrix.",)
        return _as_float32(path, matrix.toarray()), n_inputs, (f"Features are from {path.name}.",)
    key = _first(archive, _FEATURES)
    if key is None:
        raise DataError(f"{path.name} has no features: it needs an array 'features' or 'X'.")
    features = _as_float32(path, archive.read(key, dimensions=2))
    return features, features.shape[1], (f"Features are from {path.name}.",)


def _as_float32(path: Path, features: np.ndarray) -> np.ndarray:
    if features.dtype.kind not in "biuf":
        raise DataError(f"{path.name}: the features are {features.dtype}, must be numbers.")
    check_count(path, "feature values", features.size, MAX_FEATURE_CELLS)
    with np.errstate(over="ignore"):  # what does not fit becomes infinite and is refused with its row and column
        return np.ascontiguousarray(features, dtype=np.float32)


def _sparse(archive: Archive) -> object:
    """The matrix of a file that scipy.sparse.save_npz wrote, in compressed rows."""
    from scipy import sparse

    path = archive.path
    kind = archive.read("format", dimensions=0).item()
    shape = archive.read("shape", dimensions=1).tolist()
    data, indices, indptr = (archive.read(name, dimensions=1) for name in ("data", "indices", "indptr"))
    if kind not in (b"csr", "csr") or data.dtype.kind not in "biuf":
        raise DataError(f"{path.name} holds the sparse format {kind!r:.20} of {data.dtype}: save it as numbers in csr.")
    whole = indices.dtype.kind in "iu" and indptr.dtype.kind in "iu" and all(isinstance(n, int) for n in shape)
    if not whole or len(shape) != 2 or not 0 < shape[1] <= _MAX_INPUTS or len(indptr) != shape[0] + 1:
        raise DataError(f"{path.name}: its sparse matrix of shape {shape} does not fit together.")
    try:
        matrix = sparse.csr_array((data, indices, indptr), shape=tuple(shape))
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise DataError(f"{path.name}: its sparse matrix does not fit together ({error}).") from error
    return matrix
