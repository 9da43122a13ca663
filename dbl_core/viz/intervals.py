"""Intervals about a value, as plotly's error bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dbl_core.viz import theme


def whiskers(values: Sequence[float], ranges: Sequence[tuple[float, float]], **look: object) -> dict[str, object]:
    """Return error bars from values in percent and their ranges as fractions; an unknown range (NaN) draws none.

    Args:
        values: (n,) in percent or points.
        ranges: (n,) lower and upper ends, fractions.
        **look: what plotly's error bars take beside that, over the lab's usual look; with ``visible=False`` nothing
            else is sent.
    """
    if look.get("visible") is False:
        return {"visible": False}
    middle, ends = np.array(values, dtype=float), 100 * np.array(ranges, dtype=float).reshape(-1, 2)
    return {
        "type": "data",
        "symmetric": False,
        "array": ends[:, 1] - middle,
        "arrayminus": middle - ends[:, 0],
        "color": theme.NEUTRAL,
        "thickness": 1.6,
        **look,
    }
