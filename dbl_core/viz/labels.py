"""Figures about single labels: how often each occurs, how often a sampler draws it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dbl_core.longtail import CONVENTIONS, GROUPS
from dbl_core.viz.theme import GROUP_COLORS, GROUP_PATTERNS, NEUTRAL, plain, styled

TEXT_LIMIT = 30
"""Up to so many labels every bar carries its number."""


def frequency(
    table: pd.DataFrame, *, log: bool = False, convention: str = "db", selected: int | None = None, height: int = 400
) -> go.Figure:
    """Bars of training images per label, most frequent first, coloured by group.

    Args:
        table: one row a label with columns ``label`` (name), ``column`` (int, its column in the label matrix),
            ``group`` and ``count`` (training images); with a column ``asked`` (target counts) these are drawn as
            short lines.
        log: logarithmic count axis; labels without any image then have no bar, only their name.
        convention: key of ``CONVENTIONS``; the legend tells its borders.
        selected: column of the label to outline; None for none.
        height: height in pixels.

    Returns:
        The figure. Bars carry ``column`` as customdata, for clicks.
    """
    table = table.sort_values("count", ascending=False, kind="stable")
    figure = go.Figure()
    for group in GROUPS:
        part = table[table["group"] == group]
        if len(part):
            figure.add_trace(
                _bars(part, group, f"{group} ({CONVENTIONS[convention].rule(group)})", selected, len(table))
            )
    if "asked" in table:
        figure.add_trace(_asked_marks(table))
    names = [plain(name) for name in table["label"]]
    styled(figure, x_title="", y_title="training images (count)", height=height)
    figure.update_xaxes(categoryorder="array", categoryarray=names, showgrid=False, **name_ticks(names))
    top = max(int(table["count"].max()), int(table["asked"].max()) if "asked" in table else 1, 1)
    if log:
        figure.update_yaxes(type="log", range=[np.log10(0.7), np.log10(top * 2)], dtick=1)
    else:
        figure.update_yaxes(range=[0, top * 1.1])
    figure.update_layout(uniformtext={"minsize": 9, "mode": "hide"})
    return figure.update_layout(bargap=0.25, barmode="overlay", clickmode="event+select")


def _bars(part: pd.DataFrame, group: str, name: str, selected: int | None, n_labels: int) -> go.Bar:
    outlined = (part["column"] == selected).to_numpy()
    return go.Bar(
        x=[plain(label) for label in part["label"]],
        y=part["count"].to_numpy(),
        customdata=part["column"].to_numpy(),
        name=f"{name}: {len(part)}",
        text=[f"{count:,}" for count in part["count"]] if n_labels <= TEXT_LIMIT else None,
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        marker={
            "color": GROUP_COLORS[group],
            "pattern": pattern_of(group),
            "line": {"width": np.where(outlined, 3, 0), "color": NEUTRAL},
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        hovertemplate=f"<b>%{{x}}</b><br>%{{y:,}} training images<br>{group}<extra></extra>",
    )


def _asked_marks(table: pd.DataFrame) -> go.Scatter:
    return go.Scatter(
        x=[plain(label) for label in table["label"]],
        y=table["asked"].to_numpy(),
        mode="markers",
        name="asked for",
        marker={"symbol": "line-ew", "size": 9, "line": {"width": 3, "color": NEUTRAL}},
        hovertemplate="<b>%{x}</b><br>%{y:,} asked for<extra></extra>",
    )


def sampled_shares(table: pd.DataFrame, *, height: int = 380) -> go.Figure:
    """Share of every label among the labels that training is shown, under uniform and under class-aware sampling.

    Args:
        table: one row a label with columns ``label``, ``group``, ``uniform`` and ``class_aware`` (shares, 0..1).
        height: height in pixels.

    Returns:
        Grey bars for uniform sampling, coloured ones for class-aware sampling, a dotted line where all shares are
        equal; most frequent label first, logarithmic axis in percent.
    """
    table = table.sort_values("uniform", ascending=False, kind="stable")
    names = [plain(name) for name in table["label"]]
    figure = go.Figure(_uniform_bars(table, names))
    for group in GROUPS:
        part = table[table["group"] == group]
        if len(part):
            figure.add_trace(_share_bars(part, group))
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
    figure.update_xaxes(categoryorder="array", categoryarray=names, showgrid=False, **name_ticks(names))
    figure.update_yaxes(type="log", dtick=1)
    return figure.update_layout(bargap=0.2, bargroupgap=0.05, barmode="group")


def _uniform_bars(table: pd.DataFrame, names: list[str]) -> go.Bar:
    return go.Bar(
        x=names,
        y=100 * table["uniform"].to_numpy(),
        offsetgroup="uniform",
        name="uniform",
        marker={"color": NEUTRAL},
        hovertemplate="<b>%{x}</b><br>%{y:.2f} % under uniform sampling<extra></extra>",
    )


def _share_bars(part: pd.DataFrame, group: str) -> go.Bar:
    return go.Bar(
        x=[plain(label) for label in part["label"]],
        y=100 * part["class_aware"].to_numpy(),
        offsetgroup="class_aware",
        name=f"class-aware, {group}",
        marker={"color": GROUP_COLORS[group], "pattern": pattern_of(group)},
        hovertemplate="<b>%{x}</b><br>%{y:.2f} % under class-aware sampling<extra></extra>",
    )


def pattern_of(group: str) -> dict[str, object]:
    """Return the bar pattern of a group, light strokes over its colour."""
    stroke = "rgba(255,255,255,0.55)"
    return {"shape": GROUP_PATTERNS[group], "fillmode": "overlay", "size": 6, "solidity": 0.25, "fgcolor": stroke}


def name_ticks(names: list[str]) -> dict[str, object]:
    """Show every name: upright and smaller as they become many."""
    size = 12 if len(names) <= 24 else 10 if len(names) <= 60 else 8
    return {"tickmode": "array", "tickvals": names, "ticktext": names, "tickangle": -60, "tickfont": {"size": size}}
