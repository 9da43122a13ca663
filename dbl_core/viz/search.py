"""A search in pictures: what came out trial by trial, all settings at once, which of them matter, head against tail."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dbl_core.losses.positions import place_of
from dbl_core.metrics import REPORT_KEYS
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Dimension
from dbl_core.search.trials import Trial, Verdict
from dbl_core.viz import theme

HEIGHT = 400
BEST_COLOR = theme.RUN_COLORS[4]
CHOSEN = {"symbol": "circle-open", "size": 17, "color": theme.RUN_COLORS[5], "line": {"width": 3}}
LINES = ((0, "#9FB6C9"), (0.5, "#4A9AD4"), (1, "#D0407E"))
"""Colours of the lines of all settings, low to high mAP; each stands out on a light and on a dark page."""
_ABSENT = "not used"
_STAY = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}
_TICKS = 5


def history(trials: Sequence[Trial], key: str, names: Mapping[str, str], chosen: int | None = None) -> go.Figure:
    """Draw the mAP of every trial in their order and the best so far; markers carry the number of their trial.

    Args:
        trials: All trials; failed and interrupted ones are crosses at the bottom.
        key: Which mAP: total, head, medium or tail.
        names: Setting -> how it is written.
        chosen: Number of a trial to mark.
    """
    done = [trial for trial in trials if trial.has(key)]
    lost = [trial for trial in trials if trial.state in ("failed", "interrupted")]
    values = [100 * trial.mean(key) for trial in done]
    figure = go.Figure(_done(done, key, names) if done else None)
    if lost:
        floor = min(values, default=0) - 0.04 * max(max(values, default=1) - min(values, default=0), 1)
        figure.add_trace(
            _dots(lost, [trial.number for trial in lost], [floor] * len(lost), "failed or interrupted", names).update(
                marker={
                    "color": theme.NEUTRAL,
                    "symbol": "x-thin",
                    "size": 9,
                    "line": {"width": 2, "color": theme.NEUTRAL},
                }
            )
        )
    for trial in done:
        if trial.number == chosen:
            figure.add_trace(_mark(trial.number, 100 * trial.mean(key)))
    theme.styled(figure, x_title="trial", y_title=f"{key} mAP on the test split (%)", height=HEIGHT)
    last = max((trial.number for trial in trials), default=1)
    figure.update_xaxes(tick0=0, dtick=math.ceil(last / 12), range=[0.4, last + 0.6])  # whole trials only
    return figure.update_layout(clickmode="event+select")


def _done(trials: Sequence[Trial], key: str, names: Mapping[str, str]) -> list[go.Scatter]:
    """The trials that ended well, and the best of them so far."""
    numbers, values = [trial.number for trial in trials], [100 * trial.mean(key) for trial in trials]
    spread = [100 * trial.spread(key) for trial in trials]
    look = theme.group_look(key)
    symbol = "circle" if key == "total" else look["symbol"]  # the cross of totals means a failure here
    bars = {"type": "data", "array": spread, "color": look["color"], "thickness": 1, "width": 3}
    dots = _dots(trials, numbers, values, f"{key} mAP", names).update(
        marker={"color": look["color"], "symbol": symbol, "size": 9},
        error_y=bars if any(map(math.isfinite, spread)) else None,
    )
    line = {"color": BEST_COLOR, "width": 2, "shape": "hv"}
    best = np.maximum.accumulate(values)
    return [dots, go.Scatter(x=numbers, y=best, name="best so far", mode="lines", line=line, hoverinfo="skip")]


def head_against_tail(found: Verdict, names: Mapping[str, str], chosen: int | None = None) -> go.Figure:
    """Draw tail against head mAP of the finished trials, and the front; markers carry the number of their trial."""
    usable = [trial for trial in found.finished if trial.has("head") and trial.has("tail")]
    beaten = [trial for trial in usable if trial not in found.front]
    grey = {"marker": {"color": theme.NEUTRAL, "symbol": "circle", "size": 8}, "mode": "markers"}
    strong = {"marker": {"color": BEST_COLOR, "symbol": "diamond", "size": 11}, "mode": "lines+markers"}
    strong["line"] = {"color": BEST_COLOR, "width": 2, "shape": "vh"}
    figure = go.Figure()
    for title, part, look in (("beaten trials", beaten, grey), ("Pareto front", found.front, strong)):
        head, tail = ([100 * trial.mean(key) for trial in part] for key in ("head", "tail"))
        figure.add_trace(_dots(part, head, tail, title, names).update(**look))
    for trial in usable:
        if trial.number == chosen:
            figure.add_trace(_mark(100 * trial.mean("head"), 100 * trial.mean("tail")))
    theme.styled(figure, x_title="head mAP (%)", y_title="tail mAP (%)", height=HEIGHT)
    return figure.update_layout(clickmode="event+select")


def _dots(
    trials: Sequence[Trial], x: Sequence[float], y: Sequence[float], name: str, names: Mapping[str, str]
) -> go.Scatter:
    return go.Scatter(
        x=list(x),
        y=list(y),
        name=name,
        mode="markers",
        customdata=np.array([trial.number for trial in trials], dtype=np.int32),
        text=[_hover(trial, names) for trial in trials],
        hovertemplate="%{text}<extra></extra>",
        **_STAY,
    )


def _mark(x: float, y: float) -> go.Scatter:
    return go.Scatter(x=[x], y=[y], name="chosen", mode="markers", marker=CHOSEN, hoverinfo="skip", cliponaxis=False)


def _hover(trial: Trial, names: Mapping[str, str]) -> str:
    lines = [f"trial {trial.number}"]
    for setting, value in trial.settings.items():
        shown = f"{value:.5g}" if isinstance(value, float) else value
        lines.append(theme.plain(f"{names.get(setting, setting)} {shown}"))
    for key in REPORT_KEYS if trial.state == "complete" else ():
        mean, spread = trial.mean(key), trial.spread(key)
        apart = f" ± {100 * spread:.1f}" if math.isfinite(spread) else ""
        lines.append(f"{key} {100 * mean:.1f}{apart} %" if math.isfinite(mean) else f"{key} unknown")
    if trial.message:
        lines.append(theme.plain(trial.message[:120]))
    return "<br>".join(lines)


def all_settings(found: Verdict, search: SearchConfig, key: str, names: Mapping[str, str]) -> go.Figure:
    """Draw every finished trial as a line over all settings (parallel coordinates), coloured by a mAP.

    A stretch of an axis can be chosen by dragging along it. A setting that a trial's loss does not have stands at
    "not used" below the axis.
    """
    usable = [trial for trial in found.finished if trial.has(key)]
    values = np.array([100 * trial.mean(key) for trial in usable], dtype=np.float64)
    axes = [_axis(dimension, usable, names) for dimension in search.ordered_space]
    axes.append({"label": f"{key} mAP (%)", "values": values, "tickformat": ".1f"})
    figure = go.Figure(
        go.Parcoords(
            dimensions=axes,
            line={"color": values, "colorscale": [list(step) for step in LINES]},
            labelangle=-18 if len(axes) > 4 else 0,
            labelside="top",
            unselected={"line": {"color": theme.NEUTRAL, "opacity": 0.12}},
        )
    )
    theme.styled(figure, x_title="", y_title="", height=HEIGHT, legend=False, margins=(64, 64, 72, 24))
    for number in range(len(axes)):  # plotly's own axes are black, which a dark page hides
        x = number / (len(axes) - 1)
        line = {"color": theme.NEUTRAL, "width": 1}
        figure.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, xref="paper", yref="paper", line=line, layer="below")
    return figure.update_layout(uirevision=search.model_dump_json(), font={"size": 12})


def _axis(dimension: Dimension, trials: Sequence[Trial], names: Mapping[str, str]) -> dict[str, object]:
    label = names.get(dimension.setting, dimension.setting)
    places = [_place(dimension, trial.settings.get(dimension.setting)) for trial in trials]
    if dimension.choices:
        ticks, texts = list(range(len(dimension.choices))), list(dimension.choices)
    else:
        ends = [place_of(end, dimension.scale) for end in (dimension.low, dimension.high)]
        ticks = np.linspace(*sorted(ends), _TICKS).tolist()
        texts = [_written(dimension, tick) for tick in ticks]
    low, high = ticks[0], ticks[-1]
    if None in places:
        low -= 0.2 * (high - low)
        ticks, texts = [low, *ticks], [_ABSENT, *texts]
    return {
        "label": label,
        "values": [low if place is None else place for place in places],
        "tickvals": ticks,
        "ticktext": texts,
        "range": [low, high],
    }


def _place(dimension: Dimension, value: float | str | None) -> float | None:
    """Where a value stands on its axis; None for a setting that the trial does not have."""
    if value is None:
        return None
    if dimension.choices:
        return float(dimension.choices.index(value)) if value in dimension.choices else None
    return place_of(float(value), dimension.scale)


def _written(dimension: Dimension, place: float) -> str:
    if dimension.scale == "log":
        return f"{10**place:.3g}"
    return f"{1 - 10**-place:.7g}" if dimension.scale == "log1m" else f"{place:.3g}"


def importance(shares: Mapping[str, Mapping[str, float]], names: Mapping[str, str]) -> go.Figure:
    """Draw how much each setting decides whether a trial is among the best.

    Args:
        shares: mAP (total, head, ...) -> setting -> share.
        names: Setting -> how it is written.
    """
    totals: dict[str, float] = {}
    for of_one in shares.values():
        for setting, share in of_one.items():
            totals[setting] = totals.get(setting, 0) + share
    settings = sorted(totals, key=totals.get)
    figure = go.Figure()
    for key, of_one in shares.items():
        look = theme.group_look(key)
        figure.add_trace(
            go.Bar(
                y=[theme.plain(names.get(setting, setting)) for setting in settings],
                x=[100 * of_one.get(setting, 0) for setting in settings],
                orientation="h",
                name=f"{key} mAP",
                marker={"color": look["color"], "pattern": {"shape": theme.GROUP_PATTERNS.get(key, "")}},
                hovertemplate=f"%{{y}}: %{{x:.0f}} % for {key}<extra></extra>",
            )
        )
    height = 120 + 34 * max(len(settings), 2) * max(len(shares), 1)
    theme.styled(figure, x_title="share of the importance (%)", y_title="", height=height, legend=len(shares) > 1)
    return figure.update_xaxes(rangemode="tozero")
