"""Finished runs side by side: mAP by group of classes, and AP of every class against its training images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.class_ap import ClassAp, class_ap
from dbl_core.runs.comparison import SeedGroup
from dbl_core.viz import class_axis, theme
from dbl_core.viz.intervals import whiskers
from dbl_core.viz.labels import TEXT_LIMIT, shortened
from dbl_core.viz.run_looks import STROKES, run_style

LOWEST, HIGHEST = -3.0, 106.0
"""Ends of an AP axis in percent: room for the markers of classes at 0 and at 100."""
MOST_WHISKERED = 2
"""Intervals of the classes of more groups of runs than this would hide each other."""


def group_bars(groups: Sequence[SeedGroup], styles: Mapping[str, int]) -> go.Figure:
    """Draw mAP of total, head, medium and tail, a bar a group of runs, with its interval and a dot a seed.

    Args:
        groups: Groups of runs; those without results are left out.
        styles: Key of a group -> place for ``run_looks.run_style``.
    """
    figure = go.Figure()
    for group in groups:
        if not group.results:
            continue
        style, name = run_style(styles[group.key]), theme.plain(group.name)
        means = [100 * group.mean_map(key) for key in REPORT_KEYS]
        ranges = [group.interval(key) for key in REPORT_KEYS]
        figure.add_trace(
            go.Bar(
                x=REPORT_KEYS,
                y=means,
                name=name,
                offsetgroup=group.key,
                legendgroup=group.key,
                marker={"color": style["color"], "opacity": 0.9, "pattern": {"shape": style["pattern"], **STROKES}},
                error_y=whiskers(means, ranges),
                customdata=[[100 * low, 100 * high, _meaning(group)] for low, high in ranges],
                hovertemplate=f"{name}<br>%{{x}} mAP %{{y:.1f}} %<br>"
                "%{customdata[0]:.1f} to %{customdata[1]:.1f} (%{customdata[2]})<extra></extra>",
            )
        )
        if len(group.results) > 1:
            figure.add_trace(_seed_dots(group, style))
    theme.styled(figure, x_title="", y_title="mAP on the test split (%)", height=420)
    theme.lay(figure, barmode="group", bargap=0.25, scattermode="group", scattergap=0.25)
    theme.lay_axes(figure, "y", range=[0, 100])
    return figure


def _meaning(group: SeedGroup) -> str:
    n_seeds = len(group.results)
    return f"mean ± spread of {n_seeds} seeds" if n_seeds > 1 else "95 % of resampled test images, one seed"


def _seed_dots(group: SeedGroup, style: Mapping[str, str]) -> go.Scatter:
    points = [(key, 100 * result.map.get(key, math.nan), result) for key in REPORT_KEYS for result in group.results]
    return go.Scatter(
        x=[key for key, _, _ in points],
        y=[value for _, value, _ in points],
        mode="markers",
        offsetgroup=group.key,
        legendgroup=group.key,
        showlegend=False,
        marker={"symbol": "circle", "size": 6, "color": "white", "line": {"color": style["color"], "width": 1.5}},
        customdata=[result.config.train.seed for _, _, result in points],
        hovertemplate=f"{theme.plain(group.name)}<br>seed %{{customdata}}: %{{y:.1f}} %<extra></extra>",
    )


def ap_against_count(groups: Sequence[SeedGroup], styles: Mapping[str, int]) -> go.Figure:
    """AP of every class against its training images (log axis), one marker a class and group of runs.

    Intervals are drawn for at most ``MOST_WHISKERED`` groups; they are in the hover text of all, with the positives of
    the test split.
    """
    figure = go.Figure()
    shown = [group for group in groups if group.results]
    for group in shown:
        rows = [row for row in class_ap(group) if row.entry.train_count > 0]
        style = run_style(styles[group.key])
        look = {"color": style["color"], "symbol": style["symbol"], "size": 10}
        figure.add_trace(_class_markers(rows, group.name, look, whiskers_shown=len(shown) <= MOST_WHISKERED))
    return _count_axes(figure)


def ap_by_class(group: SeedGroup) -> go.Figure:
    """AP of every class of one group of runs against its training images (log axis), named and coloured by group.

    Up to ``TEXT_LIMIT`` classes carry their names, as far as there is room, rare ones first.
    """
    figure = go.Figure()
    rows = [row for row in class_ap(group) if row.entry.train_count > 0]
    rows.sort(key=lambda row: (row.entry.train_count, row.entry.label))
    sides = _name_sides(rows) if len(rows) <= TEXT_LIMIT else {}
    for name in GROUPS:
        members = [row for row in rows if row.entry.group == name]
        look = {"color": theme.GROUP_COLORS[name], "symbol": theme.GROUP_SYMBOLS[name], "size": 9}
        trace = _class_markers(members, name, look, whiskers_shown=True)
        places = [sides.get(row.entry.label, "") for row in members]
        names = [
            theme.plain(shortened(row.entry.label)) if place else "" for row, place in zip(members, places, strict=True)
        ]
        trace.update(mode="markers+text", text=names, textposition=[place or "top center" for place in places])
        figure.add_trace(trace.update(textfont={"size": 11}, cliponaxis=False))
    return _count_axes(figure)


def _name_sides(rows: Sequence[ClassAp]) -> dict[str, str]:
    """Name of a class -> the side of its marker on which there is room for it."""
    drawn = [row for row in rows if math.isfinite(row.ap)]
    heights = [(100 * row.ap - LOWEST) / (HIGHEST - LOWEST) for row in drawn]
    counts, labels = [row.entry.train_count for row in drawn], [row.entry.label for row in drawn]
    return dict(zip(labels, class_axis.name_sides(counts, heights, labels, beside=True), strict=True))


def _class_markers(
    rows: Sequence[ClassAp], name: str, look: Mapping[str, object], *, whiskers_shown: bool
) -> go.Scatter:
    values = np.array([100 * row.ap for row in rows], dtype=float)
    ranges = [(row.low, row.high) for row in rows]
    return go.Scatter(
        x=np.array([row.entry.train_count for row in rows], dtype=int),
        y=values,
        name=theme.plain(name),
        mode="markers",
        marker={**look, "opacity": 0.9},
        error_y=whiskers(values, ranges, visible=whiskers_shown, width=0, thickness=1),
        customdata=np.array([_class_notes(row) for row in rows], dtype=object),
        hovertemplate="<b>%{customdata[0]}</b> (%{customdata[1]})<br>AP %{y:.1f} % (%{customdata[2]})<br>"
        "%{x} training images, %{customdata[3]} positives in the test split"
        f"<extra>{theme.plain(name)}</extra>",
    )


def _count_axes(figure: go.Figure) -> go.Figure:
    theme.styled(figure, x_title=class_axis.TITLE, y_title="average precision (%)", height=440)
    return theme.lay_axes(class_axis.along_counts(figure), "y", range=[LOWEST, HIGHEST])


def _class_notes(row: ClassAp) -> list[object]:
    within = "interval unknown" if math.isnan(row.low) else f"{100 * row.low:.0f} to {100 * row.high:.0f}"
    return [theme.plain(row.entry.label), row.entry.group, within, row.entry.test_positives]
