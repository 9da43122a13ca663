"""Intervals about a value, as plotly's error bars."""

from __future__ import annotations

from collections.abc import Sequence

from dbl_core.viz import theme


def whiskers(values: Sequence[float], ranges: Sequence[tuple[float, float]], **look: object) -> dict[str, object]:
    """Return error bars from values in percent and their ranges as fractions; an unknown range (NaN) draws none.

    Args:
        values: (n,) in percent or points.
        ranges: (n,) lower and upper ends, fractions.
        **look: what plotly's error bars take beside that, over the lab's usual look.
    """
    return {
        "type": "data",
        "symmetric": False,
        "array": [100 * high - value for value, (_, high) in zip(values, ranges, strict=True)],
        "arrayminus": [value - 100 * low for value, (low, _) in zip(values, ranges, strict=True)],
        "color": theme.NEUTRAL,
        "thickness": 1.6,
        **look,
    }
