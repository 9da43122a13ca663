"""Names of points that do not lie on each other."""

import numpy as np

from dbl_core.viz.point_names import LETTER_PX, LINE_PX, PLOT_PX, name_positions


def boxes(x, y, names, positions):
    """The rectangle of every name that is shown, in pixels, and whose it is."""
    for across, up, name, position in zip(x, y, names, positions, strict=True):
        if position:
            width, height = LETTER_PX * len(name), LINE_PX
            side = {"top center": (0, 12), "bottom center": (0, -12)}
            side |= {"middle right": (5 + width / 2, 0), "middle left": (-5 - width / 2, 0)}
            middle = across * PLOT_PX[0] + side[position][0], up * PLOT_PX[1] + side[position][1]
            yield name, middle, (width, height)


def overlapping(x, y, names, positions):
    shown = list(boxes(x, y, names, positions))
    return [
        (one[0], other[0])
        for place, one in enumerate(shown)
        for other in shown[place + 1 :]
        if all(abs(one[1][k] - other[1][k]) < (one[2][k] + other[2][k]) / 2 - 1e-6 for k in (0, 1))
    ]


def test_a_lone_name_stands_above():
    assert name_positions([0.5], [0.5], ["cow"]) == ["top center"]


def test_close_points_take_other_sides():
    x, y, names = [0.5, 0.52], [0.5, 0.5], ["sheep", "cow"]
    positions = name_positions(x, y, names)
    assert positions[0] != positions[1]
    assert all(positions)
    assert not overlapping(x, y, names, positions)


def test_no_two_names_of_a_crowd_overlap_and_the_first_come_first():
    rng = np.random.default_rng(0)
    x, y = rng.random(60), rng.random(60) * 0.4
    names = [f"class number {n}" for n in range(60)]
    positions = name_positions(x, y, names)
    assert positions[0]
    assert 5 < sum(map(bool, positions)) < 60
    assert not overlapping(x, y, names, positions)
    assert positions[:10] == name_positions(x, y, names)[:10]


def test_a_larger_plot_has_room_for_more():
    rng = np.random.default_rng(1)
    x, y, names = rng.random(60), rng.random(60), ["a long name"] * 60
    few, many = (sum(map(bool, name_positions(x, y, names, plot_px=size))) for size in (PLOT_PX, (4000, 3000)))
    assert few < many


def test_nothing_has_no_names():
    assert name_positions([], [], []) == []


def test_names_stand_beside_marks_that_have_a_line_through_them():
    assert name_positions([0.5], [0.5], ["cow"], beside=True) == ["middle right"]
    right_of_it = name_positions([0.5, 0.515], [0.5, 0.5], ["cow", "sheep"], beside=True)
    assert right_of_it == ["middle left", "middle right"]
