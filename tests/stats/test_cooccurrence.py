"""Co-occurrence against scikit-learn, numpy and plain loops."""

import math
import sys

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import jaccard_score, matthews_corrcoef

from dbl_core.stats import COOCCURRENCE_MEASURES, cooccurrence, cooccurrence_from_counts, order_labels


def npmi(n_i, n_j, both, n_samples):
    if both == 0:
        return -1
    return math.log(n_samples * both / (n_i * n_j)) / -math.log(both / n_samples) if both < n_samples else math.nan


def cell(a, b, measure):
    """One cell, from the definition."""
    n_i, n_j, both = int(a.sum()), int(b.sum()), int((a & b).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "count": lambda: both,
            "conditional": lambda: both / n_i if n_i else math.nan,
            "lift": lambda: len(a) * both / (n_i * n_j) if n_i and n_j else math.nan,
            "npmi": lambda: npmi(n_i, n_j, both, len(a)) if n_i and n_j else math.nan,
            "jaccard": lambda: both / (a | b).sum() if (a | b).any() else math.nan,
            "phi": lambda: np.corrcoef(a, b)[0, 1],
        }[measure]()


def slow(labels, measure):
    return np.array([[cell(a, b, measure) for b in labels.T] for a in labels.T])


@pytest.mark.parametrize("measure", COOCCURRENCE_MEASURES)
def test_equals_the_definition_cell_by_cell(labels, measure):
    np.testing.assert_allclose(cooccurrence(labels, measure), slow(labels, measure), rtol=0, atol=1e-12)


@pytest.mark.parametrize("measure", COOCCURRENCE_MEASURES)
def test_sparse_equals_dense(labels, measure):
    dense = cooccurrence(labels, measure)
    for form in (sparse.csr_array(labels), sparse.csc_matrix(labels.astype(float)), sparse.coo_array(labels)):
        np.testing.assert_array_equal(cooccurrence(form, measure), dense)
    assert dense.dtype == (np.int64 if measure == "count" else np.float64)
    if measure != "conditional":
        np.testing.assert_array_equal(dense, dense.T)


def test_jaccard_and_phi_are_scikit_learns(voc_mlt):
    jaccard, phi = cooccurrence(voc_mlt, "jaccard"), cooccurrence(voc_mlt, "phi")
    for i, j in ((0, 14), (8, 10), (9, 16), (14, 14)):
        assert jaccard[i, j] == pytest.approx(jaccard_score(voc_mlt[:, i], voc_mlt[:, j]))
        assert phi[i, j] == pytest.approx(matthews_corrcoef(voc_mlt[:, i], voc_mlt[:, j]))


def test_counts_over_many_blocks_of_rows(monkeypatch, voc_mlt):
    whole = cooccurrence(voc_mlt)
    monkeypatch.setattr(sys.modules["dbl_core.stats.cooccurrence"], "BLOCK_ROWS", 100)
    np.testing.assert_array_equal(cooccurrence(voc_mlt), whole)
    np.testing.assert_array_equal(np.diagonal(whole), voc_mlt.sum(axis=0))


def test_ranges(labels):
    for measure, low, high in (("conditional", 0, 1), ("npmi", -1, 1), ("jaccard", 0, 1), ("phi", -1, 1)):
        table = cooccurrence(labels, measure)
        defined = table[np.isfinite(table)]
        assert ((defined >= low - 1e-12) & (defined <= high + 1e-12)).all()


def test_order_by_frequency_and_name():
    labels = np.array([[1, 0, 1, 0], [1, 0, 1, 1], [0, 0, 1, 0]])
    assert order_labels(labels).tolist() == [2, 0, 3, 1]
    assert order_labels(labels, "name", label_names=["b", "C", "a", "D"]).tolist() == [2, 0, 1, 3]
    assert order_labels(sparse.csr_array(labels), "frequency").tolist() == [2, 0, 3, 1]


def test_clusters_put_companions_side_by_side():
    rng = np.random.default_rng(0)
    topic = rng.integers(0, 3, 300)
    labels = np.zeros((300, 10), dtype=bool)
    for label in range(9):
        labels[:, label] = (topic == label % 3) & (rng.random(300) < 0.7)
    order = order_labels(labels, "cluster").tolist()
    assert sorted(order) == list(range(10))
    assert order[-1] == 9, "the absent label comes last"
    assert [len({label % 3 for label in order[at : at + 3]}) for at in (0, 3, 6)] == [1, 1, 1]


@pytest.mark.parametrize("n_labels", [1, 2])
def test_clusters_of_few_labels(n_labels):
    assert order_labels(np.ones((3, n_labels)), "cluster").tolist() == list(range(n_labels))
    assert order_labels(np.zeros((3, n_labels)), "cluster").tolist() == list(range(n_labels))


def test_every_order_is_a_permutation(labels):
    for by in ("frequency", "name", "cluster"):
        order = order_labels(labels, by, label_names="fedcba")
        assert order.dtype == np.int64
        assert sorted(order.tolist()) == list(range(6))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cooccurrence([[1]], "cosine"), "unknown measure 'cosine'; allowed: count, conditional, lift, npmi"),
        (lambda: cooccurrence([[1, 3]]), "row 0, column 1 holds 3"),
        (lambda: order_labels([[1]], "size"), "unknown order 'size'; allowed: frequency, name, cluster"),
        (lambda: order_labels([[1, 0]], "name"), "needs 2 label_names, one a column, not 0"),
        (lambda: order_labels([[1, 0]], "name", label_names=["a"]), "needs 2 label_names, one a column, not 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_every_measure_is_described():
    for key, measure in COOCCURRENCE_MEASURES.items():
        assert measure.key == key
        assert measure.title
        assert measure.formula
        assert measure.reading.endswith(".")


def test_other_measures_follow_from_the_counts(labels):
    counts = cooccurrence(labels)
    for measure in COOCCURRENCE_MEASURES:
        again = cooccurrence_from_counts(counts, len(labels), measure)
        np.testing.assert_array_equal(again, cooccurrence(labels, measure))
    with pytest.raises(ValueError, match="unknown measure 'x'"):
        cooccurrence_from_counts(counts, len(labels), "x")
