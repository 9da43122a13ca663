"""Ranking of labels within an image against scikit-learn and a loop over pairs."""

import math

import numpy as np
import pytest
from sklearn.metrics import coverage_error, label_ranking_loss

from dbl_core.metrics import label_ranking, multilabel_ranking


def random_case(seed, n_samples=50, n_labels=7, levels=None):
    rng = np.random.default_rng(seed)
    targets = rng.random((n_samples, n_labels)) < rng.uniform(0.02, 0.7, n_labels)
    targets[0], targets[1] = False, True
    scores = rng.normal(size=targets.shape) + targets
    return targets, np.round(scores * levels) / levels if levels else scores


@pytest.mark.parametrize("levels", [None, 1, 4])
@pytest.mark.parametrize("seed", range(10))
def test_equals_scikit_learn_with_ties_and_empty_rows(seed, levels):
    targets, scores = random_case(seed, levels=levels)
    found = label_ranking(targets, scores, convention="sklearn")
    assert found.coverage == pytest.approx(coverage_error(targets, scores))
    assert found.ranking_loss == pytest.approx(label_ranking_loss(targets, scores))


@pytest.mark.parametrize("levels", [None, 2])
def test_the_literature_leaves_undefined_images_out(levels):
    targets, scores = random_case(3, levels=levels)
    found = label_ranking(targets, scores)
    errors, coverages, losses = [], [], []
    for true, row in zip(targets, scores, strict=True):
        if true.any():
            coverages.append((row >= row[true].min()).sum() - 1)
            errors.append(np.mean(~true[row == row.max()]))
        if true.any() and not true.all():
            losses.append(np.mean(row[~true][None, :] >= row[true][:, None]))
    assert (found.one_error, found.coverage, found.ranking_loss) == pytest.approx(
        tuple(map(np.mean, (errors, coverages, losses)))
    )
    assert found.n_images == len(targets)
    assert found.without_labels == (~targets.any(axis=1)).sum() >= 1
    assert found.with_all_labels == targets.all(axis=1).sum() >= 1


def test_a_perfect_ranking_and_its_opposite():
    targets, _ = random_case(4)
    best, worst = label_ranking(targets, targets * 1.0), label_ranking(targets, -1.0 * targets)
    defined = targets.any(axis=1)
    assert (best.one_error, best.ranking_loss) == (0, 0)
    assert best.coverage == pytest.approx(targets[defined].sum(axis=1).mean() - 1)
    assert worst.ranking_loss == 1
    assert worst.coverage == targets.shape[1] - 1


def test_constant_scores_have_no_lucky_order():
    targets = np.array([[1, 0, 0, 0], [1, 1, 0, 0]])
    found = label_ranking(targets, np.zeros((2, 4)))
    assert found.one_error == pytest.approx((0.75 + 0.5) / 2)
    assert (found.coverage, found.ranking_loss) == (3, 1)


def test_images_without_any_label_define_nothing():
    found = label_ranking(np.zeros((3, 2)), np.ones((3, 2)))
    assert all(map(math.isnan, (found.one_error, found.coverage, found.ranking_loss)))
    assert found.without_labels == 3


def test_one_row_and_one_label():
    found = label_ranking([[1]], [[-3]])
    assert (found.one_error, found.coverage) == (0, 0)
    assert math.isnan(found.ranking_loss)
    assert found.with_all_labels == 1


def test_parts_of_the_rows_change_nothing(monkeypatch):
    targets, scores = random_case(6, levels=2)
    whole = label_ranking(targets, scores)
    monkeypatch.setattr(multilabel_ranking, "_CELLS", 40)
    assert label_ranking(targets, scores) == whole


def test_an_unknown_convention_is_named():
    with pytest.raises(ValueError, match="unknown convention 'x'; allowed: defined, sklearn"):
        label_ranking([[1]], [[1]], convention="x")
