"""What runs gain against a baseline: by group of classes, and by class against its training images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.class_ap import ClassGain
from dbl_core.runs.comparison import Difference, SeedGroup
from dbl_core.viz import class_axis, theme
from dbl_core.viz.intervals import whiskers
from dbl_core.viz.labels import pattern_of
from dbl_core.viz.run_looks import run_style

MOST_WITH_WHISKERS = 2
NOISE = {True: "inside the noise", False: "more than noise"}


def group_gains(
    groups: Sequence[SeedGroup], found: Mapping[str, Mapping[str, Difference]], styles: Mapping[str, int]
) -> go.Figure:
    """Draw the difference to the baseline in total, head, medium and tail mAP, a mark a group of runs.

    A mark is open where the 95 % interval holds 0: the difference is inside the noise.

    Args:
        groups: The groups beside the baseline.
        found: Key of a group -> its differences, ``dbl_core.runs.comparison.differences``.
        styles: Key of a group -> place for ``run_looks.run_style``.
    """
    figure = go.Figure()
    for group in groups:
        known = found[group.key]
        keys = sorted(REPORT_KEYS, key=lambda key: known[key].inside_noise)  # the legend shows the first mark
        rows = [known[key] for key in keys]
        values = [100 * row.value for row in rows]
        look, name = run_style(styles[group.key]), theme.plain(group.name)
        symbols = [f"{look['symbol']}-open" if row.inside_noise else look["symbol"] for row in rows]
        figure.add_trace(
            go.Scatter(
                x=keys,
                y=values,
                name=name,
                mode="markers",
                offsetgroup=group.key,
                marker={"color": look["color"], "symbol": symbols, "size": 12, "line": _edge(look, 2)},
                error_y=whiskers(values, [(row.low, row.high) for row in rows], color=look["color"], width=5),
                customdata=[[100 * row.low, 100 * row.high, NOISE[row.inside_noise]] for row in rows],
                hovertemplate=f"{name}<br>%{{x}} mAP %{{y:+.1f}} points<br>%{{customdata[0]:+.1f}} to "
                "%{customdata[1]:+.1f}: %{customdata[2]}<extra></extra>",
            )
        )
    theme.styled(figure, x_title="", y_title="mAP gained (points)", height=420)
    theme.lay(figure, scattermode="group", scattergap=0.3)
    theme.lay_axes(figure, "x", categoryorder="array", categoryarray=list(REPORT_KEYS))
    return theme.rule(figure, y=0, width=1.5)


def gain_against_count(
    groups: Sequence[SeedGroup], gains: Mapping[str, Sequence[ClassGain]], styles: Mapping[str, int]
) -> go.Figure:
    """Draw what every class gains against its training images (log axis), a mark a class and group of runs.

    Intervals are drawn for at most two groups; they are in the hover text of all. A mark is open where its interval
    holds 0. Classes without a training image have no place on the axis.

    Args:
        groups: The groups beside the baseline.
        gains: Key of a group -> ``dbl_core.runs.class_ap.class_gains``.
        styles: Key of a group -> place for ``run_looks.run_style``.
    """
    figure = go.Figure()
    counts: dict[str, set[int]] = {name: set() for name in GROUPS}
    for group in groups:
        rows = [row for row in gains[group.key] if row.entry.train_count > 0 and math.isfinite(row.gain)]
        rows.sort(key=lambda row: row.inside_noise)  # the legend shows the first mark
        figure.add_trace(_gain_marks(rows, group.name, run_style(styles[group.key]), len(groups) <= MOST_WITH_WHISKERS))
        for row in rows:
            counts.setdefault(row.entry.group, set()).add(row.entry.train_count)
    theme.styled(figure, x_title=class_axis.TITLE, y_title="AP gained (points)", height=440)
    theme.rule(figure, y=0, width=1.5)
    return class_axis.mark_borders(class_axis.along_counts(figure), counts)


def _gain_marks(rows: Sequence[ClassGain], name: str, look: Mapping[str, str], with_whiskers: bool) -> go.Scatter:
    values = [100 * row.gain for row in rows]
    symbols = [f"{look['symbol']}-open" if row.inside_noise else look["symbol"] for row in rows]
    return go.Scatter(
        x=[row.entry.train_count for row in rows],
        y=values,
        name=theme.plain(name),
        mode="markers",
        marker={"color": look["color"], "symbol": symbols, "size": 10, "line": _edge(look, 1.5)},
        error_y=whiskers(values, [_range(row) for row in rows], visible=with_whiskers, width=0, thickness=1),
        customdata=[[theme.plain(row.entry.label), row.entry.group, _within(row)] for row in rows],
        hovertemplate="<b>%{customdata[0]}</b> (%{customdata[1]})<br>%{y:+.1f} points of AP (%{customdata[2]})<br>"
        f"%{{x:,}} training images<extra>{theme.plain(name)}</extra>",
    )


def _edge(look: Mapping[str, str], width: float) -> dict[str, object]:
    return {"color": look["color"], "width": width}


def _range(row: ClassGain) -> tuple[float, float]:
    return row.low, row.high


def _within(row: ClassGain) -> str:
    if math.isnan(row.low):
        return "interval unknown"
    return f"{100 * row.low:+.1f} to {100 * row.high:+.1f}: {NOISE[row.inside_noise]}"


def class_gain_bars(gains: Sequence[ClassGain]) -> go.Figure:
    """Draw AP won (right) and lost (left) by every class of one group of runs, in points, rarest class on top.

    Args:
        gains: ``dbl_core.runs.class_ap.class_gains``; their intervals are drawn where there are any.
    """
    rows = sorted(gains, key=lambda row: (-row.entry.train_count, row.entry.label))
    figure = go.Figure()
    for name in GROUPS:
        members = [row for row in rows if row.entry.group == name]
        values = [100 * row.gain for row in members]
        known = any(math.isfinite(row.low) for row in members)
        figure.add_trace(
            go.Bar(
                y=[_tick(row) for row in members],
                x=values,
                name=name,
                orientation="h",
                marker={"color": theme.GROUP_COLORS[name], "pattern": pattern_of(name)},
                error_x=whiskers(values, [_range(row) for row in members], visible=known),
                customdata=np.array([[str(row.entry.test_positives), _within(row)] for row in members], dtype=object),
                hovertemplate="%{y}: %{x:+.1f} points (%{customdata[1]})<br>"
                "%{customdata[0]} positives in the test split<extra></extra>",
            )
        )
    height = max(320, 24 * len(rows) + 110)
    theme.styled(figure, x_title="AP gained (points)", y_title="class (training images)", height=height)
    theme.lay_axes(figure, "y", categoryorder="array", categoryarray=[_tick(row) for row in rows], dtick=1)
    return theme.rule(figure, x=0, width=1)


def _tick(row: ClassGain) -> str:
    return f"{theme.plain(row.entry.label)} ({row.entry.train_count:,})"
