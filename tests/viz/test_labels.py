import numpy as np
import pandas as pd
import pytest

from dbl_core.viz import labels as figures
from dbl_core.viz.theme import GROUP_COLORS, GROUP_PATTERNS

NAMES = ("cow", "<b>person</b>", "dog", "yeti")
COUNTS = (4, 775, 48, 0)
GROUPS_OF = ("tail", "head", "medium", "tail")


@pytest.fixture
def table():
    return pd.DataFrame({"label": NAMES, "column": range(4), "group": GROUPS_OF, "count": COUNTS})


def bars(figure):
    return [trace for trace in figure.data if trace.type == "bar"]


def test_frequency_colours_every_label_by_its_group(table):
    figure = figures.frequency(table)
    shown = {name: trace for trace in bars(figure) for name in trace.x}
    assert set(shown) == {"cow", "&lt;b&gt;person&lt;/b&gt;", "dog", "yeti"}
    for name, group in zip(("cow", "&lt;b&gt;person&lt;/b&gt;", "dog", "yeti"), GROUPS_OF, strict=True):
        assert shown[name].marker.color == GROUP_COLORS[group]
        assert shown[name].marker.pattern.shape == GROUP_PATTERNS[group]
    assert list(figure.layout.xaxis.ticktext) == ["&lt;b&gt;person&lt;/b&gt;", "dog", "cow", "yeti"]
    assert figure.layout.yaxis.title.text == "training images (count)"


def test_frequency_bars_carry_their_column_for_clicks(table):
    clicked = {
        name: int(column)
        for trace in bars(figures.frequency(table))
        for name, column in zip(trace.x, trace.customdata, strict=True)
    }
    assert clicked == {"cow": 0, "&lt;b&gt;person&lt;/b&gt;": 1, "dog": 2, "yeti": 3}


def test_frequency_tells_the_groups_borders_of_the_convention(table):
    named = [trace.name for trace in bars(figures.frequency(table, convention="lvis"))]
    assert named == ["head (n ≥ 101): 1", "medium (11 ≤ n ≤ 100): 1", "tail (n ≤ 10): 2"]


def test_frequency_shows_what_was_asked_for(table):
    assert len(figures.frequency(table).data) == 3
    asked = figures.frequency(table.assign(asked=[5, 900, 50, 1])).data[-1]
    assert asked.name == "asked for"
    assert dict(zip(asked.x, asked.y, strict=True))["cow"] == 5


def test_log_axis_reaches_below_the_rarest_and_above_the_largest(table):
    figure = figures.frequency(table, log=True)
    low, high = figure.layout.yaxis.range
    assert figure.layout.yaxis.type == "log"
    assert low < 0 < np.log10(775) < high


def test_the_selected_label_is_outlined(table):
    widths = {
        n: w
        for trace in bars(figures.frequency(table, selected=2))
        for n, w in zip(trace.x, trace.marker.line.width, strict=True)
    }
    assert widths["dog"] > 0
    assert widths["cow"] == 0


def test_a_single_label_is_enough(table):
    figures.frequency(table.iloc[:1], log=True)
    figures.frequency(table.iloc[3:], log=True)


def test_many_labels_are_named_in_part_and_the_chosen_one_is_pointed_at():
    n_labels = 374
    table = pd.DataFrame(
        {"label": [f"<i>l{j}" for j in range(n_labels)], "column": range(n_labels), "group": "tail", "count": 3}
    )
    figure = figures.frequency(table, log=True, selected=200)
    assert 20 <= len(figure.layout.xaxis.ticktext) <= 35
    (arrow,) = figure.layout.annotations
    assert arrow.text == "<b>&lt;i&gt;l200</b>"
    assert arrow.y == pytest.approx(np.log10(3))
    assert figure.layout.yaxis.range[1] > arrow.y + 0.7, "the arrow's name would reach the legend"


def test_long_names_are_cut_and_never_inside_an_escaped_sign():
    assert figures.shortened("short") == "short"
    cut = figures.shortened("x" * 25 + "&lt;" + "y" * 10_000)
    assert cut == "x" * 25 + "…"
    assert len(figures.shortened("z" * 10_000)) == figures.LONGEST_NAME


def test_companions_are_per_cent_and_carry_their_column():
    table = pd.DataFrame(
        {
            "label": ["<b>person</b>", "dog"],
            "column": [1, 2],
            "group": ["head", "medium"],
            "share": [0.75, 0.25],
            "both": [3, 1],
            "lift": [1.1, 6.0],
        }
    )
    figure = figures.companions(table, "cow", selected=2)
    head, medium = bars(figure)
    assert (list(head.x), list(head.customdata)) == ([75], [1])
    assert medium.marker.line.width[0] > 0
    assert list(figure.layout.yaxis.ticktext) == ["&lt;b&gt;person&lt;/b&gt;", "dog"]
    assert figure.layout.xaxis.title.text == "share of its training images (%)"


def test_the_name_of_the_chosen_label_is_bold(table):
    assert list(figures.frequency(table, selected=0).layout.xaxis.ticktext)[2] == "<b>cow</b>"


def test_bars_of_thousands_of_labels_are_not_hatched_and_still_carry_their_columns():
    counts = np.arange(3000, 0, -1)
    groups = np.where(counts >= 100, "head", np.where(counts >= 20, "medium", "tail"))
    many = pd.DataFrame({"label": [f"term {j}" for j in range(3000)], "column": range(3000)})
    figure = figures.frequency(many.assign(group=groups, count=counts, asked=counts), selected=5)
    assert [trace.marker.size for trace in figure.data if trace.name == "asked for"] == [3]
    assert {trace.marker.pattern.shape for trace in bars(figure)} == {None}
    assert sum(len(trace.customdata) for trace in bars(figure)) == 3000
    assert len(figure.layout.xaxis.ticktext) <= 50


def test_a_few_short_names_stand_upright_and_others_slant():
    assert figures.name_ticks(["cat", "dog", "cow"])["tickangle"] == 0
    assert figures.name_ticks(["cat", "a name of many words"] * 4)["tickangle"] == -60
