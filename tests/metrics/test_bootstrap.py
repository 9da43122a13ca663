"""Bootstrap intervals against a resample-by-resample loop with scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from dbl_core.metrics import average_precision, bootstrap_intervals, group_report, paired_intervals
from dbl_core.metrics.bootstrap import Resampling, _resampled_ap


def random_case(seed, n_samples=80, n_labels=5, levels=3):
    rng = np.random.default_rng(seed)
    targets = rng.random((n_samples, n_labels)) < np.linspace(0.5, 0.03, n_labels)
    return targets, np.round((rng.normal(size=targets.shape) + targets) * levels) / levels


@pytest.mark.parametrize("seed", range(5))
def test_weighted_ap_is_the_ap_of_the_drawn_images(seed):
    targets, scores = random_case(seed)
    weights = Resampling(n_resamples=8, seed=seed).weights(len(targets))
    fast = _resampled_ap(targets, scores, weights)
    for resample in range(8):
        rows = np.repeat(np.arange(len(targets)), weights[:, resample])
        for label in range(targets.shape[1]):
            if targets[rows, label].any():
                slow = average_precision_score(targets[rows, label], scores[rows, label])
                assert fast[resample, label] == pytest.approx(slow, abs=1e-12)
            else:
                assert np.isnan(fast[resample, label])


def test_equal_weights_give_the_plain_ap():
    targets, scores = random_case(1)
    targets[0, :] = True
    ones = np.ones((len(targets), 1), dtype=np.int32)
    np.testing.assert_allclose(_resampled_ap(targets, scores, ones)[0], average_precision(targets, scores))


def test_weights_draw_every_image_once_on_average():
    weights = Resampling(n_resamples=400).weights(50)
    assert (weights.sum(axis=0) == 50).all()
    assert weights.mean(axis=1) == pytest.approx(1, abs=0.25)
    assert weights.var() == pytest.approx(1 - 1 / 50, abs=0.05)


def test_values_are_those_of_the_whole_split_and_lie_inside():
    targets, scores = random_case(2, n_samples=400)
    counts = [300, 150, 60, 30, 5]
    result = bootstrap_intervals(targets, scores, counts)
    ap = average_precision(targets, scores)
    assert [one.value for one in result.per_class] == list(ap)
    assert {key: one.value for key, one in result.groups.items()} == pytest.approx(group_report(ap, counts))
    for one in (*result.per_class, *result.groups.values()):
        assert one.low <= one.value <= one.high
    assert result.defined[0] == 1


def test_a_higher_level_is_wider_and_a_seed_repeats():
    targets, scores = random_case(3, n_samples=300)
    wide, narrow, again = (
        bootstrap_intervals(targets, scores, [200] * 5, level=level).groups["total"] for level in (0.95, 0.5, 0.95)
    )
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide == again
    assert wide != bootstrap_intervals(targets, scores, [200] * 5, seed=1).groups["total"]


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    population_targets, population_scores = random_case(11, n_samples=40_000, n_labels=2, levels=1000)
    truth = average_precision(population_targets, population_scores)[0]
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        rows = rng.choice(40_000, 300, replace=False)
        one = bootstrap_intervals(
            population_targets[rows, :1], population_scores[rows, :1], [100], level=0.9, n_resamples=100, seed=trial
        ).per_class[0]
        hits += one.low <= truth <= one.high
    assert 0.8 <= hits / 200 <= 0.96


def test_undefined_labels_and_groups_are_nan():
    targets, scores = random_case(4)
    targets[:, 1] = False
    targets[:, 2] = False
    targets[0, 2] = True
    result = bootstrap_intervals(targets, scores, [200, 200, 50, 50, 50])
    assert math.isnan(result.per_class[1].value)
    assert math.isnan(result.per_class[1].low)
    assert result.defined[1] == 0
    assert 0.4 < result.defined[2] < 0.9
    assert math.isnan(result.groups["tail"].high)
    assert result.groups["head"].value == result.per_class[0].value


def test_paired_difference():
    targets, scores = random_case(5, n_samples=500)
    rng = np.random.default_rng(0)
    worse = scores + rng.normal(size=scores.shape)
    counts = [200, 200, 50, 50, 5]
    result = paired_intervals(targets, scores, worse, counts)
    total = result.groups["total"]
    difference = average_precision(targets, scores) - average_precision(targets, worse)
    assert [one.value for one in result.per_class] == list(difference)
    assert 0 < total.low < total.value < total.high
    same = paired_intervals(targets, scores, scores * 2, counts).groups["total"]
    assert (same.value, same.low, same.high) == (0, 0, 0)
    apart = [bootstrap_intervals(targets, one, counts).groups["head"] for one in (scores, worse)]
    head = result.groups["head"]
    assert head.high - head.low < sum(one.high - one.low for one in apart)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_resamples": 0}, "n_resamples must be a whole number >= 1, not 0"),
        ({"n_resamples": 10.5}, "n_resamples must be a whole number >= 1, not 10.5"),
        ({"seed": -1}, "seed must be a whole number >= 0, not -1"),
        ({"level": 1.0}, "level must be between 0 and 1, not 1.0"),
        ({"level": float("nan")}, "level must be between 0 and 1, not nan"),
        ({"convention": "x"}, "unknown convention"),
    ],
)
def test_bad_options_are_named(options, message):
    targets, scores = random_case(0)
    with pytest.raises(ValueError, match=message):
        bootstrap_intervals(targets, scores, [1] * 5, **options)


def test_bad_shapes_are_named():
    targets, scores = random_case(0)
    with pytest.raises(ValueError, match="label_counts must be 5 numbers, one a label, not 2"):
        bootstrap_intervals(targets, scores, [1, 2])
    with pytest.raises(ValueError, match="the shape of targets"):
        paired_intervals(targets, scores, scores[:, :2], [1] * 5)
    with pytest.raises(TypeError, match="n_resample"):
        bootstrap_intervals(targets, scores, [1] * 5, n_resample=3)


def test_the_interval_of_many_rare_labels_holds_its_value():
    """Positives drawn twice push AP up: over 80 labels of one positive each the plain quantiles leave the mean out."""
    rng = np.random.default_rng(0)
    targets = np.zeros((30, 80), dtype=bool)
    targets[rng.integers(0, 30, 80), np.arange(80)] = True
    total = bootstrap_intervals(targets, rng.random(targets.shape), [1] * 80).groups["total"]
    assert total.low <= total.value <= total.high
    assert total.low == total.value
