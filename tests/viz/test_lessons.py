"""The pictures of the lessons: bars in order with their groups, intervals and numbers; lines with their mark."""

import math

import pytest

from dbl_core.lessons import Bar, Bars, Line, Lines
from dbl_core.viz import lessons as figures
from dbl_core.viz.theme import GROUP_COLORS


def test_bars_stand_in_their_order_with_the_looks_of_their_groups():
    chart = Bars("count (images)", (Bar("cat", 30, "medium"), Bar("person", 300, "head"), Bar("cow", 4, "tail")), "alt")
    figure = figures.draw(chart)
    assert list(figure.layout.yaxis.categoryarray) == ["cat", "person", "cow"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.title.text == "count (images)"
    assert [trace.name for trace in figure.data] == ["medium", "head", "tail"]
    assert [trace.marker.color for trace in figure.data] == [GROUP_COLORS[key] for key in ("medium", "head", "tail")]
    assert figure.layout.barmode == "overlay"
    assert figure.layout.xaxis.range[0] == 0
    assert figure.layout.xaxis.range[1] > 300


def test_compared_bars_stand_beside_each_other():
    bars = tuple(Bar(name, value, series=series) for name in "ab" for series, value in (("one", 1), ("two", 2)))
    figure = figures.draw(Bars("share (%)", bars, "alt"))
    assert figure.layout.barmode == "group"
    assert [trace.name for trace in figure.data] == ["one", "two"]
    assert len({trace.marker.color for trace in figure.data}) == 2


def test_intervals_are_drawn_and_not_covered_by_numbers():
    figure = figures.draw(Bars("mAP (%)", (Bar("seeds", 50, low=45, high=58), Bar("one", 20)), "alt"))
    (trace,) = figure.data
    assert list(trace.error_x.array) == [8, 0]
    assert list(trace.error_x.arrayminus) == [5, 0]
    assert trace.text is None
    assert not figure.layout.showlegend


@pytest.mark.parametrize("value", [0.0, -5.0, math.nan])
def test_odd_values_leave_a_readable_axis(value):
    figure = figures.draw(Bars("points", (Bar("a", value), Bar("b", 2)), "alt"))
    low, high = figure.layout.xaxis.range
    assert low <= min(0, value if math.isfinite(value) else 0)
    assert high > 2


def test_a_log_axis_holds_the_smallest_and_the_largest():
    figure = figures.draw(Bars("times", (Bar("a", 0.01), Bar("b", 1000), Bar("c", 0)), "alt", log=True))
    assert figure.layout.xaxis.type == "log"
    low, high = figure.layout.xaxis.range
    assert low < math.log10(0.01)
    assert high > 3


def test_names_are_text():
    figure = figures.draw(Bars("x (%)", (Bar("<b>bold</b>", 1, series="<i>s</i>"),), "alt"))
    assert "<b>" not in str(figure.data[0].y)
    assert figure.data[0].name == "&lt;i&gt;s&lt;/i&gt;"


def test_lines_have_different_looks_and_a_mark():
    lines = (Line("up", (1, 10, 100), (0, 1, 2)), Line("down", (1, 10, 100), (2, 1, 0)))
    figure = figures.draw(Lines("ratio", "gain (points)", lines, "alt", log_x=True, mark=10))
    assert [trace.name for trace in figure.data] == ["up", "down"]
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == 2
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis.ticktext) == ["1", "10", "100"]
    assert figure.layout.shapes[0].x0 == 10
    assert figure.layout.yaxis.title.text == "gain (points)"


def test_the_tables_behind_the_pictures():
    chart = Bars("mAP (%)", (Bar("a", 1.5, "tail", 1, 2), Bar("b", math.nan)), "alt")
    assert [list(row) for row in chart.table] == [["name", "group", "mAP (%)", "low", "high"]] * 2
    lines = Lines("step", "loss", (Line("train", (1, 2), (3, 4)),), "alt")
    assert lines.table == [{"line": "train", "step": 1, "loss": 3}, {"line": "train", "step": 2, "loss": 4}]
