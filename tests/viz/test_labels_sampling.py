import numpy as np
import pandas as pd
import pytest

from dbl_core.viz import sampling as figures
from dbl_core.viz.theme import GROUP_COLORS

NAMES = ("cow", "<b>person</b>", "dog", "yeti")


@pytest.fixture
def table():
    groups = ("tail", "head", "medium", "tail")
    return pd.DataFrame({"label": NAMES, "column": range(4), "group": groups, "count": (4, 775, 48, 0)})


def bars(figure):
    return [trace for trace in figure.data if trace.type == "bar"]


def test_sampled_shares_are_percent_with_the_equal_line(table):
    shares = table.assign(uniform=[0.05, 0.8, 0.15, 0.0], sampled=[0.3, 0.4, 0.3, 0.0])
    figure = figures.sampled_shares(shares, "class-aware")
    uniform = figure.data[0]
    assert dict(zip(uniform.x, uniform.y, strict=True))["dog"] == pytest.approx(15)
    assert figure.data[-1].y[0] == 25
    assert "(%)" in figure.layout.yaxis.title.text
    assert {trace.marker.color for trace in bars(figure)[1:]} == set(GROUP_COLORS.values())


def test_many_labels_are_a_line_and_dots():
    n_labels = 374
    shares = np.full(n_labels, 1 / n_labels)
    groups = np.array(["head", "medium", "tail"])[np.arange(n_labels) % 3]
    table = pd.DataFrame({"label": [f"l{j}" for j in range(n_labels)], "group": groups})
    figure = figures.sampled_shares(table.assign(uniform=shares, sampled=shares), "square-root")
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert len(figure.layout.xaxis.ticktext) <= 50


def test_every_sampler_has_its_promise_and_what_is_kept():
    table = pd.DataFrame({"title": ["Uniform", "Class-aware"], "promised": [193.75, 1.0], "kept": [193.75, 15.3]})
    bar, mark = figures.promised_and_kept(table, selected="Class-aware").data
    assert list(bar.x) == [193.75, 15.3]
    assert list(mark.x) == [193.75, 1.0]
    assert list(bar.marker.opacity) == [0.55, 1.0]


@pytest.mark.parametrize(("n_labels", "size"), [(374, 6), (3000, 3)])
def test_dots_of_thousands_of_labels_are_smaller(n_labels, size):
    shares = np.full(n_labels, 1 / n_labels)
    table = pd.DataFrame({"label": [f"l{j}" for j in range(n_labels)], "group": "tail"})
    figure = figures.sampled_shares(table.assign(uniform=shares, sampled=shares), "square-root")
    assert {trace.marker.size for trace in figure.data if trace.mode == "markers"} == {size}
