"""The axis on which classes stand by their training images: ticks, borders of the groups, names beside marks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from dbl_core.longtail.groups import GROUPS
from dbl_core.viz import theme
from dbl_core.viz.labels import shortened
from dbl_core.viz.point_names import name_positions

TITLE = "training images of the class (log)"
_TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]
AXIS = {"type": "log", "tickvals": _TICKS, "ticktext": [f"{tick:,}" for tick in _TICKS]}
"""The axis of training images: logarithmic, with round numbers."""


def along_counts(figure: go.Figure) -> go.Figure:
    """Give every x axis of a figure the form of ``AXIS``, in place, and return the figure."""
    return theme.lay_axes(figure, "x", **AXIS)


def mark_borders(figure: go.Figure, counts: Mapping[str, Iterable[int]]) -> go.Figure:
    """Draw dotted lines between the groups, in place; none where groups overlap or are empty.

    Args:
        figure: its x axis is that of :func:`along_counts`.
        counts: "head", "medium", "tail" -> training images of the classes that are drawn.
    """
    known = {group: sorted(count for count in counts.get(group, ()) if count > 0) for group in reversed(GROUPS)}
    filled = [(group, values) for group, values in known.items() if values]
    for (_, rarer), (_, commoner) in pairwise(filled):
        if rarer[-1] < commoner[0]:
            place = math.sqrt(rarer[-1] * commoner[0])
            theme.rule(figure, x=place, width=1, dash="dot")
    names = list(figure.layout.annotations)
    for group, values in filled:
        middle = (math.log10(values[0]) + math.log10(values[-1])) / 2
        names.append({"x": middle, "y": 1, "yref": "paper", "yanchor": "top", "text": group, "showarrow": False})
    return theme.lay(figure, annotations=names)


def name_sides(
    counts: Sequence[int], heights: Sequence[float], names: Sequence[str], *, beside: bool = False
) -> list[str]:
    """Find the side of each mark on which its name covers nothing, see :func:`~.point_names.name_positions`.

    Args:
        counts: (n,) training images, at least 1 each; put those first whose names matter most.
        heights: (n,) places along the y axis, from 0 at its bottom to 1 at its top.
        names: (n,) names of the classes.
        beside: right and left come before above and below, where whiskers stand on the marks.

    Returns:
        (n,) plotly's ``textposition``; "" where no side is free.
    """
    across = np.log10(np.asarray(counts, dtype=float))
    share = (across - across.min(initial=np.inf)) / max(np.ptp(across) if len(across) else 0.0, 0.1)
    return name_positions(share, heights, [shortened(name) for name in names], beside=beside)
