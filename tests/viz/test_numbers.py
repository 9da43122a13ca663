import numpy as np
import plotly.graph_objects as go
import pytest

from dbl_core.viz import theme
from dbl_core.viz.numbers import MOST_ROWS, figure_rows


def test_a_row_says_what_the_picture_says():
    figure = go.Figure(
        go.Bar(
            x=["head", "tail"],
            y=[50.0, 20.0],
            name="<b>db &amp; focal</b>",
            error_y={"array": [1.0, 2.0], "arrayminus": [3.0, 4.0]},
        )
    )
    theme.styled(figure, x_title="", y_title="mAP (%)")
    assert figure_rows(figure) == [
        {"series": "db & focal", "name": "head", "mAP (%)": 50.0, "from": 47.0, "to": 51.0},
        {"series": "db & focal", "name": "tail", "mAP (%)": 20.0, "from": 16.0, "to": 22.0},
    ]


def test_points_keep_their_names_and_those_without_a_value_go():
    figure = go.Figure(
        [
            go.Scatter(x=[1, 2, 3], y=[1.5, np.nan, 2.5], customdata=[["cow", 1], ["cat", 2], ["dog", 3]], name="a"),
            go.Scatter(x=[None], y=[None], name="legend only"),
            go.Scatter(x=[9], y=[9], name="hidden", visible=False),
        ]
    )
    rows = figure_rows(figure)
    assert [(row["name"], row["y"]) for row in rows] == [("cow", 1.5), ("dog", 2.5)]


def test_sideways_intervals_are_about_x():
    figure = go.Figure(go.Scatter(x=[10.0], y=["cow"], error_x={"array": [1.0]}))
    (row,) = figure_rows(figure)
    assert (row["from"], row["to"]) == (9.0, 11.0)


def test_a_heatmap_gives_its_cells():
    figure = go.Figure(go.Heatmap(z=[[1, None], [3, 4]], x=["a", "b"], y=["c", "d"]))
    assert [(row["column"], row["row"], row["value"]) for row in figure_rows(figure)] == [
        ("a", "c", 1),
        ("a", "d", 3),
        ("b", "d", 4),
    ]


@pytest.mark.parametrize("trace", [go.Parcoords(dimensions=[{"values": [1, 2]}]), go.Scatter(), go.Heatmap()])
def test_what_has_no_table_gives_no_rows(trace):
    assert figure_rows(go.Figure(trace)) == []


def test_a_cloud_of_points_is_cut_off():
    many = np.arange(MOST_ROWS + 5)
    assert len(figure_rows(go.Figure(go.Scatter(x=many, y=many)))) == MOST_ROWS
