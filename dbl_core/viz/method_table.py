"""The methods of the literature side by side: mean and spread over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.comparison import SeedGroup
from dbl_core.viz import theme

_LIFT = {"total": 0.27, "head": 0.09, "medium": -0.09, "tail": -0.27}
"""How far the marks of a method are moved apart, in rows."""


def method_dots(groups: Sequence[SeedGroup]) -> go.Figure:
    """Draw mAP of total, head, medium and tail of every method, a row a method, with the spread over its seeds.

    Args:
        groups: One a method, in the order of the rows from the top.
    """
    figure = go.Figure()
    for key in REPORT_KEYS:
        means = [100 * group.mean_map(key) for group in groups]
        spreads = [100 * group.spread(key) for group in groups]
        if not any(map(math.isfinite, means)):
            continue
        color = theme.GROUP_COLORS.get(key, theme.NEUTRAL)
        figure.add_trace(
            go.Scatter(
                x=means,
                y=[row - _LIFT[key] for row in range(len(groups))],
                name=key,
                mode="markers",
                marker={"color": color, "symbol": theme.GROUP_SYMBOLS.get(key, "x"), "size": 10},
                error_x={"type": "data", "array": spreads, "color": color, "thickness": 2, "width": 4},
                customdata=[
                    [theme.plain(group.name), spread, len(group.results)]
                    for group, spread in zip(groups, spreads, strict=True)
                ],
                hovertemplate=f"<b>%{{customdata[0]}}</b><br>{key} mAP %{{x:.1f}} %<br>"
                "standard deviation %{customdata[1]:.2f} over %{customdata[2]} seeds<extra></extra>",
            )
        )
    theme.styled(figure, x_title="mAP on the test split (%)", y_title="", height=110 + 46 * len(groups))
    rows = list(range(len(groups)))
    names = [theme.plain(group.name) for group in groups]
    return figure.update_yaxes(
        tickvals=rows, ticktext=names, range=[len(groups) - 0.5, -0.5], zeroline=False, showgrid=False
    ).update_layout(shapes=[_border(row) for row in rows[1:]])


def _border(row: int) -> dict[str, object]:
    line = {"color": theme.GRID, "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": row - 0.5, "y1": row - 0.5, "line": line}
