"""The axis of classes by training images."""

import plotly.graph_objects as go

from dbl_core.viz import class_axis


def test_ticks_are_round_numbers_of_images():
    axis = class_axis.along_counts(go.Figure()).layout.xaxis
    assert axis.type == "log"
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True))[10_000] == "10,000"


def test_borders_lie_between_the_groups_that_have_classes():
    figure = class_axis.mark_borders(go.Figure(), {"head": [100, 400], "medium": [], "tail": [4, 0]})
    (border,) = figure.layout.shapes
    assert border.x0 == 20
    assert [note.text for note in figure.layout.annotations] == ["tail", "head"]


def test_groups_that_overlap_have_no_border():
    assert not class_axis.mark_borders(go.Figure(), {"head": [10], "medium": [], "tail": [10]}).layout.shapes


def test_names_find_room_beside_their_marks():
    sides = class_axis.name_sides([5, 5, 5, 5, 5, 5], [0.5] * 6, ["a name"] * 6)
    assert "" in sides
    assert class_axis.name_sides([], [], []) == []
    assert class_axis.name_sides([7], [0.5], ["alone"]) == ["top center"]
