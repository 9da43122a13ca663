"""Curves of one run and of several: every number in its place, also when there are none yet."""

import math

import pytest

from dbl_core.runs.outcome import epochs_of
from dbl_core.viz import curves, theme
from dbl_core.viz.run_looks import run_style
from tests.fake_runs import epoch_line

EPOCHS = epochs_of(epoch_line(i) for i in range(1, 9))


def test_map_curves_are_in_percent_and_named():
    figure = curves.map_curves(EPOCHS)
    assert [trace.name for trace in figure.data] == ["total", "head", "medium", "tail"]
    assert figure.data[3].y[-1] == pytest.approx(100 * EPOCHS[-1].map["tail"])
    assert "%" in figure.layout.yaxis.title.text
    assert figure.data[1].line.color == theme.GROUP_COLORS["head"]


def test_loss_curves_tell_training_from_test_without_colour():
    figure = curves.loss_curves(EPOCHS, style=3)
    assert {trace.line.dash for trace in figure.data} == {"solid", "dash"}
    assert {trace.line.color for trace in figure.data} == {run_style(3)["color"]}
    assert list(figure.data[0].y) == [epoch.train_loss for epoch in EPOCHS]


@pytest.mark.parametrize("quantity", curves.QUANTITIES)
@pytest.mark.parametrize("sign", ["positive", "negative"])
def test_weight_curves_have_a_line_a_group(sign, quantity):
    figure = curves.weight_curves(EPOCHS, sign, quantity)
    assert [trace.name for trace in figure.data] == ["head", "medium", "tail"]
    assert figure.layout.yaxis.title.text.startswith(f"{sign}s: ")


def test_gradient_shares_are_percentages_and_gaps_stay_gaps():
    assert curves.weight_curves(EPOCHS, "positive", "gradients").data[0].y[0] == pytest.approx(20)
    assert math.isnan(curves.weight_curves(EPOCHS, "negative", "gradients").data[-1].y[0])


@pytest.mark.parametrize(
    "draw",
    [
        lambda epochs: curves.loss_curves(epochs, style=0),
        curves.map_curves,
        lambda epochs: curves.weight_curves(epochs, "positive"),
    ],
)
@pytest.mark.parametrize("n_epochs", [0, 1])
def test_a_run_that_has_hardly_begun_can_be_drawn(draw, n_epochs):
    assert draw(EPOCHS[:n_epochs]).to_json()


def test_unknown_quantities_and_groups_are_refused():
    with pytest.raises(ValueError, match="choose one of weights, gradients"):
        curves.weight_curves(EPOCHS, "positive", "hopes")
    with pytest.raises(ValueError, match="choose one of head, medium, tail"):
        curves.compare_weight_curves([], "total", "positive")
    with pytest.raises(ValueError, match="unknown sign 'both'"):
        curves.weight_curves(EPOCHS, "both")
    with pytest.raises(ValueError, match="choose one of total, head, medium, tail"):
        curves.compare_map_curves([], "few")
    with pytest.raises(ValueError, match="choose one of train_loss, test_loss"):
        curves.compare_loss_curves([], "map")


def two_runs():
    return [
        curves.Curve("a <b>", EPOCHS, 0, 0),
        curves.Curve("a <b>", EPOCHS[:3], 0, 1),
        curves.Curve("other", EPOCHS, 3, 0),
    ]


@pytest.mark.parametrize(
    "draw",
    [
        curves.compare_map_curves,
        lambda runs: curves.compare_map_curves(runs, "tail"),
        curves.compare_loss_curves,
        lambda runs: curves.compare_loss_curves(runs, "test_loss"),
        lambda runs: curves.compare_weight_curves(runs, "tail", "negative"),
    ],
)
def test_compared_runs_have_a_line_each_and_one_legend_entry_a_name(draw):
    figure = draw(two_runs())
    assert [len(trace.x) for trace in figure.data] == [8, 3, 8]
    assert [trace.name for trace in figure.data if trace.showlegend] == ["a &lt;b&gt;", "other"]
    assert "seed 1" in figure.data[1].hovertemplate
    assert draw([]).to_json()


def test_gains_are_measured_from_the_mean_of_the_baseline_at_the_same_epoch():
    better = epochs_of(epoch_line(i, skill=0.7) for i in range(1, 6))
    figure = curves.compare_map_curves([curves.Curve("b", better, 1)], "tail", [EPOCHS, EPOCHS[:4]])
    gains = figure.data[0].y
    for number in range(4):
        assert gains[number] == pytest.approx(100 * (better[number].map["tail"] - EPOCHS[number].map["tail"]))
    assert math.isnan(gains[4])  # not every seed of the baseline has come so far
    assert figure.layout.yaxis.title.text == "tail mAP gained (points)"


def test_nothing_is_gained_against_a_baseline_without_epochs():
    figure = curves.compare_map_curves([curves.Curve("b", EPOCHS, 1)], "total", [])
    assert all(math.isnan(value) for value in figure.data[0].y)
