"""Figures of finished runs: intervals, seeds, classes."""

import math

import numpy as np
import pytest

from dbl_core.datasets import load_dataset
from dbl_core.runs.comparison import seed_groups
from dbl_core.viz import compare, theme
from tests.fake_runs import BCE, compared_groups


@pytest.fixture(scope="module")
def dataset():
    return load_dataset("picto-voc")


@pytest.fixture(scope="module")
def groups():
    return compared_groups()


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
    named = {name for trace in figure.data for name in trace.text if name}
    assert named <= set(dataset.label_names)
    assert len(named) > 15
    places = {place for trace in figure.data for place in trace.textposition}
    assert len(places) > 1
    assert figure.data[2].marker.color == theme.GROUP_COLORS["tail"]
