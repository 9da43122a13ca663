"""Average precision against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, label_ranking_average_precision_score

from dbl_core.metrics import average_precision


def random_case(seed, n_samples=60, n_labels=7, levels=None):
    rng = np.random.default_rng(seed)
    targets = rng.random((n_samples, n_labels)) < rng.uniform(0.02, 0.9, n_labels)
    scores = rng.normal(size=(n_samples, n_labels)) + targets
    return targets, np.round(scores * levels) / levels if levels else scores


def per_label(targets, scores):
    return [
        average_precision_score(targets[:, j], scores[:, j]) if targets[:, j].any() else np.nan
        for j in range(targets.shape[1])
    ]


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("levels", [None, 1, 4])
@pytest.mark.parametrize("seed", range(15))
def test_equals_scikit_learn_with_and_without_ties(seed, levels, kind):
    targets, scores = random_case(seed, levels=levels)
    scores = scores.astype(kind)
    np.testing.assert_allclose(average_precision(targets, scores), per_label(targets, scores), rtol=0, atol=1e-12)


def test_integer_and_bool_scores_and_number_targets():
    targets, scores = random_case(3)
    ranks = scores.argsort(axis=0).argsort(axis=0)
    for given in (ranks, ranks.astype(np.uint16), scores > 0):
        np.testing.assert_allclose(average_precision(targets.astype(float), given), per_label(targets, given))


def test_transposed_it_is_label_ranking_average_precision():
    targets, scores = random_case(5)
    targets[~targets.any(axis=1), 0] = True
    ours = average_precision(targets.T, scores.T).mean()
    assert ours == pytest.approx(label_ranking_average_precision_score(targets, scores))


def test_what_the_edges_mean():
    targets = np.array([[0, 1, 1, 0], [0, 1, 0, 1], [0, 1, 0, 0], [0, 1, 0, 0]])
    scores = np.array([[1.0, 3, 7, 4], [2, 2, 7, 3], [3, 1, 7, 2], [4, 0, 7, 1]])
    absent, everywhere, constant, second = average_precision(targets, scores)
    assert np.isnan(absent)
    assert (everywhere, constant, second) == (1, 0.25, 0.5)


def test_scores_are_not_changed_and_order_is_all_that_counts():
    targets, scores = random_case(8)
    before = scores.copy()
    first = average_precision(targets, scores)
    assert (scores == before).all()
    np.testing.assert_array_equal(first, average_precision(targets, np.exp(scores)))


@pytest.mark.parametrize(
    ("targets", "scores", "message"),
    [
        ([[0, 1]], [[0.5, np.nan]], "row 0, column 1 holds nan"),
        ([[0, 1], [1, 1]], [[0, 1], [-np.inf, 2]], "row 1, column 0 holds -inf"),
        ([[0, 1]], [[0.5]], r"the shape of targets \(1, 2\), not \(1, 1\)"),
        ([[0, 2]], [[0.5, 1]], "row 0, column 1 holds 2"),
        ([0, 1], [0.5, 1], "must be a matrix"),
        ([[0, 1]], [["a", "b"]], "scores must be finite numbers, but their type is"),
    ],
)
def test_bad_input_is_named(targets, scores, message):
    with pytest.raises(ValueError, match=message):
        average_precision(targets, scores)
