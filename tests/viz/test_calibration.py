"""Reliability diagrams and the bias of classes: what is drawn is what was computed."""

import json

import numpy as np
import pytest

from dbl_core.metrics import calibration_report
from dbl_core.viz import calibration as figures
from dbl_core.viz import theme

COUNTS = [300, 120, 40, 0]
NAMES = ["<b>cat</b>", "dog", "cow", "bus"]
GROUPS = ["head", "head", "medium", "tail"]


@pytest.fixture(scope="module")
def report():
    rng = np.random.default_rng(0)
    chances = rng.beta(0.5, 2, (400, 4))
    return calibration_report(rng.random(chances.shape) < chances, chances, COUNTS, kind="probability", n_bins=10)


def lines_of(figure):
    return {trace.legendgroup: trace for trace in figure.data if trace.legendgroup and trace.showlegend is not False}


def test_a_line_a_group_with_its_intervals_and_counts(report):
    figure = figures.reliability_diagram(figures.group_lines(report))
    lines = lines_of(figure)
    assert list(lines) == ["total", "head", "medium", "tail"]
    table = report.groups["head"].reliability
    filled = table.count > 0
    head = lines["head"]
    np.testing.assert_allclose(head.y, table.share[filled])
    np.testing.assert_allclose(head.y + head.error_y.array, table.share_high[filled])
    np.testing.assert_allclose(head.y - head.error_y.arrayminus, table.share_low[filled])
    assert head.line.color == theme.GROUP_COLORS["head"]
    assert f"ECE {100 * table.ece:.1f} %" in head.name
    counts = next(trace for trace in figure.data if trace.legendgroup == "head" and trace.showlegend is False)
    assert counts.y.sum() == 800


def test_groups_without_classes_have_no_line():
    report = calibration_report(np.eye(4), np.full((4, 4), 0.25), [200] * 4, kind="probability")
    assert [line.name for line in figures.group_lines(report)] == ["total", "head"]
    assert figures.run_lines({"a": report}, {"a": 0}, "tail") == []
    assert len(figures.reliability_diagram([]).data) == 1


def test_runs_keep_their_colours_and_bins_can_have_equal_mass(report):
    lines = figures.run_lines({"a": report, "b": report}, {"a": 3, "b": 1}, "head", "mass")
    assert [line.look["color"] for line in lines] == [theme.RUN_COLORS[3], theme.RUN_COLORS[1]]
    assert lines[0].table is report.groups["head"].reliability_mass


def test_the_axes_reach_as_far_as_the_bins():
    targets = np.zeros((100, 1))
    targets[0] = 1
    report = calibration_report(targets, np.full((100, 1), 0.04), [200], kind="probability")
    figure = figures.reliability_diagram(figures.group_lines(report))
    assert figure.layout.xaxis.range[1] == pytest.approx(0.0408)
    assert figure.layout.yaxis2.range[1] > 2


def test_the_bias_of_every_trained_class(report):
    figure = figures.bias_by_class(report, COUNTS, NAMES, GROUPS)
    head = figure.data[0]
    assert list(head.x) == [300, 120]
    np.testing.assert_allclose(head.y, 100 * (report.mean_probability - report.share)[:2])
    assert "&lt;b&gt;cat" in json.dumps(figure.to_plotly_json()["data"][0]["customdata"])
    assert sum(len(trace.x) for trace in figure.data) == 3
