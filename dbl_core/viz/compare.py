"""Finished runs side by side: mAP by group, AP against training images, AP won and lost by class."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS, BootstrapIntervals
from dbl_core.runs.comparison import SeedGroup
from dbl_core.runs.outcome import ClassResult
from dbl_core.viz import theme

_LOG_TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]


class ClassAp(NamedTuple):
    """AP of one class over the seeds of a group of runs: its record, the mean AP and the range to draw (fractions)."""

    entry: ClassResult
    ap: float
    low: float
    high: float


def class_ap(group: SeedGroup) -> list[ClassAp]:
    """Mean AP of every class over the seeds; the range is that over seeds, or the interval of a lone seed's images."""
    rows = []
    for entries in zip(*(result.per_class for result in group.results), strict=False):
        known = [entry.ap for entry in entries if math.isfinite(entry.ap)]
        if len(entries) == 1 or not known:
            rows.append(ClassAp(entries[0], entries[0].ap, *entries[0].interval))
        else:
            rows.append(ClassAp(entries[0], statistics.fmean(known), min(known), max(known)))
    return rows


def group_bars(groups: Sequence[SeedGroup], styles: Mapping[str, int]) -> go.Figure:
    """Draw mAP of total, head, medium and tail, a bar a group of runs, with its interval and a dot a seed.

    Args:
        groups: Groups of runs; those without results are left out.
        styles: Key of a group -> index for ``theme.run_style``.
    """
    figure = go.Figure()
    for group in groups:
        if not group.results:
            continue
        style, name = theme.run_style(styles[group.key]), theme.plain(group.name)
        means = [100 * group.mean_map(key) for key in REPORT_KEYS]
        ranges = [group.interval(key) for key in REPORT_KEYS]
        figure.add_trace(
            go.Bar(
                x=REPORT_KEYS,
                y=means,
                name=name,
                offsetgroup=group.key,
                legendgroup=group.key,
                marker={"color": style["color"], "opacity": 0.85},
                error_y=_whiskers(means, ranges),
                customdata=[[100 * low, 100 * high, _meaning(group)] for low, high in ranges],
                hovertemplate=f"{name}<br>%{{x}} mAP %{{y:.1f}} %<br>"
                "%{customdata[0]:.1f} to %{customdata[1]:.1f} (%{customdata[2]})<extra></extra>",
            )
        )
        if len(group.results) > 1:
            figure.add_trace(_seed_dots(group, style))
    theme.styled(figure, x_title="", y_title="mAP on the test split (%)", height=420)
    figure.update_layout(barmode="group", bargap=0.25, scattermode="group", scattergap=0.25)
    figure.update_yaxes(range=[0, 100])
    return figure


def _meaning(group: SeedGroup) -> str:
    n_seeds = len(group.results)
    return f"mean ∓ spread of {n_seeds} seeds" if n_seeds > 1 else "95 % of resampled test images, one seed"


def _whiskers(values: Sequence[float], ranges: Sequence[tuple[float, float]], **look: object) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [100 * high - value for value, (_, high) in zip(values, ranges, strict=True)],
        "arrayminus": [value - 100 * low for value, (low, _) in zip(values, ranges, strict=True)],
        "color": theme.NEUTRAL,
        "thickness": 1.6,
        **look,
    }


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

    Intervals are drawn for at most two groups; they are in the hover text of all, with the positives of the test split.
    """
    figure = go.Figure()
    shown = [group for group in groups if group.results]
    for group in shown:
        rows = [row for row in class_ap(group) if row.entry.train_count > 0]
        style = theme.run_style(styles[group.key])
        look = {"color": style["color"], "symbol": style["symbol"], "size": 10}
        figure.add_trace(_class_markers(rows, group.name, look, whiskers=len(shown) <= 2))
    return _count_axes(figure)


def ap_by_class(group: SeedGroup) -> go.Figure:
    """AP of every class of one group of runs against its training images (log axis), named and coloured by group."""
    figure = go.Figure()
    rows = [row for row in class_ap(group) if row.entry.train_count > 0]
    for name in GROUPS:
        members = [row for row in rows if row.entry.group == name]
        look = {"color": theme.GROUP_COLORS[name], "symbol": theme.GROUP_SYMBOLS[name], "size": 9}
        trace = _class_markers(members, name, look, whiskers=True)
        trace.update(mode="markers+text", text=[theme.plain(row.entry.label) for row in members])
        figure.add_trace(trace.update(textposition="top center", textfont={"size": 11}, cliponaxis=False))
    return _count_axes(figure)


def _class_markers(rows: Sequence[ClassAp], name: str, look: Mapping[str, object], *, whiskers: bool) -> go.Scatter:
    values = [100 * row.ap for row in rows]
    ranges = [(row.low, row.high) for row in rows]
    return go.Scatter(
        x=[row.entry.train_count for row in rows],
        y=values,
        name=theme.plain(name),
        mode="markers",
        marker={**look, "opacity": 0.9},
        error_y=_whiskers(values, ranges, visible=whiskers, width=0, thickness=1),
        customdata=[_class_notes(row) for row in rows],
        hovertemplate="<b>%{customdata[0]}</b> (%{customdata[1]})<br>AP %{y:.1f} % (%{customdata[2]})<br>"
        "%{x} training images, %{customdata[3]} positives in the test split"
        f"<extra>{theme.plain(name)}</extra>",
    )


def _count_axes(figure: go.Figure) -> go.Figure:
    theme.styled(figure, x_title="training images of the class (log)", y_title="average precision (%)", height=440)
    figure.update_xaxes(type="log", tickvals=_LOG_TICKS, ticktext=[f"{tick:,}" for tick in _LOG_TICKS])
    figure.update_yaxes(range=[-3, 106])
    return figure


def _class_notes(row: ClassAp) -> list[object]:
    within = "interval unknown" if math.isnan(row.low) else f"{100 * row.low:.0f} to {100 * row.high:.0f}"
    return [theme.plain(row.entry.label), row.entry.group, within, row.entry.test_positives]


def ap_gain_bars(group: SeedGroup, baseline: SeedGroup, paired: BootstrapIntervals | None = None) -> go.Figure:
    """AP won (right) and lost (left) by class against a baseline, in points, rarest class on top.

    Args:
        group: The group; its mean over seeds counts.
        baseline: What is subtracted; classes are matched by name.
        paired: Intervals of the difference over the same test images, in the order of the classes; drawn when given.
    """
    before = {row.entry.label: row for row in class_ap(baseline)}
    rows = [(number, row) for number, row in enumerate(class_ap(group)) if row.entry.label in before]
    rows.sort(key=lambda item: (-item[1].entry.train_count, item[1].entry.label))
    figure = go.Figure()
    for name in GROUPS:
        members = [(number, row) for number, row in rows if row.entry.group == name]
        gains = [100 * (row.ap - before[row.entry.label].ap) for _, row in members]
        ranges = [_range(paired, number) for number, _ in members]
        figure.add_trace(
            go.Bar(
                y=[f"{theme.plain(row.entry.label)} ({row.entry.train_count})" for _, row in members],
                x=gains,
                name=name,
                orientation="h",
                marker={"color": theme.GROUP_COLORS[name], "pattern": {"shape": theme.GROUP_PATTERNS[name]}},
                error_x=_whiskers(gains, ranges) if paired is not None else None,
                customdata=[row.entry.test_positives for _, row in members],
                hovertemplate="%{y}: %{x:+.1f} points<br>%{customdata} positives in the test split<extra></extra>",
            )
        )
    height = max(320, 24 * len(rows) + 110)
    theme.styled(figure, x_title="AP gained (points)", y_title="class (training images)", height=height)
    order = [f"{theme.plain(row.entry.label)} ({row.entry.train_count})" for _, row in rows]
    figure.update_yaxes(categoryorder="array", categoryarray=order, dtick=1)
    figure.add_vline(x=0, line={"color": theme.NEUTRAL, "width": 1})
    return figure


def _range(paired: BootstrapIntervals | None, number: int) -> tuple[float, float]:
    if paired is None or number >= len(paired.per_class):
        return (math.nan, math.nan)
    return paired.per_class[number].low, paired.per_class[number].high
