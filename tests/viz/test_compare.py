"""Figures of finished runs: intervals, seeds, classes, gains."""

import math

import numpy as np
import pytest

from dbl_core.datasets import load_dataset
from dbl_core.metrics import paired_intervals
from dbl_core.runs.comparison import seed_groups
from dbl_core.runs.outcome import Result
from dbl_core.viz import compare, theme
from tests.fake_runs import BCE, DB_FOCAL, result_of, test_scores, with_seed


@pytest.fixture(scope="module")
def dataset():
    return load_dataset("picto-voc")


@pytest.fixture(scope="module")
def groups(dataset):
    configs = {"db0": DB_FOCAL, "db1": with_seed(DB_FOCAL, 1), "bce": BCE, "waits": with_seed(BCE, 9)}
    skills = {"db0": 0.6, "db1": 0.65, "bce": 0.4}
    results = {
        run: Result.model_validate(
            result_of(dataset, configs[run], test_scores(dataset, skill, configs[run].train.seed), n_resamples=20)
        )
        for run, skill in skills.items()
    }
    return seed_groups(configs, results)


@pytest.fixture(scope="module")
def styles(groups):
    return {group.key: number for number, group in enumerate(groups)}


def test_bars_show_means_intervals_and_seeds(groups, styles):
    figure = compare.group_bars(groups, styles)
    assert [trace.type for trace in figure.data] == ["bar", "scatter", "bar"]
    several, dots, lone = figure.data
    assert several.y[0] == pytest.approx(100 * groups[0].mean_map("total"))
    assert len(dots.x) == 8
    low, high = groups[1].interval("tail")
    assert lone.y[3] - lone.error_y.arrayminus[3] == pytest.approx(100 * low)
    assert lone.y[3] + lone.error_y.array[3] == pytest.approx(100 * high)
    assert "2 seeds" in several.customdata[0][2]
    assert "one seed" in lone.customdata[0][2]


def test_ap_stands_against_training_images_on_a_log_axis(groups, styles, dataset):
    figure = compare.ap_against_count(groups, styles)
    assert figure.layout.xaxis.type == "log"
    assert sorted(figure.data[0].x) == sorted(dataset.label_counts)
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    assert figure.data[0].error_y.visible
    assert "positives in the test split" in figure.data[0].hovertemplate


def test_the_ap_of_several_seeds_is_their_mean(groups):
    rows = compare.class_ap(groups[0])
    first, second = groups[0].results
    assert rows[3].ap == pytest.approx((first.per_class[3].ap + second.per_class[3].ap) / 2)
    assert rows[3].low <= rows[3].ap <= rows[3].high
    lone = compare.class_ap(groups[1])[3]
    assert (lone.low, lone.high) == groups[1].results[0].per_class[3].interval


def test_gains_are_matched_by_class_and_ordered_by_rarity(groups, dataset):
    figure = compare.ap_gain_bars(groups[0], groups[1])
    by_class = dict(pair for trace in figure.data for pair in zip(trace.y, trace.x, strict=True))
    assert len(by_class) == 20
    before = {row.entry.label: row.ap for row in compare.class_ap(groups[1])}
    after = {row.entry.label: row.ap for row in compare.class_ap(groups[0])}
    assert by_class["cow (4)"] == pytest.approx(100 * (after["cow"] - before["cow"]))
    assert figure.layout.yaxis.categoryarray[-1] == "cow (4)"
    assert figure.layout.yaxis.categoryarray[0] == "person (775)"
    assert {trace.marker.pattern.shape for trace in figure.data} == set(theme.GROUP_PATTERNS.values())


def test_gains_carry_paired_intervals(groups, dataset):
    labels = dataset.labels[dataset.test_rows]
    paired = paired_intervals(
        labels, test_scores(dataset, 0.6, 0), test_scores(dataset, 0.4, 0), dataset.label_counts, n_resamples=20
    )
    figure = compare.ap_gain_bars(groups[0], groups[1], paired)
    assert np.isfinite(figure.data[0].error_x.array).all()


def test_classes_that_the_other_data_set_lacks_are_left_out(groups):
    result = groups[1].results[0]
    fewer = result.model_copy(update={"per_class": result.per_class[:5]})
    figure = compare.ap_gain_bars(groups[0], seed_groups({"x": BCE}, {"x": fewer})[0])
    assert sum(len(trace.y) for trace in figure.data) == 5


def test_a_class_without_test_positives_is_a_gap(groups, styles):
    result = groups[1].results[0]
    broken = tuple(entry.model_copy(update={"ap": math.nan}) for entry in result.per_class)
    group = seed_groups({"x": BCE}, {"x": result.model_copy(update={"per_class": broken})})[0]
    assert np.isnan(compare.ap_against_count([group], {group.key: 0}).data[0].y).all()


def test_nothing_finished_gives_empty_figures(styles):
    waiting = seed_groups({"x": BCE}, {})
    assert not compare.group_bars(waiting, {waiting[0].key: 0}).data
    assert not compare.ap_against_count(waiting, {waiting[0].key: 0}).data


def test_classes_of_one_run_are_named_and_coloured_by_group(groups, dataset):
    figure = compare.ap_by_class(groups[0])
    assert [trace.name for trace in figure.data] == ["head", "medium", "tail"]
    assert sorted(name for trace in figure.data for name in trace.text) == sorted(dataset.label_names)
    assert figure.data[2].marker.color == theme.GROUP_COLORS["tail"]
