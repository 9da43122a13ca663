"""A head that was retrained a moment ago, with the setting before it as a ghost and the pinned baseline as a mark."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.outcome import NO_RANGE, ClassResult, Epoch, Result
from dbl_core.viz import class_axis, theme
from dbl_core.viz.intervals import whiskers
from dbl_core.viz.labels import TEXT_LIMIT, pattern_of, shortened

GHOST = 0.32
"""Opacity of the setting before."""
BASELINE_COLOR = theme.RUN_COLORS[2]
HEIGHT = 340
LOWEST = -3.0
"""Bottom of an AP axis in percent: room for the marker of a class at 0."""


def map_bars(now: Result, before: Result | None = None, baseline: Result | None = None) -> go.Figure:
    """Draw mAP of total, head, medium and tail, with what it was before and in the baseline.

    Args:
        now: The head of the present setting; its intervals are drawn where it has any.
        before: The head of the setting before: broad pale bars behind.
        baseline: The pinned head: a line across each bar.
    """
    figure = go.Figure()
    if before is not None:
        figure.add_trace(_ghost_bars(before))
    figure.add_trace(_bars(now))
    if baseline is not None:
        figure.add_traces(_baseline_marks(baseline))
    theme.styled(figure, x_title="", y_title="mAP on the test split (%)", height=HEIGHT + 20)
    theme.lay_axes(figure, "x", tickvals=list(REPORT_KEYS), ticktext=[_tick(key, now, before) for key in REPORT_KEYS])
    theme.lay_axes(figure, "y", range=[0, _top(now, before, baseline)])
    return theme.lay(figure, barmode="overlay")


def _percent(result: Result, key: str) -> float:
    return 100 * result.map.get(key, math.nan)


def _colors() -> list[str]:
    return [theme.GROUP_COLORS.get(key, theme.NEUTRAL) for key in REPORT_KEYS]


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))


def _bars(now: Result) -> go.Bar:
    values = [_percent(now, key) for key in REPORT_KEYS]
    ranges = [now.intervals.get(key, NO_RANGE) for key in REPORT_KEYS]
    known = any(math.isfinite(low) for low, _ in ranges)
    pattern = [theme.GROUP_PATTERNS.get(key, "") for key in REPORT_KEYS]
    return go.Bar(
        x=REPORT_KEYS,
        y=values,
        name="this setting",
        width=0.5,
        marker={"color": _colors(), "pattern": {**pattern_of("head"), "shape": pattern}},
        error_y=whiskers(values, ranges, width=5, visible=known),
        customdata=[[100 * low, 100 * high] for low, high in ranges],
        hovertemplate="%{x} mAP %{y:.1f} %"
        + ("<br>%{customdata[0]:.1f} to %{customdata[1]:.1f} (95 % of resampled test images)" if known else "")
        + "<extra></extra>",
    )


def _ghost_bars(before: Result) -> go.Bar:
    return go.Bar(
        x=REPORT_KEYS,
        y=[_percent(before, key) for key in REPORT_KEYS],
        name="the setting before",
        width=0.84,
        marker={"color": [f"rgba{(*_rgb(color), GHOST)}" for color in _colors()]},
        hovertemplate="%{x} mAP %{y:.1f} % before<extra></extra>",
    )


def _baseline_marks(baseline: Result) -> list[go.Scatter]:
    """Return the lines, and broader white ones below them, so that they stand out from a bar of any colour."""
    values = {"x": REPORT_KEYS, "y": [_percent(baseline, key) for key in REPORT_KEYS], "mode": "markers"}
    edge, line = (
        {"symbol": "line-ew", "size": size, "line": {"color": color, "width": width}}
        for size, color, width in ((47, "#FFFFFF", 8), (44, BASELINE_COLOR, 4))
    )
    return [
        go.Scatter(**values, marker=edge, hoverinfo="skip", showlegend=False),
        go.Scatter(
            **values,
            name="baseline",
            marker=line,
            hovertemplate="%{x} mAP %{y:.1f} % of the baseline<extra></extra>",
        ),
    ]


def _tick(key: str, now: Result, before: Result | None) -> str:
    """Name a group and its number, so that it is read without hovering and nothing covers it."""
    value = _percent(now, key)
    lines = [key, f"<b>{value:.1f}</b>" if math.isfinite(value) else "no class"]
    if before is not None and math.isfinite(value - _percent(before, key)):
        lines.append(f"was {_percent(before, key):.1f}")
    return "<br>".join(lines)


def _top(*results: Result | None) -> float:
    """End the axis at the ten above the highest bar, so that it moves seldom between settings."""
    values = [_percent(result, key) for result in results if result is not None for key in REPORT_KEYS]
    values += [100 * high for result in results[:1] if result for _, high in result.intervals.values()]
    highest = max((value for value in values if math.isfinite(value)), default=0.0)
    return float(min(100, 10 * math.ceil((highest + 2) / 10)))


def class_points(now: Result, before: Result | None = None, baseline: Result | None = None) -> go.Figure:
    """Draw AP of every class against its training images (log axis), each joined with where it was before.

    Classes without a training image have no place on the axis, those without a test positive have no AP; both are left
    out. Up to ``TEXT_LIMIT`` classes carry their names, as far as there is room, rare ones first.

    Args:
        now: The head of the present setting.
        before: The head of the setting before: pale open markers, a line from each to where the class is now.
        baseline: The pinned head: short lines.
    """
    rows = [entry for entry in now.per_class if entry.train_count > 0 and math.isfinite(entry.ap)]
    rows.sort(key=lambda entry: (entry.train_count, entry.ap))
    figure = go.Figure()
    was, named = _by_label(before), len(rows) <= TEXT_LIMIT
    if before is not None:
        figure.add_trace(_moves(rows, was))
        figure.add_trace(_old_markers(rows, was, size=7 if named else 4))
    if baseline is not None:
        figure.add_trace(_baseline_ticks(rows, _by_label(baseline), size=13 if named else 6))
    known = [100 * ap for ap in [entry.ap for entry in rows] + list(was.values()) if ap == ap]
    highest = max(known, default=100.0)
    top = 106 if highest > 60 else highest * 1.15 + 2
    sides = _name_sides(rows, top) if named else {}
    for group in GROUPS:
        members = [entry for entry in rows if entry.group == group]
        if members:
            figure.add_trace(_markers(members, group, was, sides))
    theme.styled(figure, x_title=class_axis.TITLE, y_title="average precision (%)", height=440)
    return theme.lay_axes(class_axis.along_counts(figure), "y", range=[LOWEST, top])


def _by_label(result: Result | None) -> dict[str, float]:
    return {} if result is None else {entry.label: entry.ap for entry in result.per_class}


def _moves(rows: Sequence[ClassResult], was: dict[str, float]) -> go.Scatter:
    x, y = [], []
    for entry in rows:
        x += [entry.train_count, entry.train_count, None]
        y += [100 * was.get(entry.label, math.nan), 100 * entry.ap, None]
    return go.Scatter(
        x=x, y=y, mode="lines", line={"color": theme.NEUTRAL, "width": 1.5}, hoverinfo="skip", showlegend=False
    )


def _old_markers(rows: Sequence[ClassResult], was: dict[str, float], *, size: int) -> go.Scatter:
    return go.Scatter(
        x=[entry.train_count for entry in rows],
        y=[100 * was.get(entry.label, math.nan) for entry in rows],
        name="the setting before",
        mode="markers",
        marker={"symbol": "circle-open", "size": size, "color": theme.NEUTRAL, "line": {"width": 1.5}},
        hoverinfo="skip",
    )


def _baseline_ticks(rows: Sequence[ClassResult], base: dict[str, float], *, size: int) -> go.Scatter:
    return go.Scatter(
        x=[entry.train_count for entry in rows],
        y=[100 * base.get(entry.label, math.nan) for entry in rows],
        name="baseline",
        mode="markers",
        marker={"symbol": "line-ew", "size": size, "line": {"color": BASELINE_COLOR, "width": 3 if size > 10 else 2}},
        customdata=[theme.plain(shortened(entry.label)) for entry in rows],
        hovertemplate="%{customdata}: AP %{y:.1f} % of the baseline<extra></extra>",
    )


def _name_sides(rows: Sequence[ClassResult], top: float) -> dict[str, str]:
    """On which side of its marker each class has its name, in a plot whose AP axis ends at ``top`` percent."""
    heights = [(100 * entry.ap - LOWEST) / (top - LOWEST) for entry in rows]
    counts, names = [entry.train_count for entry in rows], [entry.label for entry in rows]
    places = class_axis.name_sides(counts, heights, names)
    return {entry.label: place for entry, place in zip(rows, places, strict=True)}


def _markers(members: Sequence[ClassResult], group: str, was: dict[str, float], sides: dict[str, str]) -> go.Scatter:
    named = bool(sides)
    names = [theme.plain(shortened(entry.label)) if sides.get(entry.label) else "" for entry in members]
    return go.Scatter(
        x=[entry.train_count for entry in members],
        y=[100 * entry.ap for entry in members],
        name=group,
        mode="markers+text" if named else "markers",
        text=names if named else None,
        textposition=[sides[entry.label] or "top center" for entry in members] if named else None,
        textfont={"size": 11},
        cliponaxis=False,
        marker={
            "color": theme.GROUP_COLORS[group],
            "symbol": theme.GROUP_SYMBOLS[group],
            "size": 10 if named else 7,
            "opacity": 0.95,
        },
        customdata=[_notes(entry, was) for entry in members],
        hovertemplate="<b>%{customdata[0]}</b><br>AP %{y:.1f} %%{customdata[1]}<br>%{x:,} training images, "
        f"%{{customdata[2]:,}} test positives<extra>{group}</extra>",
    )


def _notes(entry: ClassResult, was: dict[str, float]) -> list[object]:
    parts = []
    low, high = entry.interval
    if math.isfinite(low):
        parts.append(f", 95 % interval {100 * low:.0f} to {100 * high:.0f}")
    if math.isfinite(was.get(entry.label, math.nan)):
        parts.append(f", was {100 * was[entry.label]:.1f} %")
    return [theme.plain(shortened(entry.label)), "".join(parts), entry.test_positives]


def map_curve(curve: Sequence[Epoch], before: Sequence[Epoch] = ()) -> go.Figure:
    """Draw mAP of total, head, medium and tail against the step; the total of the setting before as a pale line."""
    figure = go.Figure()
    if before:
        figure.add_trace(_line(before, [100 * point.map.get("total", math.nan) for point in before], "total before"))
    for key in REPORT_KEYS:
        values = [100 * point.map.get(key, math.nan) for point in curve]
        if any(map(math.isfinite, values)):
            figure.add_trace(_line(curve, values, key, opacity=1, **_look(key)))
    return _step_axes(figure, "mAP on the test split (%)")


def loss_curve(curve: Sequence[Epoch], before: Sequence[Epoch] = ()) -> go.Figure:
    """Draw the training loss, and the test loss where it is known, against the step; the setting before pale."""
    figure = go.Figure()
    if before:
        figure.add_trace(_line(before, [point.train_loss for point in before], "training before"))
    fields = (("train_loss", "training", theme.RUN_COLORS[2]), ("test_loss", "test", theme.RUN_COLORS[4]))
    for field, name, color in fields:
        values = [getattr(point, field) for point in curve]
        if any(map(math.isfinite, values)):
            look = {"color": color, "dash": "solid" if field == "train_loss" else "dash", "width": 2}
            marker = {"color": color, "symbol": "circle" if field == "train_loss" else "square", "size": 6}
            figure.add_trace(_line(curve, values, name, opacity=1, line=look, marker=marker))
    return _step_axes(figure, "loss (mean over cells)")


def _line(curve: Sequence[Epoch], values: Sequence[float], name: str, **look: object) -> go.Scatter:
    """Return a line with markers; pale and grey unless its look is given."""
    pale = {
        "opacity": GHOST + 0.2,
        "line": {"color": theme.NEUTRAL, "width": 2},
        "marker": {"color": theme.NEUTRAL, "size": 6},
    }
    return go.Scatter(
        x=[point.step for point in curve],
        y=list(values),
        name=name,
        mode="lines+markers",
        hovertemplate=f"{name}<br>step %{{x:,}}: %{{y:.4g}}<extra></extra>",
        **{**pale, **look},
    )


def _look(key: str) -> dict[str, object]:
    look = theme.group_look(key)
    line = {"color": look["color"], "dash": look["dash"], "width": 2}
    return {"line": line, "marker": {"color": look["color"], "symbol": look["symbol"], "size": 7}}


def _step_axes(figure: go.Figure, y_title: str) -> go.Figure:
    theme.styled(figure, x_title="optimizer steps (count)", y_title=y_title, height=HEIGHT)
    theme.lay_axes(figure, "x", rangemode="tozero", tickformat=",d")
    return theme.lay_axes(figure, "y", rangemode="tozero")
