"""Figures about samplers: what training is shown of every label, and the balance promised against the balance kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dbl_core.longtail import GROUPS
from dbl_core.viz.labels import name_ticks, pattern_of, shortened
from dbl_core.viz.theme import GROUP_COLORS, GROUP_SYMBOLS, NEUTRAL, RUN_COLORS, lay, lay_axes, plain, styled

PERCENT_TICKS = [digit * 10.0**power for power in range(-5, 3) for digit in (1, 2, 5)]
RATIO_TICKS = [digit * 10**power for power in range(6) for digit in (1, 2, 5)]
BAR_LIMIT = 60
"""Up to so many labels the shares are bars, two a label; more are a line and dots."""
DOT_LIMIT = 500
"""Of more labels the dots are smaller, or they cover one another."""


def sampled_shares(table: pd.DataFrame, sampler: str, *, height: int = 380) -> go.Figure:
    """Share of every label among the labels that training is shown, under uniform sampling and under another sampler.

    Args:
        table: one row a label with columns ``label``, ``group``, ``uniform`` and ``sampled`` (shares, 0..1).
        sampler: what the second sampler is called.
        height: height in pixels.

    Returns:
        Grey for uniform sampling, the colours of the groups for the other, a dotted line where all shares are equal;
        most frequent label first, logarithmic axis in percent.
    """
    table = table.sort_values("uniform", ascending=False, kind="stable")
    names = [plain(name) for name in table["label"]]
    few = len(names) <= BAR_LIMIT
    figure = go.Figure(_uniform_bars(table, names) if few else _uniform_line(table, names))
    for group in GROUPS:
        part = table[table["group"] == group]
        if len(part):
            name = f"{sampler}, {group}"
            size = 6 if len(names) <= DOT_LIMIT else 3
            figure.add_trace(_share_bars(part, group, name) if few else _share_dots(part, group, name, size))
    equal = 100 / max(len(table), 1)
    figure.add_trace(
        go.Scatter(
            x=[names[0], names[-1]],
            y=[equal, equal],
            mode="lines",
            name=f"all equal ({equal:.3g} %)",
            line={"dash": "dot", "width": 1.5, "color": NEUTRAL},
            hoverinfo="skip",
        )
    )
    styled(figure, x_title="", y_title="share of labels shown (%)", height=height)
    lay_axes(figure, "x", categoryorder="array", categoryarray=names, showgrid=False, **name_ticks(names))
    lay_axes(figure, "y", type="log", tickvals=PERCENT_TICKS, ticktext=[f"{tick:g}" for tick in PERCENT_TICKS])
    return lay(figure, bargap=0.2, bargroupgap=0.05, barmode="group")


def _hover(part: pd.DataFrame, column: str, sampler: str) -> dict[str, object]:
    return {
        "hovertext": [shortened(plain(label)) for label in part["label"]],
        "hovertemplate": f"<b>%{{hovertext}}</b><br>%{{y:.3g}} % of the labels shown<br>{sampler}<extra></extra>",
        "y": 100 * part[column].to_numpy(),
    }


def _uniform_bars(table: pd.DataFrame, names: list[str]) -> go.Bar:
    look = {"offsetgroup": "uniform", "name": "uniform", "marker": {"color": NEUTRAL}}
    return go.Bar(x=names, **look, **_hover(table, "uniform", "uniform"))


def _uniform_line(table: pd.DataFrame, names: list[str]) -> go.Scatter:
    look = {"mode": "lines", "name": "uniform", "line": {"color": NEUTRAL, "width": 2}}
    return go.Scatter(x=names, **look, **_hover(table, "uniform", "uniform"))


def _share_bars(part: pd.DataFrame, group: str, name: str) -> go.Bar:
    marker = {"color": GROUP_COLORS[group], "pattern": pattern_of(group)}
    names = [plain(label) for label in part["label"]]
    return go.Bar(x=names, offsetgroup="sampled", name=name, marker=marker, **_hover(part, "sampled", name))


def _share_dots(part: pd.DataFrame, group: str, name: str, size: int) -> go.Scatter:
    marker = {"color": GROUP_COLORS[group], "symbol": GROUP_SYMBOLS[group], "size": size}
    names = [plain(label) for label in part["label"]]
    return go.Scatter(x=names, mode="markers", name=name, marker=marker, **_hover(part, "sampled", name))


def promised_and_kept(table: pd.DataFrame, *, selected: str = "") -> go.Figure:
    """Imbalance that every sampler promises against the one that co-occurrence leaves.

    Args:
        table: one row a sampler, in order, with columns ``title``, ``promised`` and ``kept`` (largest over smallest
            rate of the labels that occur, >= 1).
        selected: title of the sampler to stress.

    Returns:
        A bar a sampler for what is kept, a mark for what was promised; the bar between them is the leak.
    """
    figure = go.Figure(
        go.Bar(
            y=table["title"],
            x=table["kept"],
            orientation="h",
            name="after co-occurrence",
            text=[f"{kept:,.1f}" for kept in table["kept"]],
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": RUN_COLORS[0],
                "opacity": np.where(table["title"] == selected, 1.0, 0.55),
            },
            hovertemplate="<b>%{y}</b><br>largest over smallest %{x:,.1f}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            y=table["title"],
            x=table["promised"],
            mode="markers",
            name="promised",
            marker={"symbol": "line-ns", "size": 20, "line": {"width": 3, "color": RUN_COLORS[1]}},
            hovertemplate="<b>%{y}</b><br>promised %{x:,.1f}<extra></extra>",
        )
    )
    styled(figure, x_title="largest over smallest share (ratio)", y_title="", height=130 + 34 * len(table))
    top = float(np.log10(max(table["kept"].max(), table["promised"].max(), 2)))
    ticks = {"tickvals": RATIO_TICKS, "ticktext": [f"{tick:,}" for tick in RATIO_TICKS]}
    lay_axes(figure, "x", type="log", range=[-0.04, top * 1.12 + 0.1], **ticks)
    lay_axes(figure, "y", autorange="reversed", showgrid=False)
    return lay(figure, bargap=0.3)
