"""Support, worst pairs, pooled overviews and windows."""

import math

import numpy as np
import pytest
from scipy import sparse

from dbl_core.stats import (
    cooccurrence,
    label_measures,
    label_window,
    order_labels,
    per_label_measures,
    pooled,
    supported,
    top_companions,
    worst_pairs,
)


def test_support_counts_images_or_expected_images():
    labels = np.zeros((100, 4), dtype=bool)
    labels[:40, 0] = labels[60:, 1] = labels[:3, 2] = labels[38:62, 3] = True
    counts = cooccurrence(labels)
    mask = supported(counts, 3)
    assert mask[0, 2]
    assert not mask[0, 1]
    assert mask[1, 3] == mask[3, 1] == (counts[1, 3] >= 3)
    assert not mask[2, 3]
    wide = supported(counts, 3, n_samples=100)
    assert wide[0, 1], "two labels of 40 that never meet are a finding"
    assert not wide[2, 3]
    assert supported(counts, 0).all()


def slow_pairs(labels, least):
    """Every minority-majority pair, by definition."""
    irlbl, mean_ir = per_label_measures(labels)["irlbl"], label_measures(labels)["mean_ir"]
    counts = labels.sum(axis=0)
    found = {}
    for i in range(labels.shape[1]):
        for j in range(labels.shape[1]):
            both = int((labels[:, i] & labels[:, j]).sum())
            if counts[i] and counts[j] and irlbl[i] > mean_ir >= irlbl[j] and both >= least:
                found[i, j] = both * (counts.max() / counts[i] - 1)
    return found


@pytest.mark.parametrize("least", [1, 3])
def test_worst_pairs_by_definition(labels, least):
    pairs = worst_pairs(labels, n_pairs=100, least=least)
    found = dict(zip(zip(pairs["rare"].tolist(), pairs["frequent"].tolist(), strict=True), pairs["drag"], strict=True))
    assert found == pytest.approx(slow_pairs(labels, least))
    assert (np.diff(pairs["drag"]) <= 0).all()
    for measure in ("conditional", "lift"):
        expected = cooccurrence(labels, measure)[pairs["rare"], pairs["frequent"]]
        np.testing.assert_allclose(pairs[measure], expected)
    assert (pairs["rare_count"] < pairs["frequent_count"]).all()


def test_worst_pairs_of_voc_mlt(voc_mlt):
    pairs = worst_pairs(sparse.csr_array(voc_mlt), n_pairs=4)
    assert set(pairs["frequent"].tolist()) == {14}, "person"
    assert (pairs["conditional"] == 1).all()
    assert pairs["rare_count"].max() < 20
    assert all(len(column) == 4 for column in pairs.values())


def test_balanced_or_empty_labels_have_no_worst_pairs():
    for labels in (np.ones((5, 2)), np.zeros((5, 2)), [[1], [0]]):
        assert all(column.size == 0 for column in worst_pairs(labels).values())


@pytest.mark.parametrize(("n_labels", "size"), [(10, 3), (1000, 64), (7, 7), (5, 9), (1, 1)])
def test_pooling_keeps_the_largest_value_of_every_block(n_labels, size):
    matrix = np.random.default_rng(n_labels).normal(size=(n_labels, n_labels))
    matrix[matrix < -1] = math.nan
    found = pooled(matrix, size)
    np.fill_diagonal(matrix, math.nan)
    assert (found.edges[0], found.edges[-1], len(found.edges)) == (0, n_labels, min(size, n_labels) + 1)
    assert np.diff(found.edges).min() >= n_labels // size
    for row in range(len(found.edges) - 1):
        for column in range(len(found.edges) - 1):
            block = matrix[found.edges[row] : found.edges[row + 1], found.edges[column] : found.edges[column + 1]]
            expected = np.nan if np.isnan(block).all() else np.nanmax(block)
            np.testing.assert_equal(found.values[row, column], expected)


def test_the_diagonal_counts_on_request_only():
    matrix = np.eye(4)
    assert pooled(matrix, 2).values.tolist() == [[0, 0], [0, 0]]
    assert pooled(matrix, 2, diagonal=True).values.tolist() == [[1, 0], [0, 1]]
    assert matrix[0, 0] == 1, "the caller's matrix is left alone"


def test_windows_stay_inside():
    order = np.array([4, 2, 0, 1, 3])
    assert label_window(order, start=1, size=2).tolist() == [2, 0]
    assert label_window(order, start=4, size=2).tolist() == [1, 3]
    assert label_window(order, start=0, size=99).tolist() == order.tolist()


def test_top_companions(labels):
    counts = cooccurrence(labels)
    for label in range(labels.shape[1]):
        best = top_companions(counts, label, 3)
        assert label not in best
        assert (np.diff(counts[label, best]) <= 0).all()
        assert counts[label, best[0]] == np.delete(counts[label], label).max()
    assert top_companions([[1, math.nan, 0.5], [0, 0, 0], [0, 0, 0]], 0).tolist() == [2]


def test_a_thousand_labels_stay_usable():
    rng = np.random.default_rng(0)
    labels = sparse.random_array((20_000, 1500), density=0.003, rng=rng, format="csr").astype(bool)
    lift = cooccurrence(labels, "lift")
    order = order_labels(labels, "cluster")
    overview = pooled(lift[np.ix_(order, order)], 100)
    assert overview.values.shape == (100, 100)
    off = lift.copy()
    np.fill_diagonal(off, np.nan)
    assert np.nanmax(overview.values) == np.nanmax(off)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: supported([[1, 2]], 1), r"counts must be a square matrix \(n_labels, n_labels\), but the shape is"),
        (lambda: supported([[1]], -1), "least must be a whole number >= 0, not -1"),
        (lambda: supported([[1]], 1, n_samples=0), "n_samples must be a whole number >= 1, not 0"),
        (lambda: worst_pairs([[1]], n_pairs=0), "n_pairs must be a whole number >= 1, not 0"),
        (lambda: worst_pairs([[1]], least=0), "least must be a whole number >= 1, not 0"),
        (lambda: worst_pairs([[2]]), "row 0, column 0 holds 2"),
        (lambda: pooled(np.zeros((0, 0)), 3), "at least one row"),
        (lambda: pooled([[1]], 0), "size must be a whole number >= 1, not 0"),
        (lambda: label_window([0], start=-1, size=1), "start must be a whole number >= 0, not -1"),
        (lambda: top_companions([[1]], 1), "label must be from 0 to 0, not 1"),
        (lambda: top_companions([[1]], 0, 0), "n_companions must be a whole number >= 1, not 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
