"""Figures of losses: from records of the module to curves and bars, whatever the classes are called."""

import numpy as np
import pytest

from dbl_core.longtail.groups import GROUPS
from dbl_core.viz import loss_cells, losses
from dbl_core.viz.losses import CurveClass
from dbl_core.viz.theme import GROUP_COLORS

LOGITS = np.linspace(-8, 8, 33)
CLASSES = [CurveClass(2, "person", "head", 775), CurveClass(0, "<b>&", "medium", 40), CurveClass(1, "cow", "tail", 4)]


def answer(scale=1.0, nu=0.0):
    """A made-up answer of the worker: plain cross-entropy, scaled."""
    curves = []
    for chosen in CLASSES:
        for sign, side in ((-1, "positive"), (1, "negative")):
            p = 1 / (1 + np.exp(-sign * LOGITS))
            record = {"label": chosen.label, "side": side, "context": "alone", "weight": scale, "nu": nu, "r": None}
            record |= {"loss": (-scale * np.log(1 - p)).tolist(), "gradient": (scale * sign * p).tolist()}
            curves.append(record | {"factor": [scale] * len(LOGITS)})
    return {"logits": LOGITS.tolist(), "curves": curves}


def table(missing=False):
    groups = [
        {"group": group, "side": side, "cells": 10 * k, "weight": 1.0 * k, "gradient": 0.5 * k, "share": 1 / 6}
        for k, (group, side) in enumerate(((g, s) for g in GROUPS for s in losses.SIDES), start=1)
    ]
    if missing:
        groups[0] |= {"cells": 0, "weight": None, "gradient": None}
    labels = [
        {"label": 0, "group": "medium", "share": 0.2, "positive_share": 0.5},
        {"label": 1, "group": "tail", "share": 0.3, "positive_share": None if missing else 0.1},
        {"label": 2, "group": "head", "share": 0.5, "positive_share": 0.9},
    ]
    return {"groups": groups, "labels": labels}


def lines(figure, axis="y"):
    return [trace for trace in figure.data if trace.mode == "lines" and trace.yaxis == axis and len(trace.x) > 1]


@pytest.mark.parametrize("quantity", losses.QUANTITIES)
@pytest.mark.parametrize("axis", ["logit", "probability"])
@pytest.mark.parametrize("log", [False, True])
def test_curves_show_what_the_records_say(quantity, axis, log):
    figure = losses.curves({"db": answer(2), "bce": answer()}, CLASSES, quantity=quantity, axis=axis, log=log)
    assert len(lines(figure)) == len(lines(figure, "y2")) == 6
    strong = lines(figure, "y2")[-1]
    expected = np.array(answer(2)["curves"][-1][quantity])
    assert strong.y == pytest.approx(np.abs(expected) if log else expected)
    assert strong.x == pytest.approx(1 / (1 + np.exp(-LOGITS)) if axis == "probability" else LOGITS)
    assert (figure.layout.yaxis.type == "log") == log
    assert figure.layout.yaxis2.title.text == losses.QUANTITIES[quantity][1]


def test_positives_are_solid_negatives_dashed_and_the_second_loss_pale():
    figure = losses.curves({"db": answer(2), "bce": answer()}, CLASSES)
    assert {trace.line.dash for trace in lines(figure)} == {"solid"}
    assert {trace.line.dash for trace in lines(figure, "y2")} == {"9px,6px"}
    assert [trace.opacity for trace in lines(figure)] == [losses.PALE] * 3 + [1] * 3
    assert [trace.line.color for trace in lines(figure)] == [GROUP_COLORS[c.group] for c in CLASSES] * 2
    assert [trace.name for trace in figure.data if trace.showlegend is None] == [
        *("person", "&lt;b&gt;&amp;", "cow", "db", "bce")
    ]


def test_a_mark_stands_on_the_curve_at_the_shift():
    figure = losses.curves({"db": answer(1, nu=0.25), "bce": answer(1, nu=0.5)}, CLASSES)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert [(trace.yaxis, len(trace.x)) for trace in marks] == [("y", 3), ("y2", 3)]
    assert {x for trace in marks for x in trace.x} == {0.25}
    assert list(marks[0].marker.color) == [GROUP_COLORS[chosen.group] for chosen in CLASSES]
    assert marks[0].y[0] == pytest.approx(np.log1p(np.exp(-0.25)), abs=0.01)
    assert "ν = 0.250" in marks[0].hovertemplate[0]


def test_one_loss_needs_no_entry_and_no_class_needs_no_curve():
    assert len([trace for trace in losses.curves({"db": answer()}, CLASSES).data if trace.showlegend is None]) == 3
    empty = losses.curves({"db": {"logits": LOGITS, "curves": []}}, [])
    assert not empty.data


def test_the_two_panels_have_equally_long_axes():
    figure = losses.curves({"db": answer(3)}, CLASSES, quantity="gradient")
    low, high = figure.layout.yaxis.range
    assert high - low == pytest.approx(np.diff(figure.layout.yaxis2.range)[0])
    assert low < -3 < 0 < high


def test_figures_do_not_share_their_layout():
    first = losses.curves({"db": answer()}, CLASSES)
    losses.curves({"db": answer(100)}, CLASSES, log=True)
    first.update_layout(height=99)
    assert losses.curves({"db": answer()}, CLASSES).layout.height != 99
    assert first.layout.yaxis.type is None


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="allowed: loss, gradient, factor, and logit or probability"):
        losses.curves({}, [], quantity="slope")
    with pytest.raises(ValueError, match=r"axis .odds."):
        losses.curves({}, [], axis="odds")
    with pytest.raises(ValueError, match="allowed: weight, gradient"):
        loss_cells.cell_means({}, measure="size")


def test_means_are_grouped_by_side_and_say_where_there_is_no_cell():
    figure = loss_cells.cell_means({"db": table(missing=True), "bce": table()})
    positive, negative = (trace for trace in figure.data[:2])
    assert list(positive.x) == list(GROUPS)
    assert list(positive.text) == ["none", "3.00", "5.00"]
    assert list(negative.y) == [2, 4, 6]
    assert negative.marker.pattern.shape == "/"
    assert figure.data[2].marker.opacity == losses.PALE


def test_relative_means_have_a_mean_of_one_over_all_cells():
    figure = loss_cells.cell_means({"db": table()}, measure="gradient", relative=True)
    cells = [trace.customdata[k][0] for trace in figure.data for k in range(3)]
    values = [trace.y[k] for trace in figure.data for k in range(3)]
    assert np.average(values, weights=cells) == pytest.approx(1)
    assert "relative" in figure.layout.yaxis.title.text


@pytest.mark.parametrize("sides", [("positive", "negative"), ("positive",), ("negative",)])
def test_shares_add_up_and_run_from_frequent_to_rare(sides):
    figure = loss_cells.gradient_shares({"db": table(), "bce": table()}, CLASSES, sides=sides)
    for row in ("y", "y2"):
        bars = [trace for trace in figure.data if trace.yaxis == row and trace.type == "bar" and trace.x[0]]
        assert len(bars) == len(sides)
        assert sum(bar.y.sum() for bar in bars) == pytest.approx(100)
        assert list(bars[0].x) == ["person", "&lt;b&gt;&amp;", "cow"]


def test_shares_of_nothing_are_zero():
    nothing = {"groups": [], "labels": [{"label": k, "share": None, "positive_share": None} for k in range(3)]}
    figure = loss_cells.gradient_shares({"db": nothing}, CLASSES)
    assert not np.any(figure.data[0].y)
    assert len(loss_cells.gradient_shares({"db": table(missing=True)}, CLASSES).data) == 5


@pytest.mark.parametrize(("sides", "areas"), [(("positive", "negative"), 6), (("negative",), 3)])
def test_shares_of_thousands_of_classes_are_a_few_areas_that_fill_the_chart(sides, areas):
    n_classes = 3000
    groups = ["head"] * 50 + ["medium"] * 250 + ["tail"] * 2700
    classes = [losses.CurveClass(j, f"term {j}", group, 9000 - j) for j, group in enumerate(groups)]
    records = [{"label": j, "share": 1 / n_classes, "positive_share": 0.25} for j in range(n_classes)]
    figure = loss_cells.gradient_shares({"db": {"labels": records}}, classes, sides=sides)
    drawn = [trace for trace in figure.data if trace.type == "scatter" and trace.fill == "tozeroy"]
    assert len(drawn) == areas
    assert sum(len(trace.x) for trace in drawn) == n_classes * len(sides)
    assert not [trace for trace in figure.data if trace.type == "bar" and len(trace.x) > 1]
    assert sum(trace.y.sum() for trace in drawn[:3]) == pytest.approx(100)
    if len(sides) == 2:
        assert sum(trace.y.sum() for trace in drawn[3:]) == pytest.approx(25)
    assert figure.layout.yaxis.range[1] == pytest.approx(1.08 * 100 / n_classes)
    assert "from its negative cells" in drawn[0].hovertext[0]
