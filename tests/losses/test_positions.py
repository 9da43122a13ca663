"""Where sliders stand: evenly on their scale, the value that is set among them, inside the range."""

import math
from itertools import pairwise

import pytest

from dbl_core.losses import LOSSES
from dbl_core.losses.description import LossOption
from dbl_core.losses.positions import place_of, positions, track, value_at

NUMBERS = {(name, option.name): option for name in LOSSES for option in LOSSES[name].options if option.kind == "float"}


def option_of(**changes):
    known = {"name": "x", "symbol": "x", "default": 1.0, "help": "X.", "minimum": 0.0, "maximum": 100.0}
    return LossOption(**{**known, "low": 0.0, "high": 10.0, "step": 0.1, **changes})


@pytest.mark.parametrize("option", NUMBERS.values(), ids=map("-".join, NUMBERS))
@pytest.mark.parametrize("end", ["default", "low", "high"])
def test_a_track_holds_the_value_that_is_set_and_stays_in_the_range(option, end):
    current = getattr(option, end)
    found = track(option, current)
    assert found.values[found.at] == current
    assert 15 <= len(found.values) <= 101
    assert option.low <= min(found.values) < max(found.values) <= option.high
    assert list(found.values) == sorted(set(found.values))
    assert [b - a for a, b in pairwise(found.places)] == pytest.approx([found.step] * (len(found.places) - 1))
    assert [option.check(value) for value in found.values] == list(found.values)


@pytest.mark.parametrize("option", NUMBERS.values(), ids=map("-".join, NUMBERS))
def test_a_track_comes_within_a_step_of_both_ends(option):
    found = track(option, option.default)
    assert found.places[0] - place_of(option.low, option.scale) < found.step
    assert place_of(option.high, option.scale) - found.places[-1] < found.step + 1e-9


def test_a_value_outside_the_slider_range_stretches_it():
    found = track(option_of(), 55.55)
    assert found.values[-1] == 55.55
    assert len(found.values) <= 101


def test_fewer_values_take_coarser_steps_and_meet_both_ends_where_they_can():
    option = option_of()
    assert track(option, 2.0, at_most=101).values[:2] == (0.0, 0.1)
    coarse = track(option, 2.0, at_most=25)
    assert coarse.values[:3] == (0.0, 0.5, 1.0)
    assert coarse.values[-1] == 10.0
    assert len(track(option, 0.37, at_most=25).values) <= 25


def test_logarithmic_scales_are_even_in_their_logarithm():
    log = option_of(low=0.01, high=100.0, step=0.25, scale="log")
    found = track(log, 1.0)
    assert found.values[0] == 0.01
    assert 1.0 in found.values
    ratios = [b / a for a, b in pairwise(found.values)]
    assert ratios == pytest.approx([10**0.25] * len(ratios), rel=0.01)
    near_one = track(option_of(low=0.0, high=0.99999, step=0.1, scale="log1m", maximum=0.9999999), 0.9999)
    assert near_one.values[0] == 0.0
    assert near_one.values[-1] == 0.99999
    steps = [math.log10((1 - a) / (1 - b)) for a, b in pairwise(near_one.values)]
    assert steps == pytest.approx([0.1] * len(steps), abs=0.003)


def test_zero_on_a_logarithmic_scale_is_no_error():
    found = track(option_of(low=0.01, high=100.0, step=0.25, scale="log"), 0.0)
    assert found.values[found.at] == 0.0
    assert max(found.values) == 100.0


def test_words_have_no_track():
    with pytest.raises(ValueError, match="choice of words"):
        track(LossOption(name="m", symbol="m", default="a", help="M.", kind="choice", choices=("a", "b")), 1.0)


@pytest.mark.parametrize("scale", ["linear", "log", "log1m"])
def test_places_and_values_are_inverse(scale):
    for value in (0.01, 0.25, 0.5, 0.99, 0.9999):
        assert value_at(place_of(value, scale), scale) == pytest.approx(value, rel=1e-3)


def test_positions_of_a_logarithmic_slider_hold_both_ends():
    found = positions(option_of(low=0.01, high=100.0, step=0.25, scale="log"))
    assert (found[0], found[-1], len(found)) == (0.01, 100.0, 17)
