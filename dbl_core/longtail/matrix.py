"""The one check of a label matrix: every function of the lab that takes labels reads them through here.

``scipy.sparse`` is loaded when it is first used, which takes longer than most of the lab: arrays do without.
"""

from __future__ import annotations

import numpy as np
import scipy

BOOL = np.dtype(bool)


def _refuse_value(row: int, column: int, value: object) -> None:
    raise ValueError(f"labels must be 0 or 1, but row {row}, column {column} holds {value}")


def label_matrix(labels: object) -> np.ndarray:
    """Return labels as a checked dense bool matrix.

    Args:
        labels: (n_samples, n_labels) bool or 0/1 of any number type, or a scipy sparse matrix of them.

    Returns:
        (n_samples, n_labels) bool; the very array that was passed in when it is bool already (not a copy).

    Raises:
        ValueError: labels are not two-dimensional, have no row or no column, or hold anything but 0 and 1 (NaN
            included); the message names the first offending row and column.

    Edge rows: rows without any label and columns without any positive are legal.
    """
    if not isinstance(labels, np.ndarray) and scipy.sparse.issparse(labels):
        return sparse_label_matrix(labels).toarray()
    values = np.asarray(labels)
    _check_shape(values.shape)
    if values.dtype == BOOL:
        return values
    if values.dtype.kind not in "iuf":
        raise ValueError(f"labels must be 0 or 1, but their type is {values.dtype}")
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        row, column = (int(i) for i in np.unravel_index(int(np.argmax(wrong)), values.shape))
        _refuse_value(row, column, values[row, column])
    return values.astype(bool)


def sparse_label_matrix(labels: object) -> scipy.sparse.csr_array:
    """Return labels as a checked sparse bool matrix (CSR, sorted, without stored zeros or duplicates).

    Args:
        labels: as for :func:`label_matrix`; dense input is converted.

    Returns:
        (n_samples, n_labels) ``scipy.sparse.csr_array`` of bool.

    Raises:
        ValueError: as for :func:`label_matrix`; an entry stored twice counts with its sum (bool entries: once).
    """
    if not scipy.sparse.issparse(labels):
        return scipy.sparse.csr_array(label_matrix(labels))
    _check_shape(labels.shape)
    matrix = scipy.sparse.csr_array(labels)
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    wrong = (matrix.data != 0) & (matrix.data != 1)
    if wrong.any():
        at = int(np.argmax(wrong))
        row = int(np.searchsorted(matrix.indptr, at, side="right")) - 1
        _refuse_value(row, int(matrix.indices[at]), matrix.data[at])
    matrix = matrix.astype(bool)
    matrix.eliminate_zeros()
    return matrix


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) != 2:
        raise ValueError(f"labels must be a matrix (n_samples, n_labels), but their shape is {shape}")
    if 0 in shape:
        raise ValueError(f"labels must have at least one row and one column, but their shape is {shape}")
