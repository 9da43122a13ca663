"""The check of label matrices."""

import numpy as np
import pytest
from scipy import sparse

from dbl_core.longtail.matrix import label_matrix, sparse_label_matrix


def test_bool_is_passed_through_and_numbers_become_bool():
    labels = np.array([[True, False]])
    assert label_matrix(labels) is labels
    for kind in (np.uint8, np.int64, np.float32):
        assert label_matrix(labels.astype(kind)).dtype == bool
    assert label_matrix([[0, 1], [1, 1]]).tolist() == [[False, True], [True, True]]


def test_sparse_and_dense_are_read_alike():
    dense = np.array([[0, 1, 0], [0, 0, 0], [1, 1, 0]])
    for make in (sparse.csr_array, sparse.csc_matrix, sparse.coo_array):
        assert (label_matrix(make(dense)) == dense).all()
        assert (sparse_label_matrix(make(dense)).toarray() == dense).all()
    assert (sparse_label_matrix(dense).toarray() == dense).all()


def test_stored_zeros_are_dropped_and_double_entries_counted():
    stored = sparse.csr_array((np.array([0, 1]), np.array([0, 1]), np.array([0, 2])), shape=(1, 2))
    assert sparse_label_matrix(stored).nnz == 1
    twice = sparse.csr_array((np.array([1, 1]), np.array([0, 0]), np.array([0, 2])), shape=(1, 2))
    with pytest.raises(ValueError, match="row 0, column 0 holds 2"):
        sparse_label_matrix(twice)
    again = sparse.csr_array((np.array([True, True]), np.array([0, 0]), np.array([0, 2])), shape=(1, 2))
    assert sparse_label_matrix(again).nnz == 1


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([[0, 1], [2, 0]], "row 1, column 0 holds 2"),
        ([[0.0, np.nan]], "row 0, column 1 holds nan"),
        (sparse.csr_array(np.array([[0, 0], [0, 3]])), "row 1, column 1 holds 3"),
        ([["a", "b"]], "their type is"),
        ([0, 1], r"their shape is \(2,\)"),
        (np.zeros((0, 3)), r"at least one row and one column, but their shape is \(0, 3\)"),
        (np.zeros((3, 0), dtype=bool), r"their shape is \(3, 0\)"),
    ],
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises(ValueError, match=message):
        label_matrix(labels)
