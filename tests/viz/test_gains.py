"""Figures of what runs gain against a baseline, by group of classes and by class."""

import math

import numpy as np
import pytest

from dbl_core.datasets import load_dataset
from dbl_core.metrics import REPORT_KEYS, paired_intervals
from dbl_core.runs.class_ap import class_gains
from dbl_core.runs.comparison import Difference, differences, seed_groups
from dbl_core.viz import gains as figures
from dbl_core.viz import theme
from dbl_core.viz.run_looks import run_style
from tests.fake_runs import BCE, DB_FOCAL, compared_groups, test_scores


@pytest.fixture(scope="module")
def groups():
    return compared_groups()


@pytest.fixture(scope="module")
def lone(groups):
    """One seed of DB-Focal."""
    return seed_groups({"db0": DB_FOCAL}, {"db0": groups[0].results[0]})[0]


@pytest.fixture(scope="module")
def paired():
    dataset = load_dataset("picto-voc")
    labels = dataset.labels[dataset.test_rows]
    scores = [test_scores(dataset, skill, 0) for skill in (0.6, 0.4)]
    return paired_intervals(labels, *scores, dataset.label_counts, n_resamples=20)


def test_groups_gain_points_with_their_intervals(groups):
    db, bce = groups
    found = {db.key: differences(db, bce)}
    (trace,) = figures.group_gains([db], found, {db.key: 3}).data
    assert sorted(trace.x) == sorted(REPORT_KEYS)
    for key, value, up in zip(trace.x, trace.y, trace.error_y.array, strict=True):
        assert value == pytest.approx(100 * found[db.key][key].value)
        assert value + up == pytest.approx(100 * found[db.key][key].high)
    assert trace.marker.color == run_style(3)["color"]


def test_what_is_inside_the_noise_is_open_and_the_legend_shows_the_filled_mark(groups):
    db = groups[0]
    noisy, clear = Difference(0.01, -0.01, 0.03, "images"), Difference(0.2, 0.1, 0.3, "images")
    found = {db.key: {"total": noisy, "head": noisy, "medium": clear, "tail": noisy}}
    (trace,) = figures.group_gains([db], found, {db.key: 0}).data
    assert dict(zip(trace.x, trace.marker.symbol, strict=True)) == {
        "medium": "circle",
        "total": "circle-open",
        "head": "circle-open",
        "tail": "circle-open",
    }
    assert trace.x[0] == "medium"
    assert trace.customdata[1][2] == "inside the noise"


def test_classes_stand_by_their_training_images_between_the_borders(lone, groups, paired):
    gains = {lone.key: class_gains(lone, groups[1], paired)}
    figure = figures.gain_against_count([lone], gains, {lone.key: 1})
    (trace,) = figure.data
    assert len(trace.x) == 20
    assert figure.layout.xaxis.type == "log"
    assert trace.error_y.visible
    borders = sorted(shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1)
    assert 17 < borders[0] < 20
    assert 82 < borders[1] < 100
    assert [note.text for note in figure.layout.annotations] == ["tail", "medium", "head"]


def test_classes_inside_the_noise_are_open_and_come_last(lone, groups, paired):
    gains = class_gains(lone, groups[1], paired)
    gains[0] = gains[0]._replace(low=-0.1)
    assert gains[0].inside_noise
    (trace,) = figures.gain_against_count([lone], {lone.key: gains}, {lone.key: 1}).data
    assert trace.marker.symbol[-1] == f"{run_style(1)['symbol']}-open"
    assert trace.marker.symbol[0] == run_style(1)["symbol"]
    assert trace.customdata[-1][0] == gains[0].entry.label


def test_of_many_runs_intervals_are_told_on_hovering_only(lone, groups, paired):
    gains = {lone.key: class_gains(lone, groups[1], paired)}
    figure = figures.gain_against_count([lone] * 3, gains, {lone.key: 1})
    assert not figure.data[0].error_y.visible
    assert " to " in figure.data[0].customdata[0][2]


def test_classes_are_ordered_by_rarity(groups):
    gains = class_gains(groups[0], groups[1])
    figure = figures.class_gain_bars(gains)
    by_class = dict(pair for trace in figure.data for pair in zip(trace.y, trace.x, strict=True))
    cow = next(row for row in gains if row.entry.label == "cow")
    assert by_class["cow (4)"] == pytest.approx(100 * cow.gain)
    assert figure.layout.yaxis.categoryarray[-1] == "cow (4)"
    assert figure.layout.yaxis.categoryarray[0] == "person (775)"
    assert {trace.marker.pattern.shape for trace in figure.data} == set(theme.GROUP_PATTERNS.values())
    assert not figure.data[0].error_x.visible


def test_bars_carry_paired_intervals(lone, groups, paired):
    figure = figures.class_gain_bars(class_gains(lone, groups[1], paired))
    assert np.isfinite(figure.data[0].error_x.array).all()
    assert figure.data[0].error_x.visible


def test_nothing_shared_gives_empty_figures(groups):
    assert not any(len(trace.x) for trace in figures.class_gain_bars([]).data)
    figure = figures.gain_against_count([groups[0]], {groups[0].key: []}, {groups[0].key: 0})
    assert not figure.layout.annotations


def test_a_class_without_ap_has_no_mark(groups):
    result = groups[1].results[0]
    broken = tuple(entry.model_copy(update={"ap": math.nan}) for entry in result.per_class)
    empty = seed_groups({"x": BCE}, {"x": result.model_copy(update={"per_class": broken})})[0]
    gains = {empty.key: class_gains(empty, groups[0])}
    assert not figures.gain_against_count([empty], gains, {empty.key: 0}).data[0].x
