"""Figures about single labels: how often each occurs, and which others come with it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dbl_core.longtail import GROUPS, Convention, convention_named
from dbl_core.viz.theme import GROUP_COLORS, GROUP_PATTERNS, NEUTRAL, lay, lay_axes, plain, styled

TEXT_LIMIT = 30
"""Up to so many labels every bar carries its number; among more, an arrow points at the chosen one."""
NAME_LIMIT = 120
"""Up to so many labels every one is named on the axis; among more, some of them are, and bars are too thin to hatch."""
SOME_NAMES = 30
NARROW_SIGNS = 40
"""So many signs stand side by side below the narrowest figure."""
LONGEST_NAME = 28
"""Longer names are cut on an axis and in hover text."""


def frequency(
    table: pd.DataFrame,
    *,
    log: bool = False,
    convention: str | Convention = "db",
    selected: int | None = None,
    height: int = 400,
) -> go.Figure:
    """Bars of training images per label, most frequent first, coloured by group.

    Args:
        table: one row a label with columns ``label`` (name), ``column`` (int, its column in the label matrix),
            ``group`` and ``count`` (training images); with a column ``asked`` (target counts) these are drawn as
            short lines.
        log: logarithmic count axis; labels without any image then have no bar, only their name.
        convention: as for ``dbl_core.longtail.group_of``; the legend tells its borders.
        selected: column of the label to outline and, among many, to point at; None for none.
        height: height in pixels.

    Returns:
        The figure. Bars carry ``column`` as customdata, for clicks.
    """
    table = table.sort_values("count", ascending=False, kind="stable")
    borders = convention_named(convention)
    figure = go.Figure()
    for group in GROUPS:
        part = table[table["group"] == group]
        if len(part):
            figure.add_trace(_bars(part, group, f"{group} ({borders.rule(group)})", selected, len(table)))
    if "asked" in table:
        figure.add_trace(_asked_marks(table))
    names = [plain(name) for name in table["label"]]
    styled(figure, x_title="", y_title="training images (count)", height=height)
    ticks = name_ticks(names)
    for name in table["label"][table["column"] == selected]:  # a bar of few images is too low for its outline to tell
        ticks["ticktext"] = [
            f"<b>{text}</b>" if tick == plain(name) else text
            for tick, text in zip(ticks["tickvals"], ticks["ticktext"], strict=True)
        ]
    lay_axes(figure, "x", categoryorder="array", categoryarray=names, showgrid=False, **ticks)
    top = max(int(table["count"].max()), int(table["asked"].max()) if "asked" in table else 1, 1)
    pointed = len(table) > TEXT_LIMIT and selected is not None  # its arrow and name stand between bars and legend
    if log:
        highest = np.log10(top * (6 if pointed else 2))
        lay_axes(figure, "y", type="log", range=[np.log10(0.7), highest], dtick=1)
    else:
        lay_axes(figure, "y", range=[0, top * (1.3 if pointed else 1.1)])
    if pointed:
        _point_at(figure, table[table["column"] == selected], log)
    lay(figure, uniformtext={"minsize": 9, "mode": "hide"})
    gap = 0.25 if len(table) <= NAME_LIMIT else 0
    return lay(figure, bargap=gap, barmode="overlay", clickmode="event+select")


def _point_at(figure: go.Figure, row: pd.DataFrame, log: bool) -> None:
    for name, count in zip(row["label"], row["count"], strict=True):
        height = np.log10(max(count, 0.7)) if log else count
        figure.add_annotation(
            x=plain(name),
            y=height,
            text=f"<b>{shortened(plain(name))}</b>",
            arrowhead=2,
            ax=24,
            ay=-34,
            arrowwidth=1.5,
            arrowcolor=NEUTRAL,
        )


def _bars(part: pd.DataFrame, group: str, name: str, selected: int | None, n_labels: int) -> go.Bar:
    outlined = (part["column"] == selected).to_numpy()
    return go.Bar(
        x=[plain(label) for label in part["label"]],
        y=part["count"].to_numpy(),
        customdata=part["column"].to_numpy(),
        hovertext=[shortened(plain(label)) for label in part["label"]],
        name=f"{name}: {len(part)}",
        text=[f"{count:,}" for count in part["count"]] if n_labels <= TEXT_LIMIT else None,
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        marker={
            "color": GROUP_COLORS[group],
            "pattern": pattern_of(group) if n_labels <= NAME_LIMIT else None,
            "line": {"width": np.where(outlined, 2, 0), "color": NEUTRAL},
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        hovertemplate=f"<b>%{{hovertext}}</b><br>%{{y:,}} training images<br>{group}<extra></extra>",
    )


def _asked_marks(table: pd.DataFrame) -> go.Scatter:
    """Return a short line a label; among many a tiny one, or they would cover the bars of their neighbours."""
    size, width = (9, 3) if len(table) <= NAME_LIMIT else (3, 1.5)
    return go.Scatter(
        x=[plain(label) for label in table["label"]],
        y=table["asked"].to_numpy(),
        mode="markers",
        name="asked for",
        marker={"symbol": "line-ew", "size": size, "line": {"width": width, "color": NEUTRAL}},
        hovertemplate="<b>%{x}</b><br>%{y:,} asked for<extra></extra>",
    )


def pattern_of(group: str) -> dict[str, object]:
    """Return the bar pattern of a group, light strokes over its colour."""
    stroke = "rgba(255,255,255,0.55)"
    return {"shape": GROUP_PATTERNS[group], "fillmode": "overlay", "size": 6, "solidity": 0.25, "fgcolor": stroke}


def name_ticks(names: list[str]) -> dict[str, object]:
    """Show every name, of more than ``NAME_LIMIT`` only some: upright if few and short, else slanted, smaller if many.

    Args:
        names: names as :func:`plain` returns them, the categories of the axis in order.
    """
    some = names if len(names) <= NAME_LIMIT else names[:: -(-len(names) // SOME_NAMES)]
    size = 12 if len(some) <= 24 else 10 if len(some) <= 50 else 8
    texts = [shortened(name) for name in some]
    angle = 0 if sum(len(text) + 2 for text in texts) <= NARROW_SIGNS else -60
    return {"tickmode": "array", "tickvals": some, "ticktext": texts, "tickangle": angle, "tickfont": {"size": size}}


def shortened(name: str) -> str:
    """Cut a name that is too long for an axis, never inside one of the signs that :func:`plain` has escaped."""
    return name if len(name) <= LONGEST_NAME else re.sub(r"&[a-z]*$", "", name[: LONGEST_NAME - 1]) + "…"


def companions(table: pd.DataFrame, label: str, *, selected: int | None = None) -> go.Figure:
    """Bars of the labels that come along with one label, the most frequent companion on top.

    Args:
        table: one row a companion, in order, with columns ``label`` (name), ``column`` (int), ``group``, ``share`` (of
            the images of the label, 0..1), ``both`` (images with both) and ``lift``.
        label: the label whose images these are.
        selected: column of the companion to outline; None for none.

    Returns:
        The figure. Bars carry ``column`` as customdata, for clicks.
    """
    names = [plain(name) for name in table["label"]]
    figure = go.Figure()
    for group in GROUPS:
        part = table[table["group"] == group]
        if len(part):
            figure.add_trace(_companion_bars(part, group, selected))
    styled(figure, x_title="share of its training images (%)", y_title="", height=120 + 24 * len(names))
    ticks = {**name_ticks(names), "tickangle": 0}
    lay_axes(figure, "y", categoryorder="array", categoryarray=names, autorange="reversed", showgrid=False, **ticks)
    lay_axes(figure, "x", range=[0, 118 * float(table["share"].max())])
    return lay(figure, bargap=0.25, barmode="overlay", clickmode="event+select")


def _companion_bars(part: pd.DataFrame, group: str, selected: int | None) -> go.Bar:
    outlined = (part["column"] == selected).to_numpy()
    return go.Bar(
        y=[plain(label) for label in part["label"]],
        x=100 * part["share"].to_numpy(),
        orientation="h",
        customdata=part["column"].to_numpy(),
        hovertext=[
            f"<b>{shortened(plain(row.label))}</b><br>on {row.both:,} of its images, lift {row.lift:.2g}"
            for row in part.itertuples()
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        name=group,
        text=[f"{100 * share:.0f} %" for share in part["share"]],
        textposition="outside",
        cliponaxis=False,
        marker={
            "color": GROUP_COLORS[group],
            "pattern": pattern_of(group),
            "line": {"width": np.where(outlined, 3, 0), "color": NEUTRAL},
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )
