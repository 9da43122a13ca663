"""Curves against the threshold and bars of confusions."""

import numpy as np
import pytest

from dbl_core.metrics import confusions, threshold_curves, worst_confusions
from dbl_core.viz import theme
from dbl_core.viz import thresholds as figures

COUNTS = [300, 120, 40]


@pytest.fixture(scope="module")
def split():
    rng = np.random.default_rng(0)
    targets = rng.random((200, 3)) < [0.5, 0.3, 0.1]
    return targets, 2 * targets + rng.normal(size=targets.shape)


@pytest.mark.parametrize("measure", figures.MEASURES)
def test_a_line_a_group_in_percent(split, measure):
    curves = threshold_curves(*split, COUNTS, n_points=50)
    figure = figures.threshold_figure(curves, measure, 0.25)
    assert [trace.name for trace in figure.data] == ["total", "head", "medium"]  # tail has no class
    np.testing.assert_allclose(figure.data[1].y, 100 * curves.groups["head"][measure], rtol=1e-5)
    assert figure.data[1].line.color == theme.GROUP_COLORS["head"]
    assert figure.data[1].y.dtype == np.float32
    assert figure.layout.shapes[0].x0 == pytest.approx(np.log(1 / 3))


def test_the_axis_tells_probabilities(split):
    figure = figures.threshold_figure(threshold_curves(*split, COUNTS, thresholds=[-1.0, 0.0, 2.0]), "cf1", 0.5)
    assert figure.data[0].customdata[1] == 0.5
    assert "0.5" in figure.layout.xaxis.ticktext
    assert figure.layout.xaxis.tickvals[figure.layout.xaxis.ticktext.index("0.5")] == 0


def test_one_class(split):
    curves = threshold_curves(*split, COUNTS)
    figure = figures.class_threshold_figure(curves, 2, 0.5)
    assert [trace.name for trace in figure.data] == ["precision", "recall", "F1"]
    np.testing.assert_allclose(figure.data[1].y, 100 * curves.recall[:, 2], rtol=1e-5)


def test_an_unknown_measure_is_named(split):
    with pytest.raises(ValueError, match="unknown measure 'f1'; choose one of class_precision"):
        figures.threshold_figure(threshold_curves(*split, COUNTS), "f1", 0.5)


def test_confusions_show_rate_and_base_rate(split):
    targets, scores = split
    scores = scores + 3 * targets[:, [2, 0, 1]]
    pairs = worst_confusions(confusions(targets, scores, thresholds=1.5))
    figure = figures.confusion_bars(pairs, ["<i>a</i>", "b", "c"])
    bars, base = figure.data
    np.testing.assert_allclose(bars.x, 100 * pairs["rate"])
    np.testing.assert_allclose(base.x, 100 * pairs["base_rate"])
    assert (bars.x > base.x).all()
    assert all("<i>" not in row for row in bars.y)
    assert len(set(bars.y)) == len(pairs["seen"])
