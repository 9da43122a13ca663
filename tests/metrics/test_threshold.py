"""Precision, recall and F1 against scikit-learn; thresholds that are chosen, held out, or break even."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_curve, precision_score, recall_score

from dbl_core.metrics import (
    AVERAGES,
    break_even_thresholds,
    choose_thresholds,
    held_out_report,
    threshold_curves,
    threshold_report,
)

COUNTS = [300, 150, 60, 30, 12, 5]


def random_case(seed, n_samples=90, n_labels=6, levels=None):
    rng = np.random.default_rng(seed)
    targets = rng.random((n_samples, n_labels)) < np.linspace(0.6, 0.05, n_labels)
    targets[0] = True
    scores = rng.normal(size=targets.shape) + targets
    return targets, np.round(scores * levels) / levels if levels else scores


@pytest.mark.parametrize("levels", [None, 2])
@pytest.mark.parametrize("seed", range(8))
def test_equals_scikit_learn(seed, levels):
    targets, scores = random_case(seed, levels=levels)
    cuts = np.linspace(-0.5, 2.5, 6)
    found = threshold_report(targets, scores, COUNTS, thresholds=cuts)
    said = scores >= cuts
    for ours, theirs in ((found.precision, precision_score), (found.recall, recall_score), (found.f1, f1_score)):
        np.testing.assert_allclose(np.nan_to_num(ours), theirs(targets, said, average=None, zero_division=0))
    total = found.groups["total"]
    for kind in ("micro", "macro"):
        assert total[f"{kind}_f1"] == pytest.approx(f1_score(targets, said, average=kind, zero_division=0))
    for key, columns in (("head", [0, 1]), ("medium", [2, 3]), ("tail", [4, 5])):
        group = found.groups[key]
        part = targets[:, columns], said[:, columns]
        assert group["micro_f1"] == pytest.approx(f1_score(*part, average="micro", zero_division=0))
        assert group["macro_f1"] == pytest.approx(f1_score(*part, average="macro", zero_division=0))
        precision, recall = (f(*part, average="macro", zero_division=0) for f in (precision_score, recall_score))
        assert (group["class_precision"], group["class_recall"]) == pytest.approx((precision, recall))
        assert group["cf1"] == pytest.approx(2 * precision * recall / (precision + recall))


def test_cf1_is_not_macro_f1_and_of1_is_micro_f1():
    targets = np.array([[1, 1], [0, 1], [0, 1], [0, 1]])
    scores = np.array([[1.0, 1], [1, 0], [1, 0], [1, 0]])  # precision 1/4 and 1, recall 1 and 1/4
    total = threshold_report(targets, scores, [200, 200], thresholds=0.5).groups["total"]
    assert total["macro_f1"] == pytest.approx(0.4)
    assert total["cf1"] == pytest.approx(0.625)
    assert total["of1"] == total["micro_f1"] == pytest.approx(2 * 2 / (5 + 5))
    assert set(total) == set(AVERAGES)


def test_labels_without_positives_are_named_and_silent_ones_count_as_zero():
    targets = np.array([[1, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    scores = np.array([[2.0, 2, -1, -1], [2, -2, -1, -1], [-1, -1, -1, -1], [-1, -1, -1, -1]])
    found = threshold_report(targets, scores, [200, 200, 50, 5], thresholds=0)
    assert (found.undefined, found.silent) == ((1, 3), (2,))
    assert found.f1[0] == 1
    assert found.f1[2] == 0
    assert np.isnan(found.precision[2])
    assert np.isnan(found.f1[[1, 3]]).all()
    assert found.groups["head"]["macro_f1"] == 1
    assert found.groups["head"]["micro_f1"] == pytest.approx(2 * 2 / (3 + 2))  # the false alarm of label 1 counts
    assert found.groups["medium"]["cf1"] == 0
    assert np.isnan(list(found.groups["tail"].values())).all()
    assert found.groups["total"]["macro_f1"] == pytest.approx(0.5)


def test_every_image_positive_one_row_and_infinite_thresholds():
    ones = np.ones((1, 3))
    found = threshold_report(ones, [[0.1, 0.2, 0.3]], [9, 9, 9], thresholds=[0.0, 0.2, np.inf])
    assert found.predicted.tolist() == [1, 1, 0]
    assert found.groups["tail"]["macro_f1"] == pytest.approx(2 / 3)
    assert np.isnan(found.groups["head"]["micro_f1"])


@pytest.mark.parametrize("levels", [None, 3])
def test_curves_are_those_of_scikit_learn_at_every_score(levels):
    targets, scores = random_case(3, levels=levels)
    for label in range(targets.shape[1]):
        precision, recall, cuts = precision_recall_curve(targets[:, label], scores[:, label])
        found = threshold_curves(targets, scores, COUNTS, thresholds=cuts)
        np.testing.assert_allclose(found.precision[:, label], precision[:-1], rtol=1e-6)
        np.testing.assert_allclose(found.recall[:, label], recall[:-1], rtol=1e-6)


def test_every_point_of_the_curves_is_the_report_there():
    targets, scores = random_case(5)
    targets[:, 5] = False
    curves = threshold_curves(targets, scores, COUNTS, n_points=7)
    assert curves.undefined == (5,)
    assert (curves.thresholds[0], curves.thresholds[-1]) == (scores.min(), scores.max())
    for point, cut in enumerate(curves.thresholds):
        one = threshold_report(targets, scores, COUNTS, thresholds=float(cut))
        np.testing.assert_allclose(curves.f1[point], one.f1, rtol=1e-6)
        for key, averages in one.groups.items():
            at_point = {name: values[point] for name, values in curves.groups[key].items()}
            assert at_point == pytest.approx(averages, nan_ok=True)


def brute_force_best(targets, scores):
    cuts = np.unique(scores)[::-1]
    return cuts[np.argmax([f1_score(targets, scores >= cut, zero_division=0) for cut in cuts])]


@pytest.mark.parametrize("levels", [None, 2])
def test_chosen_thresholds_maximise_f1(levels):
    targets, scores = random_case(7, levels=levels)
    chosen = choose_thresholds(targets, scores, least_positives=1)
    assert chosen.own.all()
    assert chosen.thresholds.tolist() == [brute_force_best(targets[:, j], scores[:, j]) for j in range(6)]
    assert chosen.shared == brute_force_best(targets.ravel(), scores.ravel())


def test_labels_with_few_positives_share_a_threshold():
    targets, scores = random_case(8)
    targets[:, 4] = False
    targets[1:, 5] = False
    chosen = choose_thresholds(targets, scores, least_positives=5)
    assert chosen.own.tolist() == [True] * 4 + [False] * 2
    assert (chosen.thresholds[4:] == chosen.shared).all()
    assert chosen.undefined == (4,)
    assert chosen.positives[5] == 1


def test_constant_scores_and_all_positives_choose_that_score():
    targets = np.array([[1, 1], [0, 1], [0, 1]])
    chosen = choose_thresholds(targets, np.full((3, 2), 0.25), least_positives=1)
    assert chosen.thresholds.tolist() == [0.25, 0.25]


def test_held_out_thresholds_promise_nothing_where_there_is_nothing_to_learn():
    rng = np.random.default_rng(0)
    targets = rng.random((60, 40)) < 0.2
    scores = rng.normal(size=targets.shape)
    counts = np.full(40, 200)
    chosen = choose_thresholds(targets, scores, least_positives=1)
    optimistic = threshold_report(targets, scores, counts, thresholds=chosen.thresholds).groups["total"]["macro_f1"]
    honest = held_out_report(targets, scores, counts, least_positives=1)
    assert honest.thresholds.shape == (2, 40)
    assert honest.groups["total"]["macro_f1"] < optimistic - 0.05
    assert honest.positives.tolist() == targets.sum(axis=0).tolist()


def test_held_out_is_choice_on_one_half_and_count_on_the_other():
    targets, scores = random_case(9, n_samples=91)
    half = np.random.default_rng(4).permutation(91) < 45
    hits = 0
    for judged in (half, ~half):
        cuts = choose_thresholds(targets[~judged], scores[~judged]).thresholds
        hits = hits + ((scores[judged] >= cuts) & targets[judged]).sum(axis=0)
    np.testing.assert_array_equal(held_out_report(targets, scores, COUNTS, seed=4).true_positives, hits)


def test_at_break_even_precision_equals_recall():
    targets, scores = random_case(10)
    targets[:, 3] = False
    found = threshold_report(targets, scores, COUNTS, thresholds=break_even_thresholds(targets, scores))
    assert (found.predicted == found.positives).all()
    np.testing.assert_array_equal(found.precision, found.recall)
    assert found.predicted[3] == 0


def test_scores_are_left_as_they_are():
    targets, scores = random_case(1)
    before = scores.copy()
    for call in (choose_thresholds, break_even_thresholds):
        call(targets, scores)
    threshold_curves(targets, scores, COUNTS)
    assert (scores == before).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda y, s: threshold_report(y, s, COUNTS, thresholds=[0.5, 1]), "one number or 6 numbers, one a label"),
        (lambda y, s: threshold_report(y, s, COUNTS, thresholds=float("nan")), "that of label 0 is NaN"),
        (lambda y, s: threshold_report(y, s, COUNTS, thresholds="0.5"), "one number or 6 numbers"),
        (lambda y, s: threshold_report(y, s, [1], thresholds=0), "label_counts must be 6 numbers, one a label, not 1"),
        (lambda y, s: threshold_curves(y, s, COUNTS, n_points=513), "a whole number from 2 to 512, not 513"),
        (lambda y, s: threshold_curves(y, s, COUNTS, thresholds=np.arange(600)), "1 to 512 numbers"),
        (lambda y, s: threshold_curves(y, s, COUNTS, thresholds=[1, 1]), "must rise"),
        (lambda y, s: choose_thresholds(y, s, least_positives=0), "whole number >= 1, not 0"),
        (lambda y, s: choose_thresholds(y * 0, s), "no image carries any label"),
        (lambda y, s: held_out_report(y[:1], s[:1], COUNTS), "at least 2 images"),
        (lambda y, s: break_even_thresholds(y, s[:, :2]), "the shape of targets"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(*random_case(0))
