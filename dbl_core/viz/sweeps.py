"""The answers of many heads at once: along one option, over two, and head against tail."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dbl_core.config import RunConfig
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.sweeps import Axis, Sweep
from dbl_core.viz import theme

HEIGHT = 460
SURFACE = ((0, "#DCE9F4"), (0.25, "#A5CBE6"), (0.5, "#5B9FD0"), (0.75, "#1F6CAB"), (1, "#07365C"))
"""Colours of a surface, low to high; each has a number upon it, so the eye need not tell neighbours apart."""
FRONT_COLOR = theme.RUN_COLORS[4]
_BEST = {"symbol": "star", "size": 16, "color": "#FFD23F", "line": {"color": "#1B2430", "width": 1.5}}
_CURRENT = {"symbol": "square-open", "size": 17, "color": theme.RUN_COLORS[5], "line": {"width": 3}}


def sweep_lines(sweep: Sweep, key: str, current: RunConfig) -> go.Figure:
    """Draw mAP of total and groups along one option; markers carry the number of their point as customdata.

    Args:
        sweep: A sweep of one axis.
        key: The group that is looked for; its line is strong, its best point marked.
        current: The setting of the form, whose place is marked.
    """
    (axis,) = sweep.axes
    figure = go.Figure()
    for name in REPORT_KEYS:
        values = 100 * sweep.grid(name)[0]
        if np.isfinite(values).any():
            figure.add_trace(_group_line(sweep, name, values, strong=name == key))
    best = sweep.best(key)
    if best is not None:
        figure.add_trace(_mark("best", axis.places[best], 100 * float(sweep.grid(key)[0][best]), _BEST))
    theme.styled(figure, x_title=_axis_title(axis), y_title="mAP on the test split (%)", height=HEIGHT)
    place = axis.place(axis.value_of(current))
    if math.isfinite(place):
        line = {"color": theme.RUN_COLORS[5], "width": 2, "dash": "dash"}
        figure.add_vline(x=place, line=line, annotation={"text": "the form", "font": {"size": 12}})
    _value_ticks(figure.update_xaxes, axis)
    return figure.update_layout(clickmode="event+select")


def _group_line(sweep: Sweep, name: str, values: np.ndarray, *, strong: bool) -> go.Scatter:
    (axis,) = sweep.axes
    color = theme.GROUP_COLORS.get(name, theme.NEUTRAL)
    spread = _spread(sweep, name)
    return go.Scatter(
        x=axis.places,
        y=values,
        name=name,
        mode="lines+markers",
        opacity=1 if strong else 0.6,
        line={"color": color, "dash": theme.GROUP_DASHES.get(name, "longdash"), "width": 3.5 if strong else 2},
        marker={"color": color, "symbol": theme.GROUP_SYMBOLS.get(name, "x"), "size": 9 if strong else 7},
        error_y={"type": "data", "array": spread, "color": color, "thickness": 1, "width": 3}
        if sweep.n_seeds > 1
        else None,
        customdata=np.arange(len(values)),
        text=[_numbers(sweep, point) for point in range(len(values))],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _spread(sweep: Sweep, name: str) -> list[float]:
    if sweep.n_seeds < 2:
        return []
    return (100 * sweep.maps[:, :, REPORT_KEYS.index(name)].std(axis=1, ddof=1)).tolist()


def sweep_surface(sweep: Sweep, key: str, current: RunConfig) -> go.Figure:
    """Draw the mAP of one group over two options; transparent markers over the cells carry the point as customdata.

    Args:
        sweep: A sweep of two axes, the first from left to right.
        key: The group.
        current: The setting of the form; marked where it lies inside.
    """
    across, up = sweep.axes
    values = 100 * sweep.grid(key)
    figure = go.Figure(
        go.Heatmap(
            z=values.astype(np.float32),
            x=list(range(len(across.values))),
            y=list(range(len(up.values))),
            colorscale=SURFACE,
            showscale=False,
            hoverinfo="skip",
            xgap=1,
            ygap=1,
            texttemplate="%{z:.1f}",
            textfont={"size": 12},
        )
    )
    figure.add_trace(_cell_marks(sweep))
    best = sweep.best(key)
    if best is not None:
        row, column = divmod(best, len(across.values))
        figure.add_trace(_mark("best", column + 0.32, row + 0.3, {**_BEST, "size": 13}))
    spot = [_index_of(axis, axis.value_of(current)) for axis in sweep.axes]
    if None not in spot:
        figure.add_trace(_mark("the form", spot[0] - 0.32, spot[1] + 0.3, {**_CURRENT, "size": 11}))
    theme.styled(figure, x_title=_axis_title(across), y_title=_axis_title(up), height=HEIGHT)
    for update, axis in ((figure.update_xaxes, across), (figure.update_yaxes, up)):
        ends = [-0.5, len(axis.values) - 0.5]
        ticks = list(range(len(axis.values)))
        update(range=ends, showgrid=False, tickvals=ticks, ticktext=[f"{value:.4g}" for value in axis.values])
    return figure.update_layout(clickmode="event+select")


def _cell_marks(sweep: Sweep) -> go.Scatter:
    n_columns = len(sweep.axes[0].values)
    points = np.arange(len(sweep.maps))
    return go.Scatter(
        x=points % n_columns,
        y=points // n_columns,
        mode="markers",
        marker={"size": max(18, 320 // n_columns), "symbol": "square", "opacity": 0, "color": theme.NEUTRAL},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=points,
        text=[_numbers(sweep, int(point)) for point in points],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def head_against_tail(sweep: Sweep, key: str, current: RunConfig) -> go.Figure:
    """Draw tail against head mAP of every point, and the Pareto front; markers carry the point as customdata."""
    means = 100 * sweep.means
    head, tail = (means[:, REPORT_KEYS.index(name)] for name in ("head", "tail"))
    front = sweep.front()
    beaten = [point for point in range(len(head)) if point not in front]
    grey = {"marker": {"color": theme.NEUTRAL, "symbol": "circle", "size": 8}, "mode": "markers"}
    strong = {"marker": {"color": FRONT_COLOR, "symbol": "diamond", "size": 11}, "mode": "lines+markers"}
    strong["line"] = {"color": FRONT_COLOR, "width": 2, "shape": "vh"}
    figure = go.Figure()
    for name, points, look in (("beaten settings", beaten, grey), ("Pareto front", front, strong)):
        figure.add_trace(_settings(sweep, points, (head[points], tail[points]), name).update(**look))
    marks = (("best", sweep.best(key), _BEST), ("the form", _point_of(sweep, current), _CURRENT))
    for name, point, look in marks:
        if point is not None and math.isfinite(head[point] + tail[point]):
            figure.add_trace(_mark(name, head[point], tail[point], look))
    theme.styled(figure, x_title="head mAP (%)", y_title="tail mAP (%)", height=HEIGHT)
    return figure.update_layout(clickmode="event+select")


def _settings(sweep: Sweep, points: Sequence[int], values: tuple[np.ndarray, np.ndarray], name: str) -> go.Scatter:
    return go.Scatter(
        x=values[0],
        y=values[1],
        name=name,
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=np.asarray(points),
        text=[_numbers(sweep, point) for point in points],
        hovertemplate="%{text}<extra></extra>",
    )


def _mark(name: str, x: float, y: float, look: dict[str, object]) -> go.Scatter:
    return go.Scatter(x=[x], y=[y], name=name, mode="markers", marker=look, hoverinfo="skip", cliponaxis=False)


def _numbers(sweep: Sweep, point: int) -> str:
    """All numbers of a point, for hovering."""
    values = zip(sweep.axes, sweep.coordinates(point), strict=True)
    lines = [", ".join(f"{theme.plain(axis.title)} {value:.4g}" for axis, value in values)]
    for key, mean in zip(REPORT_KEYS, sweep.means[point], strict=True):
        lines.append(f"{key} {100 * mean:.1f} %" if math.isfinite(mean) else f"{key} unknown")
    if not np.isfinite(sweep.maps[point, :, 0]).all():
        lines.append("diverged: the learning rate is too large here")
    return "<br>".join(lines)


def _index_of(axis: Axis, value: float) -> float | None:
    """Where a value lies among those of an axis, counted in steps; None outside."""
    place = axis.place(value)
    if not (math.isfinite(place) and axis.places[0] <= place <= axis.places[-1]):
        return None
    return float(np.interp(place, axis.places, range(len(axis.places))))


def _point_of(sweep: Sweep, config: RunConfig) -> int | None:
    """The point with exactly the values of a setting, None where there is none."""
    wanted = tuple(axis.value_of(config) for axis in sweep.axes)
    same = [point for point in range(len(sweep.maps)) if np.allclose(sweep.coordinates(point), wanted, rtol=1e-9)]
    return same[0] if same else None


def _axis_title(axis: Axis) -> str:
    return f"{theme.plain(axis.title)}{' (log)' if axis.scale == 'log' else ''}"


def _value_ticks(update: object, axis: Axis) -> None:
    update(tickvals=axis.places, ticktext=[f"{value:.6g}" for value in axis.values], zeroline=False)
