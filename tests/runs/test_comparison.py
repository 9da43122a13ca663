"""Which runs belong together, which settings differ, which differences are more than noise."""

import math
import statistics

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.metrics import BootstrapIntervals, Interval
from dbl_core.runs import comparison
from dbl_core.runs.outcome import Result
from tests.fake_runs import BCE, DB_FOCAL, with_seed


def result(config, total, *, half=0.02):
    values = dict.fromkeys(("total", "head", "medium", "tail"), total)
    return Result(map=values, intervals=dict.fromkeys(values, (total - half, total + half)), config=config)


def groups_of(*entries):
    configs = {f"run{i}": config for i, (config, _) in enumerate(entries)}
    results = {f"run{i}": None if total is None else result(config, total) for i, (config, total) in enumerate(entries)}
    return comparison.seed_groups(configs, results)


def test_seeds_of_the_same_settings_form_one_group():
    groups = groups_of((DB_FOCAL, 0.7), (BCE, 0.5), (with_seed(DB_FOCAL, 1), 0.8))
    assert [list(group.runs) for group in groups] == [["run0", "run2"], ["run1"]]
    assert groups[0].mean_map("total") == pytest.approx(0.75)
    assert groups[0].spread("total") == pytest.approx(statistics.stdev([0.7, 0.8]))
    assert math.isnan(groups[1].spread("total"))


def test_an_automatic_rate_is_the_rate_it_stands_for():
    explicit = RunConfig(train=TrainConfig(learning_rate=0.02))
    assert comparison.settings_key(explicit) == comparison.settings_key(RunConfig())
    assert comparison.settings_key(RunConfig(train=TrainConfig(epochs=9))) != comparison.settings_key(RunConfig())


def test_limits_change_no_numbers():
    limited = RunConfig(train=TrainConfig(max_seconds=60, max_memory_mb=4000))
    assert comparison.settings_key(limited) == comparison.settings_key(RunConfig())
    assert comparison.differing_settings({"a": limited, "b": RunConfig()}) == []


def test_a_repeated_seed_is_no_spread():
    group = groups_of((DB_FOCAL, 0.7), (DB_FOCAL, 0.7))[0]
    assert len(group.results) == 1
    assert math.isnan(group.spread("total"))
    assert group.interval("total") == pytest.approx((0.68, 0.72))


def test_the_interval_of_several_seeds_is_their_spread():
    group = groups_of((DB_FOCAL, 0.6), (with_seed(DB_FOCAL, 1), 0.8))[0]
    spread = statistics.stdev([0.6, 0.8])
    assert group.interval("tail") == pytest.approx((0.7 - spread, 0.7 + spread))


def test_the_mean_of_three_seeds_has_the_interval_that_scipy_gives():
    values = [0.6, 0.8, 0.71]
    three = groups_of(*((with_seed(DB_FOCAL, seed), value) for seed, value in enumerate(values)))[0]
    found = ttest_1samp(values, 0).confidence_interval(0.95)
    assert three.mean_interval("total") == pytest.approx((found.low, found.high))
    two = groups_of((DB_FOCAL, 0.6), (with_seed(DB_FOCAL, 1), 0.8))[0]
    assert all(map(math.isnan, two.mean_interval("total")))
    assert groups_of((DB_FOCAL, 0.7))[0].mean_interval("total") == pytest.approx((0.68, 0.72))


def test_a_group_without_result_is_nan_not_an_error():
    group = groups_of((DB_FOCAL, None))[0]
    assert math.isnan(group.mean_map("total"))
    assert all(math.isnan(end) for end in group.interval("total"))


def test_names_say_what_differs_and_nothing_else():
    other = RunConfig(loss=LossConfig(options={"mu": 0.1}), train=TrainConfig(epochs=4))
    names = [group.name for group in groups_of((DB_FOCAL, 0.7), (other, 0.7))]
    assert names == ["db_focal · class_aware · mu 0.3 · epochs 8", "db_focal · class_aware · mu 0.1 · epochs 4"]
    assert [group.name for group in groups_of((DB_FOCAL, 0.7), (BCE, 0.7))] == [
        "db_focal · class_aware",
        "bce · uniform",
    ]


def test_names_of_different_settings_differ():
    configs = {
        str(i): RunConfig(loss=LossConfig(name="focal", options={"gamma": 1.0 + i / 10}), train=TrainConfig(seed=i % 2))
        for i in range(5)
    }
    assert len(set(comparison.group_names(configs).values())) == 5


def test_only_differing_settings_are_listed():
    rows = comparison.differing_settings({"a": DB_FOCAL, "b": BCE})
    assert [(row.setting, row.values) for row in rows] == [
        ("loss.name", ("db_focal", "bce")),
        ("train.sampler", ("class_aware", "uniform")),
    ]


def test_an_option_that_one_loss_lacks_is_listed_where_it_departs_from_its_default():
    tuned = RunConfig(loss=LossConfig(options={"mu": 0.1}), train=TrainConfig(sampler="uniform"))
    rows = dict(comparison.differing_settings({"a": tuned, "b": BCE}))
    assert rows == {"loss.name": ("db_focal", "bce"), "loss.mu": (0.1, None)}
    assert comparison.shown(rows["loss.mu"][1]) == "–"


def test_the_spread_between_seeds_gives_students_interval():
    first, second = [0.70, 0.72, 0.75], [0.60, 0.66]
    groups = groups_of(
        *((with_seed(DB_FOCAL, i), value) for i, value in enumerate(first)),
        *((with_seed(BCE, i), value) for i, value in enumerate(second)),
    )
    found = comparison.differences(groups[0], groups[1])
    oracle = ttest_ind(first, second, equal_var=True).confidence_interval(0.95)
    assert found["total"].basis == "seeds"
    assert (found["total"].low, found["total"].high) == pytest.approx((oracle.low, oracle.high))
    assert "3 against 2" in comparison.verdict(groups[0], groups[1], found)


def test_a_lone_seed_is_judged_by_the_spread_of_the_others():
    groups = groups_of((BCE, 0.5), (DB_FOCAL, 0.7), (with_seed(DB_FOCAL, 1), 0.72), (with_seed(DB_FOCAL, 2), 0.71))
    found = comparison.differences(groups[1], groups[0])
    assert found["total"].basis == "seeds"
    assert not found["total"].inside_noise


def test_all_groups_of_a_comparison_tell_the_spread():
    third = RunConfig(loss=LossConfig(name="focal"))
    groups = groups_of(
        (BCE, 0.5), (DB_FOCAL, 0.7), (third, 0.6), (with_seed(third, 1), 0.61), (with_seed(third, 2), 0.62)
    )
    assert comparison.differences(groups[1], groups[0])["total"].basis == "intervals"
    assert comparison.differences(groups[1], groups[0], among=groups)["total"].basis == "seeds"
    assert comparison.pooled_spread(groups, "total") == (pytest.approx(0.01), 2)


def test_two_seeds_beside_one_are_too_few():
    groups = groups_of((BCE, 0.5), (DB_FOCAL, 0.7), (with_seed(DB_FOCAL, 1), 0.9))
    found = comparison.differences(groups[1], groups[0])
    assert found["total"].basis == "intervals"
    assert "Too few seeds to know their spread" in comparison.verdict(groups[1], groups[0], found)


def test_seeds_that_all_agree_have_a_spread_of_zero():
    groups = groups_of((BCE, 0.5), (with_seed(BCE, 1), 0.5), (DB_FOCAL, 0.5), (with_seed(DB_FOCAL, 1), 0.5))
    assert comparison.differences(groups[1], groups[0])["tail"].inside_noise


def test_one_seed_each_uses_the_paired_images():
    groups = groups_of((DB_FOCAL, 0.7), (BCE, 0.69))
    paired = BootstrapIntervals(
        per_class=(),
        groups={key: Interval(0.01, -0.005, 0.02) for key in ("total", "head", "medium", "tail")},
        defined=np.ones(20),
    )
    found = comparison.differences(groups[0], groups[1], paired)
    assert found["total"].basis == "images"
    text = comparison.verdict(groups[0], groups[1], found)
    assert "Inside the noise: total +1.0, head +1.0, medium +1.0 and tail +1.0." in text
    assert "One seed each" in text


def test_without_scores_the_two_intervals_are_set_side_by_side():
    near = groups_of((DB_FOCAL, 0.70), (BCE, 0.67))
    far = groups_of((DB_FOCAL, 0.70), (BCE, 0.60))
    assert comparison.differences(*near)["total"].inside_noise
    found = comparison.differences(*far)
    assert not found["total"].inside_noise
    text = comparison.verdict(*far, found)
    assert text.startswith("db_focal · class_aware against bce · uniform, in points of mAP. More than noise: total +10")


def test_an_unfinished_run_cannot_be_judged():
    groups = groups_of((DB_FOCAL, 0.7), (BCE, None))
    found = comparison.differences(*groups)
    assert found["total"].inside_noise
    assert "cannot be compared yet" in comparison.verdict(*groups, found)
