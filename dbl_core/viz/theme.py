"""How every figure of the lab looks: colours, marks, fonts, hover text; readable on a light and on a dark page.

Colour never stands alone: each group also has its own bar pattern and marker, each run its own marker and dash.
Every pair of group colours differs by at least 25 (CIE76) under normal sight and under deuteranopia, protanopia and
tritanopia, and each colour has a contrast of at least 3 on both page backgrounds (``.streamlit/config.toml``);
``tests/viz/test_theme.py`` measures both.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import plotly.graph_objects as go

GROUP_COLORS = {"head": "#0B7BC1", "medium": "#CB8400", "tail": "#D0407E"}
"""Colour of a group, everywhere in the lab."""
GROUP_PATTERNS = {"head": "", "medium": "/", "tail": "x"}
"""Bar pattern of a group (plotly's ``marker.pattern.shape``)."""
GROUP_SYMBOLS = {"head": "circle", "medium": "square", "tail": "diamond"}
"""Marker of a group in scatter plots."""
GROUP_DASHES = {"head": "solid", "medium": "dash", "tail": "dot"}
"""Dash of a group in line plots."""
NEUTRAL = "#7D8895"
"""Grey for what belongs to no group: totals, asked counts, reference lines."""
RUN_COLORS = ("#0B7BC1", "#CB8400", "#008E69", "#D0407E", "#8A6BD1", "#D55E00", "#4A94A8", "#8C7A00")
"""Colours of runs, those that differ most first; which run has which is said in :mod:`dbl_core.viz.run_looks`."""
DIVERGING = ((0, "#B35900"), (0.25, "#DB9A52"), (0.5, "#C3CAD2"), (0.75, "#5BA3D4"), (1, "#0A5C99"))
"""Colour scale about a neutral middle: orange below, blue above; every step stands out on both page backgrounds."""
FONT = "Source Sans, Segoe UI, Helvetica, Arial, sans-serif"
GRID = "rgba(125,136,149,0.28)"


def group_look(key: str) -> dict[str, str]:
    """Return colour, symbol and dash of "head", "medium", "tail", or of "total", which is grey."""
    if key not in GROUP_COLORS:
        return {"color": NEUTRAL, "symbol": "x", "dash": "longdash"}
    return {"color": GROUP_COLORS[key], "symbol": GROUP_SYMBOLS[key], "dash": GROUP_DASHES[key]}


def plain(text: object) -> str:
    """Return a name as plotly shows it literally: plotly reads a little HTML (``<b>``), and names come from users."""
    return html.escape(str(text), quote=False)


def styled(
    figure: go.Figure,
    *,
    x_title: str,
    y_title: str,
    height: int = 380,
    legend: bool = True,
    margins: Sequence[int] = (8, 8, 36, 8),
) -> go.Figure:
    """Give a figure the lab's look, in place, and return it.

    Args:
        figure: the figure; its colours stay as they are.
        x_title: what the x axis shows, with its unit, ``training images (count)``; "" where tick labels say it all.
        y_title: the same for the y axis.
        height: height in pixels; the width is the page's.
        legend: whether to show a legend, above the plot so that a narrow page keeps its width.
        margins: left, right, top, bottom in pixels; axes grow them as their labels need.

    Returns:
        The same figure: transparent background, local fonts, grid visible on both themes, numbers right-sized in hover.
    """
    left, right, top, bottom = margins
    lay(
        figure,
        height=height,
        margin={"l": left, "r": right, "t": top, "b": bottom},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13},
        showlegend=legend,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "title": {"text": ""}},
        hoverlabel={"font": {"family": FONT, "size": 13}, "align": "left", "namelength": -1},
        hovermode="closest",
        dragmode=False,
        modebar={"remove": ["lasso2d", "select2d", "autoScale2d", "pan2d", "zoomIn2d", "zoomOut2d"]},
    )
    for letter, title in (("x", x_title), ("y", y_title)):
        named = {"text": title, "standoff": 14} if title else None
        lay_axes(figure, letter, gridcolor=GRID, zerolinecolor=GRID, automargin=True, title=named)
    return figure


def lay(figure: go.Figure, **parts: Any) -> go.Figure:
    """Set parts of a figure's layout, in place, and return it.

    As ``figure.update_layout``, in a tenth of its time: that one looks every name up on its way to it. A part that is a
    mapping keeps what it had under other keys.
    """
    for name, part in parts.items():
        had = figure.layout[name].to_plotly_json() if isinstance(part, Mapping) else None
        figure.layout[name] = {**had, **part} if had else part
    return figure


def lay_axes(figure: go.Figure, letter: str, **parts: Any) -> go.Figure:
    """Set parts of all axes "x" or "y" of a figure, in place, and return it; to ``update_xaxes`` as :func:`lay`."""
    return lay(figure, **{name: parts for name in figure.layout if name.startswith(f"{letter}axis")})


def rule(figure: go.Figure, *, x: float | None = None, y: float | None = None, **line: Any) -> go.Figure:
    """Draw a line across the plot, in place, and return the figure; to ``add_vline`` and ``add_hline`` as :func:`lay`.

    Args:
        figure: the figure; it has one plot.
        x: where on the x axis; or
        y: where on the y axis.
        **line: width, and dash or another colour than grey.
    """
    across = {"x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y, "yref": "y"}
    if y is None:
        across = {"x0": x, "x1": x, "xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}
    shape = {"type": "line", **across, "line": {"color": NEUTRAL, **line}}
    return lay(figure, shapes=[*figure.layout.shapes, shape])


def layout_of(figure: go.Figure) -> Mapping[str, Any]:
    """Return the layout of a figure to make others with, so that what they have in common is made and checked once.

    It has no template: a figure takes the default one by itself, and to check it again takes longer than all the rest.
    """
    layout = figure.layout.to_plotly_json()
    layout.pop("template", None)
    return MappingProxyType(layout)
