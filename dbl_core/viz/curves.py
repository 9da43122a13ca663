"""Epoch by epoch: losses, mAP and loss weights of one run, or of several side by side."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.outcome import SIGNS, Epoch
from dbl_core.viz import theme
from dbl_core.viz.run_looks import run_style

QUANTITIES = {"weights": "mean weight", "gradients": "gradient (%)"}
"""What :func:`weight_curves` can show: field of an epoch -> title of its axis."""
LOSS_FIELDS = {"train_loss": "training", "test_loss": "test"}
HEIGHT = 320
MOST_MARKED = 30
"""Up to so many epochs each has a marker; more would run into each other and hide the dashes."""
_NAN = float("nan")


@dataclass(frozen=True)
class Curve:
    """One run in a figure of several.

    Attributes:
        name: What the legend says; runs of one name share one entry.
        epochs: Its epochs.
        style: Place for ``run_looks.run_style``.
        seed: Training seed, shown on hovering.
    """

    name: str
    epochs: Sequence[Epoch]
    style: int
    seed: int | None = None


def loss_curves(epochs: Sequence[Epoch], *, style: int, until: int = 0) -> go.Figure:
    """Training (solid, filled) and test loss (dashed, open) of one run against the epoch, in the colour of the run.

    Args:
        epochs: The epochs.
        style: Place of the run for ``run_looks.run_style``.
        until: The epoch to which the axis reaches at least, so that a run at work grows into its place.
    """
    figure, look = go.Figure(), run_style(style)
    for (field, name), dash, end in zip(LOSS_FIELDS.items(), ("solid", "dash"), ("", "-open"), strict=True):
        values = [getattr(epoch, field) for epoch in epochs]
        symbol = f"{look['symbol']}{end}"
        figure.add_trace(_line(epochs, values, name, color=look["color"], dash=dash, symbol=symbol))
    return _from_zero(figure, "loss (mean over cells)", epochs, until)


def map_curves(epochs: Sequence[Epoch], *, until: int = 0) -> go.Figure:
    """Draw mAP of total, head, medium and tail of one run against the epoch, in percent; ``until`` as for losses."""
    figure = go.Figure()
    for key in REPORT_KEYS:
        look = theme.group_look(key)
        figure.add_trace(_line(epochs, _percent(epoch.map.get(key, _NAN) for epoch in epochs), key, **look))
    return _from_zero(figure, "mAP on the test split (%)", epochs, until)


def weight_curves(epochs: Sequence[Epoch], sign: str, quantity: str = "weights", *, until: int = 0) -> go.Figure:
    """Draw what the loss does with the positive or the negative training cells of one run, a line a group.

    Args:
        epochs: The epochs.
        sign: ``positive`` or ``negative``.
        quantity: A key of ``QUANTITIES``: the mean weight of a cell, or the share of the total absolute gradient.
        until: The epoch to which the axis reaches at least, so that a run at work grows into its place.

    Raises:
        ValueError: For an unknown sign or quantity.
    """
    _check(sign=(sign, SIGNS), quantity=(quantity, QUANTITIES))
    figure = go.Figure()
    for group in GROUPS:
        values = [_cell(epoch, quantity, sign, group) for epoch in epochs]
        figure.add_trace(_line(epochs, values, group, **theme.group_look(group)))
    return _from_zero(figure, f"{sign}s: {QUANTITIES[quantity]}", epochs, until)


def compare_map_curves(
    curves: Sequence[Curve], key: str = "total", baseline: Sequence[Sequence[Epoch]] | None = None
) -> go.Figure:
    """Draw the mAP of total, head, medium or tail of several runs against the epoch.

    Args:
        curves: The runs.
        key: Which mAP.
        baseline: The epochs of every seed of the baseline. With it the difference to their mean at the same epoch is
            drawn, in points, as far as all of them go; without it mAP in percent.

    Raises:
        ValueError: For an unknown key.
    """
    _check(group=(key, REPORT_KEYS))
    if baseline is None:
        figure = _compared(curves, lambda epoch: 100 * epoch.map.get(key, _NAN))
        return _from_zero(figure, f"{key} mAP (%)", _longest(curves))
    means = _means(baseline, key)
    figure = _compared(curves, lambda epoch: 100 * (epoch.map.get(key, _NAN) - means.get(epoch.epoch, _NAN)))
    theme.styled(figure, x_title="epoch", y_title=f"{key} mAP gained (points)", height=HEIGHT)
    theme.rule(figure, y=0, width=1)
    return _epoch_axis(figure, _longest(curves))


def _means(runs: Sequence[Sequence[Epoch]], key: str) -> dict[int, float]:
    """Mean mAP of several runs at every epoch that all of them have."""
    by_epoch = [{epoch.epoch: epoch.map.get(key, _NAN) for epoch in epochs} for epochs in runs]
    shared = set.intersection(*map(set, by_epoch)) if by_epoch else set()
    return {number: statistics.fmean(values[number] for values in by_epoch) for number in shared}


def compare_loss_curves(curves: Sequence[Curve], field: str = "train_loss") -> go.Figure:
    """Draw the training or test loss of several runs; heights of different formulas are not comparable.

    Raises:
        ValueError: For another field than ``train_loss`` and ``test_loss``.
    """
    _check(field=(field, LOSS_FIELDS))
    figure = _compared(curves, lambda epoch: getattr(epoch, field))
    theme.styled(figure, x_title="epoch", y_title=f"{LOSS_FIELDS[field]} loss (log)", height=HEIGHT)
    theme.lay_axes(figure, "y", type="log", exponentformat="power", minor={"ticks": "outside"})
    return _epoch_axis(figure, _longest(curves))


def compare_weight_curves(curves: Sequence[Curve], group: str, sign: str, quantity: str = "weights") -> go.Figure:
    """Draw what the losses of several runs do with the positive or negative cells of one group.

    Raises:
        ValueError: For an unknown group, sign or quantity.
    """
    _check(group=(group, GROUPS), sign=(sign, SIGNS), quantity=(quantity, QUANTITIES))
    figure = _compared(curves, lambda epoch: _cell(epoch, quantity, sign, group))
    return _from_zero(figure, f"{group} {sign}s: {QUANTITIES[quantity]}", _longest(curves))


def _compared(curves: Sequence[Curve], value: Callable[[Epoch], float]) -> go.Figure:
    """A line a run; runs of one name share colour and one entry of the legend."""
    lines: list[dict[str, Any]] = []
    named: set[str] = set()
    for curve in curves:
        values = [value(epoch) for epoch in curve.epochs]
        line = _line(curve.epochs, values, curve.name, seed=curve.seed, **run_style(curve.style))
        lines.append({**line, "showlegend": curve.name not in named, "legendgroup": curve.name})
        named.add(curve.name)
    return go.Figure(lines)


def _line(
    epochs: Sequence[Epoch], values: Sequence[float], name: str, *, seed: int | None = None, **look: str
) -> dict[str, Any]:
    """A line as plotly describes it: arrays and a plain mapping, so that many lines are checked only once."""
    label = theme.plain(name if seed is None else f"{name}, seed {seed}")
    return {
        "type": "scatter",
        "x": np.array([epoch.epoch for epoch in epochs]),
        "y": np.array(values, dtype=float),
        "name": theme.plain(name),
        "mode": "lines+markers" if len(epochs) <= MOST_MARKED else "lines",
        "line": {"color": look["color"], "dash": look["dash"], "width": 2},
        "marker": {"color": look["color"], "symbol": look.get("symbol", "circle"), "size": 7},
        "cliponaxis": False,
        "hovertemplate": f"{label}<br>epoch %{{x}}: %{{y:.4g}}<extra></extra>",
    }


def _cell(epoch: Epoch, quantity: str, sign: str, group: str) -> float:
    value = getattr(epoch, quantity).get(sign, {}).get(group, _NAN)
    return 100 * value if quantity == "gradients" else value


def _from_zero(figure: go.Figure, y_title: str, epochs: Sequence[Epoch], until: int = 0) -> go.Figure:
    theme.styled(figure, x_title="epoch", y_title=y_title, height=HEIGHT)
    theme.lay_axes(figure, "y", rangemode="tozero")
    return _epoch_axis(figure, epochs, until)


def _epoch_axis(figure: go.Figure, epochs: Sequence[Epoch], until: int = 0) -> go.Figure:
    """Whole epochs on the x axis, with room for the first and the last marker."""
    last = max(until, max((epoch.epoch for epoch in epochs), default=1))
    theme.lay_axes(figure, "x", range=[0.7, max(last, 2) + 0.3], tickformat="d", dtick=1 if last <= 12 else None)
    return figure


def _longest(curves: Sequence[Curve]) -> Sequence[Epoch]:
    return max((curve.epochs for curve in curves), key=len, default=())


def _percent(values: Iterable[float]) -> list[float]:
    return [100 * value for value in values]


def _check(**choices: tuple[str, Iterable[str]]) -> None:
    for what, (value, allowed) in choices.items():
        if value not in allowed:
            raise ValueError(f"unknown {what} {value!r}; choose one of {', '.join(allowed)}")
