"""Where a slider of a loss option can stand; loads no torch.

A slider moves over a *place*, evenly: the value itself for the scale "linear", log10(value) for "log", and
-log10(1 - value) for "log1m", which runs 0, 0.9, 0.99, 0.999 over whole numbers.
"""

import math
from dataclasses import dataclass

from dbl_core.losses.description import LossOption, Scale

_MULTIPLES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_AT_LEAST = 15
"""Fewer places than this are no dragging, even where they meet both ends of the range."""


@dataclass(frozen=True, kw_only=True)
class Track:
    """Values of an option that lie evenly on its scale, the value that is set among them.

    Attributes:
        values: the values, ascending.
        places: where they stand, ``step`` apart.
        step: distance of two places.
        at: index of the value that is set.
        scale: the scale on which they are even: that of the option, or "linear" where 0 is set on a logarithmic one.
    """

    values: tuple[float, ...]
    places: tuple[float, ...]
    step: float
    at: int
    scale: Scale


def positions(option: LossOption) -> list[float]:
    """Return the values at which a slider of a logarithmic scale can stand, ascending.

    They are ``option.step`` apart on the scale; a "log1m" slider that starts at 0 includes it.
    """
    first, last = place_of(option.low, option.scale), place_of(option.high, option.scale)
    count = round((last - first) / option.step) + 1
    return [value_at(first + k * option.step, option.scale) for k in range(count)]


def track(option: LossOption, current: float, *, at_most: int = 101) -> Track:
    """Return values over the slider range of an option, in as fine steps as a number of them allows.

    Args:
        option: a number among the options of a loss.
        current: the value that is set; it is one of them. Outside the slider range, it stretches the range.
        at_most: how many values at most, at least 2.

    Raises:
        ValueError: the option is a choice of words.
    """
    if option.kind != "float":
        raise ValueError(f"{option.name} is a choice of words, no number to move.")
    scale = option.scale if option.scale != "log" or current > 0 else "linear"  # 0 has no logarithm
    low, high = min(option.low, current), max(option.high, current)
    first, here, last = (place_of(value, scale) for value in (low, current, high))
    step = _step(first, here, last, option.step if scale == option.scale else (high - low) / (at_most - 1), at_most)
    below = math.floor((here - first) / step + 1e-6)
    above = math.floor((last - here) / step + 1e-6)
    places = tuple(round(here + k * step, 9) + 0.0 for k in range(-below, above + 1))
    values = [value_at(place, scale) for place in places]
    values[below] = current
    values = tuple(min(max(value, low), high) for value in values)
    return Track(values=values, places=places, step=round(step, 9), at=below, scale=scale)


def _step(first: float, here: float, last: float, finest: float, at_most: int) -> float:
    """Return the finest step that keeps the number of places; one that meets the first place too is preferred."""
    steps = [finest * multiple for multiple in _MULTIPLES]
    fitting = [step for step in steps if (last - first) / step <= at_most - 1 + 1e-6]
    coarse = (last - first) / _AT_LEAST
    meeting = (step for step in fitting if step <= coarse and abs(math.remainder(here - first, step)) < 1e-6)
    return next(meeting, fitting[0] if fitting else (last - first) / (at_most - 1))


def place_of(value: float, scale: Scale) -> float:
    """Return where a value stands on its scale."""
    if scale == "log":
        return math.log10(value)
    return -math.log10(1 - value) if scale == "log1m" else value


def value_at(place: float, scale: Scale) -> float:
    """Return the value at a place of a scale, rounded to digits that a person can read."""
    if scale == "log":
        return float(f"{10**place:.4g}")
    if scale == "log1m":
        return float(f"{1 - float(f'{10**-place:.3g}'):.9g}")
    return float(f"{place:.9g}")
