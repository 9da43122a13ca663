"""Classes against their counts, and the balance that is left: marks where the records say."""

import numpy as np
import pytest

from dbl_core.viz import loss_balance
from dbl_core.viz.loss_balance import class_means, drawn_shares, effective, push_and_pull, spreads
from dbl_core.viz.losses import CurveClass
from dbl_core.viz.theme import GROUP_COLORS

CLASSES = [CurveClass(0, "person", "head", 400), CurveClass(1, "<b>", "tail", 4), CurveClass(2, "none", "tail", 0)]

COLUMNS = ("label", "positive_weight", "negative_weight", "positive_gradient", "negative_gradient")


def answer(scale=1.0, factor=True):
    uniform = {"positives": [400.0, 4.0, 0.0], "pull": [200 * scale, 4 * scale, 0.0], "push": [50.0, 400.0, 9.0]}
    spread = {"positives": 100.0, "factor": 25.0, "pull": 50.0}
    if factor:
        uniform["factor"] = [200 * scale, 8 * scale, 0.0]
    else:
        uniform["factor"] = spread["factor"] = None
    drawn = {**uniform, "positives": [40.0, 10.0, 0.0], "spread": {**spread, "positives": 4.0}}
    labels = [
        dict(zip(COLUMNS, (0, 0.5, 1.0, 0.2, 2.0), strict=True)),
        dict(zip(COLUMNS, (1, 2.0, None, 1e-3, 1.0), strict=True)),
        dict(zip(COLUMNS, (2, None, 1.0, None, 1.0), strict=True)),
    ]
    return {"labels": labels, "balance": {"uniform": {**uniform, "spread": spread}, "class_aware": drawn}}


def marks(figure, axis=None):
    return {
        (text, y)
        for trace in figure.data
        if trace.text is not None and (axis is None or trace.yaxis == axis)
        for text, y in zip(trace.text, trace.y, strict=True)
    }


def test_means_stand_against_the_count_and_missing_cells_nowhere():
    figure = class_means({"db": answer()}, CLASSES)
    assert marks(figure, "y") == {("person", 0.5), ("&lt;b&gt;", 2.0)}
    assert marks(figure, "y2") == {("person", 1.0), ("none", 1.0)}
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.yaxis.type is None
    assert {trace.marker.color for trace in figure.data if trace.text is not None} == {
        *(GROUP_COLORS["head"], GROUP_COLORS["tail"])
    }


def test_gradients_and_far_apart_weights_are_logarithmic():
    figure = class_means({"db": answer()}, CLASSES, measure="gradient")
    assert figure.layout.yaxis.type == "log"
    low, high = figure.layout.yaxis.range
    assert low < np.log10(1e-3) < np.log10(2) < high
    assert all(10**low <= tick <= 10**high for tick in figure.layout.yaxis.tickvals)
    far = answer()
    far["labels"][1]["positive_weight"] = 900.0
    assert class_means({"db": far}, CLASSES).layout.yaxis.type == "log"
    with pytest.raises(ValueError, match="allowed: weight, gradient"):
        class_means({}, CLASSES, measure="r")


def test_the_second_loss_has_open_marks_and_both_are_named():
    figure = class_means({"db": answer(), "bce": answer()}, CLASSES)
    symbols = {trace.marker.symbol for trace in figure.data if trace.text is not None}
    assert symbols == {"circle", "diamond", "circle-open", "diamond-open"}
    assert [trace.name for trace in figure.data if trace.showlegend is None] == ["head", "tail", "db", "bce"]


def test_effective_counts_are_relative_to_the_average_class():
    figure = effective({"db": answer(7)}, CLASSES, sampler="class_aware")
    drawn = next(trace for trace in figure.data if trace.name == "images drawn")
    assert list(drawn.y) == [pytest.approx(0.5), pytest.approx(2.0)]
    found = dict(marks(figure) - {(text, y) for text, y in zip(drawn.text, drawn.y, strict=True)})
    assert found["person"] == pytest.approx(5.0)
    assert found["&lt;b&gt;"] == pytest.approx(0.2)
    assert figure.layout.yaxis.range[0] < 0 < figure.layout.yaxis.range[1]
    with pytest.raises(ValueError, match="allowed: factor, pull"):
        effective({}, CLASSES, effect="push")


def test_a_loss_without_weights_is_left_out_of_them():
    figure = effective({"zlpr": answer(factor=False), "db": answer()}, CLASSES, effect="factor")
    named = {trace.hovertemplate.split("<br>")[1] for trace in figure.data if trace.text is not None}
    assert "db" in named
    assert "zlpr" not in named


def test_push_over_pull_is_a_ratio_a_class():
    figure = push_and_pull({"db": answer()}, CLASSES)
    assert marks(figure) == {("person", 0.25), ("&lt;b&gt;", 100.0)}


def test_spreads_are_bars_from_the_data_to_each_loss():
    figure = spreads({"db": answer(), "bce": answer()}, [400, 4, 0], sampler="uniform", sampler_title="Uniform")
    (bars,) = figure.data
    assert list(bars.y) == [
        *("images in the data", "db, weight × focal", "db, |gradient|", "bce, weight × focal", "bce, |gradient|")
    ]
    assert list(bars.text) == ["100", "25", "50", "25", "50"]
    figure = spreads({"z": answer(factor=False)}, [0], sampler="class_aware", sampler_title="Class-aware")
    assert list(figure.data[0].y)[:2] == ["images in the data", "images drawn, class-aware"]
    assert list(figure.data[0].text) == ["undefined", "4", "undefined", "50"]


def test_drawn_shares_are_those_of_pull_and_push():
    records = drawn_shares(answer(), "uniform")["labels"]
    assert sum(record["share"] for record in records) == pytest.approx(1)
    assert records[0]["positive_share"] == pytest.approx(0.8)
    nothing = {"balance": {"uniform": {"pull": [0.0, 1.0], "push": [0.0, 0.0]}}}
    assert drawn_shares(nothing, "uniform")["labels"][0] == {"label": 0, "share": 0.0, "positive_share": None}
    empty = {"balance": {"uniform": {"pull": [0.0], "push": [0.0]}}}
    assert drawn_shares(empty, "uniform")["labels"][0]["share"] is None


def test_no_class_and_no_cell_give_an_empty_figure_without_a_warning():
    nothing = {"labels": [], "balance": {"uniform": {"positives": [], "factor": [], "pull": [], "push": [],
               "spread": dict.fromkeys(("positives", "factor", "pull"))}}}  # fmt: skip
    for figure in (
        class_means({"db": nothing}, []),
        effective({"db": nothing}, []),
        push_and_pull({"db": nothing}, []),
    ):
        assert not marks(figure)
    assert loss_balance.spreads({"db": nothing}, [], sampler="uniform", sampler_title="").data
