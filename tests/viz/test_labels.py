import numpy as np
import pandas as pd
import pytest

from dbl_core.stats import COOCCURRENCE_MEASURES, cooccurrence
from dbl_core.viz import cooccurrence as maps
from dbl_core.viz import labels as figures
from dbl_core.viz.theme import GROUP_COLORS, GROUP_PATTERNS

NAMES = ("cow", "<b>person</b>", "dog", "yeti")
COUNTS = (4, 775, 48, 0)
GROUPS_OF = ("tail", "head", "medium", "tail")


@pytest.fixture
def table():
    return pd.DataFrame({"label": NAMES, "column": range(4), "group": GROUPS_OF, "count": COUNTS})


@pytest.fixture
def labels():
    return np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0]], dtype=bool)


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


def test_sampled_shares_are_percent_with_the_equal_line(table):
    shares = table.assign(uniform=[0.05, 0.8, 0.15, 0.0], class_aware=[0.3, 0.4, 0.3, 0.0])
    figure = figures.sampled_shares(shares)
    uniform = figure.data[0]
    assert dict(zip(uniform.x, uniform.y, strict=True))["dog"] == pytest.approx(15)
    assert figure.data[-1].y[0] == 25
    assert "(%)" in figure.layout.yaxis.title.text
    assert {trace.marker.color for trace in bars(figure)[1:]} == set(GROUP_COLORS.values())


@pytest.mark.parametrize("measure", COOCCURRENCE_MEASURES)
def test_every_measure_has_a_map_with_all_labels(labels, measure):
    together = cooccurrence(labels)
    with np.errstate(all="ignore"):
        figure = maps.cooccurrence_map(cooccurrence(labels, measure), together, NAMES, measure=measure)
    heat, marks = figure.data
    assert list(heat.x) == list(heat.y) == ["cow", "&lt;b&gt;person&lt;/b&gt;", "dog", "yeti"]
    assert heat.colorbar.title.text == maps.COLOR_OF_MEASURE[measure]
    assert marks.customdata.shape[0] == 16
    assert list(marks.customdata[6, :5]) == [1, 2, 1, 3, 2]  # person and dog: 1 image, 3 with person, 2 with dog


def test_rare_pairs_are_masked_and_the_diagonal_is_blank(labels):
    together = cooccurrence(labels)
    cells = maps.cooccurrence_map(together, together, NAMES, measure="count", least=2).data[0].z
    assert np.isfinite(cells).sum() == 2  # person and dog with themselves; every pair meets once only
    cells = maps.cooccurrence_map(cooccurrence(labels, "jaccard"), together, NAMES, measure="jaccard").data[0].z
    assert np.isnan(np.diag(cells)).all()
    assert np.isfinite(cells).sum() == 4


def test_signed_measures_are_symmetric_about_no_relation(labels):
    heat = maps.cooccurrence_map(cooccurrence(labels, "phi"), cooccurrence(labels), NAMES, measure="phi").data[0]
    assert heat.zmin == -heat.zmax


def test_the_chosen_pair_is_framed(labels):
    together = cooccurrence(labels)
    (frame,) = maps.cooccurrence_map(together, together, NAMES, measure="count", selected=(1, 2)).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (1.5, 2.5, 0.5, 1.5)


def test_nothing_in_common_at_all():
    alone = np.eye(3, dtype=bool)
    for measure in COOCCURRENCE_MEASURES:
        maps.cooccurrence_map(cooccurrence(alone, measure), cooccurrence(alone), ("a", "b", "c"), measure=measure)
