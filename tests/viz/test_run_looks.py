"""The look of a run: the same everywhere, different from its neighbours also without colour."""

import itertools
import xml.etree.ElementTree as ET

import pytest

from dbl_core.viz import theme
from dbl_core.viz.run_looks import RUN_MARKS, RUN_PATTERNS, run_places, run_style, swatch
from tests.viz.test_theme import SIGHT, lab, linear

KEYS = [f"method-{number}" for number in range(40)]


def test_no_two_places_look_alike():
    looks = [tuple(run_style(place).values()) for place in range(64)]
    assert len(set(looks)) == 64


def test_equal_colours_differ_in_marker_dash_and_pattern():
    for place in range(8):
        one, other = run_style(place), run_style(place + len(theme.RUN_COLORS))
        assert one["color"] == other["color"]
        assert all(one[what] != other[what] for what in ("symbol", "dash", "pattern"))


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_that_an_eye_confuses_have_other_markers(sight):
    looks = [run_style(place) for place in range(len(theme.RUN_COLORS))]
    seen = [lab(SIGHT[sight] @ linear(look["color"])) for look in looks]
    for one, other in itertools.combinations(range(len(looks)), 2):
        apart = sum((seen[one] - seen[other]) ** 2) ** 0.5
        assert apart >= 10 or looks[one]["symbol"] != looks[other]["symbol"]
    assert len({look["symbol"] for look in looks}) == len(looks)


def test_the_first_eight_methods_have_colours_of_their_own():
    places = run_places(KEYS[:8])
    assert len({run_style(place)["color"] for place in places.values()}) == 8
    assert {run_style(place)["pattern"] for place in places.values()} == {RUN_PATTERNS[0]}


def test_a_new_method_changes_none_before_it():
    for number in range(len(KEYS)):
        before, after = run_places(KEYS[:number]), run_places(KEYS[: number + 1])
        assert {key: after[key] for key in before} == before
    assert len(set(run_places(KEYS).values())) == len(KEYS)


def test_seeds_of_a_method_count_once():
    assert run_places(["a", "b", "a", "b", "c"]) == run_places(["a", "b", "c"])


def test_deleting_a_method_changes_few_others():
    kept = run_places(KEYS[:6])
    moved = 0
    for gone in kept:
        without = run_places(key for key in kept if key != gone)
        moved += sum(kept[key] != place for key, place in without.items())
    assert moved <= 6  # of 30: one a deletion on average


def test_the_mark_is_a_picture_in_the_colour_of_the_run():
    text = ET.fromstring(swatch(10))[0]
    look = run_style(10)
    assert text.attrib["fill"] == look["color"]
    assert text.text == RUN_MARKS[look["symbol"]]
