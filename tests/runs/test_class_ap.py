"""AP by class over seeds, and what it gains: against hand-made numbers and SciPy's test of two means."""

import math

import numpy as np
import pytest
from scipy import stats

from dbl_core.metrics import BootstrapIntervals
from dbl_core.metrics.bootstrap import Interval
from dbl_core.runs.class_ap import class_ap, class_gains
from dbl_core.runs.comparison import seed_groups
from dbl_core.runs.outcome import Result
from tests.fake_runs import BCE, DB_FOCAL, compared_groups, with_seed


def result(config, aps):
    classes = [
        {"label": label, "train_count": 5, "test_positives": 9, "ap": ap, "interval": [ap - 0.1, ap + 0.1]}
        for label, ap in aps.items()
    ]
    return Result.model_validate({"map": {}, "config": config.model_dump(), "per_class": classes})


def group_of(config, *seeds):
    configs = {f"{config.loss.name}{number}": with_seed(config, number) for number in range(len(seeds))}
    results = {run: result(configs[run], aps) for run, aps in zip(configs, seeds, strict=True)}
    return seed_groups(configs, results)[0]


def test_the_ap_of_several_seeds_is_their_mean():
    groups = compared_groups()
    rows = class_ap(groups[0])
    first, second = groups[0].results
    assert rows[3].ap == pytest.approx((first.per_class[3].ap + second.per_class[3].ap) / 2)
    assert rows[3].low <= rows[3].ap <= rows[3].high
    lone = class_ap(groups[1])[3]
    assert (lone.low, lone.high) == groups[1].results[0].per_class[3].interval


def test_gains_are_matched_by_name():
    gains = class_gains(group_of(DB_FOCAL, {"cat": 0.5, "dog": 0.6}), group_of(BCE, {"dog": 0.2}))
    assert [(row.entry.label, pytest.approx(row.gain)) for row in gains] == [("dog", 0.4)]
    assert math.isnan(gains[0].low)
    assert not gains[0].inside_noise


def test_lone_seeds_are_judged_by_the_same_test_images():
    intervals = (Interval(0.3, 0.1, 0.5), Interval(0.1, -0.2, 0.4))
    paired = BootstrapIntervals(intervals, {}, np.ones(2))
    aps = {"cat": 0.5, "dog": 0.6}, {"cat": 0.2, "dog": 0.5}
    gains = class_gains(group_of(DB_FOCAL, aps[0]), group_of(BCE, aps[1]), paired)
    assert [(row.low, row.high, row.inside_noise) for row in gains] == [(0.1, 0.5, False), (-0.2, 0.4, True)]


def test_several_seeds_are_judged_by_their_spread_as_scipy_does():
    one, other = [0.50, 0.56, 0.61], [0.40, 0.47]
    group, baseline = (
        group_of(config, *({"cat": ap} for ap in aps)) for config, aps in ((DB_FOCAL, one), (BCE, other))
    )
    (gain,) = class_gains(group, baseline)
    low, high = stats.ttest_ind(one, other).confidence_interval(0.95)
    assert (gain.low, gain.high) == pytest.approx((low, high))
    assert gain.gain == pytest.approx(np.mean(one) - np.mean(other))


def test_too_few_seeds_have_no_interval():
    (gain,) = class_gains(group_of(DB_FOCAL, {"cat": 0.5}, {"cat": 0.6}), group_of(BCE, {"cat": 0.3}))
    assert math.isnan(gain.low)


def test_a_class_that_has_no_ap_gains_nothing():
    (gain,) = class_gains(
        group_of(DB_FOCAL, *[{"cat": math.nan}] * 3), group_of(BCE, *({"cat": ap} for ap in (0.2, 0.3, 0.4)))
    )
    assert math.isnan(gain.gain)
    assert math.isnan(gain.low)
