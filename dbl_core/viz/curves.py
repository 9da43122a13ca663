"""Epoch by epoch: losses, mAP and loss weights of one run, or of several side by side."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.outcome import SIGNS, Epoch
from dbl_core.viz import theme

QUANTITIES = {
    "weights": "mean loss weight (1 = plain BCE)",
    "gradients": "share of the gradient (%)",
}
"""What :func:`weight_curves` can show: field of an epoch -> title of its axis."""
_NAN = float("nan")


@dataclass(frozen=True)
class Curve:
    """One run in a figure of several.

    Attributes:
        name: What the legend says; runs of one name share one entry.
        epochs: Its epochs.
        style: Index for ``theme.run_style``, see :func:`run_styles`.
        seed: Training seed, shown on hovering.
    """

    name: str
    epochs: Sequence[Epoch]
    style: int
    seed: int | None = None


def run_styles(keys: Iterable[str]) -> dict[str, int]:
    """Give every key an index for ``theme.run_style`` that is the same on every page and differs within one figure.

    The index follows from the key itself. Where two keys of one figure would share a colour, the one that comes later
    in alphabetical order takes the next free colour; beyond the last colour they repeat with another dash.
    """
    n_colors = len(theme.RUN_COLORS)
    styles: dict[str, int] = {}
    for key in sorted(set(keys)):
        start, lap = zlib.crc32(key.encode()) % n_colors, len(styles) // n_colors * n_colors
        slots = ((start + step) % n_colors + lap for step in range(n_colors))
        taken = set(styles.values())
        styles[key] = next(slot for slot in slots if slot not in taken)
    return styles


def loss_curves(epochs: Sequence[Epoch]) -> go.Figure:
    """Training and test loss of one run against the epoch."""
    figure = go.Figure()
    for name, field, dash in (("training", "train_loss", "solid"), ("test", "test_loss", "dash")):
        values = [getattr(epoch, field) for epoch in epochs]
        figure.add_trace(_line(epochs, values, name, color=theme.RUN_COLORS[0 if dash == "solid" else 4], dash=dash))
    return _epoch_axes(theme.styled(figure, x_title="epoch", y_title="loss (mean over cells)", height=320), epochs)


def map_curves(epochs: Sequence[Epoch]) -> go.Figure:
    """Draw mAP of total, head, medium and tail of one run against the epoch, in percent."""
    figure = go.Figure()
    for key in REPORT_KEYS:
        look = _group_look(key)
        figure.add_trace(_line(epochs, _percent(epoch.map.get(key, _NAN) for epoch in epochs), key, **look))
    figure = theme.styled(figure, x_title="epoch", y_title="mAP on the test split (%)", height=320)
    figure.update_yaxes(rangemode="tozero")
    return _epoch_axes(figure, epochs)


def weight_curves(epochs: Sequence[Epoch], quantity: str = "weights") -> go.Figure:
    """What the loss does with the training cells of one run: positives left, negatives right, a line a group.

    Args:
        epochs: The epochs.
        quantity: A key of ``QUANTITIES``: the mean weight of a cell, or the share of the total absolute gradient.

    Raises:
        ValueError: For an unknown quantity.
    """
    _check(quantity)
    figure = make_subplots(cols=2, shared_xaxes=False, horizontal_spacing=0.12)
    for col, sign in enumerate(SIGNS, start=1):
        for group in GROUPS:
            values = [_cell(epoch, quantity, sign, group) for epoch in epochs]
            line = _line(epochs, values, group, **_group_look(group))
            figure.add_trace(line.update(showlegend=col == 1, legendgroup=group), row=1, col=col)
    return _sign_axes(figure, quantity, epochs, height=320)


def compare_map_curves(curves: Sequence[Curve]) -> go.Figure:
    """Draw mAP of several runs against the epoch: one panel each for total, head, medium and tail."""
    figure = make_subplots(rows=2, cols=2, shared_yaxes=True, vertical_spacing=0.14, horizontal_spacing=0.06)
    places = [(1, 1), (1, 2), (2, 1), (2, 2)]
    for (row, col), key in zip(places, REPORT_KEYS, strict=True):
        _add_runs(figure, curves, lambda epoch, key=key: 100 * epoch.map.get(key, _NAN), (row, col))
    theme.styled(figure, x_title="epoch", y_title="", height=560)
    for (row, col), key in zip(places, REPORT_KEYS, strict=True):
        figure.update_yaxes(title_text=f"{key} mAP (%)", rangemode="tozero", row=row, col=col)
    return _epoch_axes(figure, _longest(curves))


def compare_loss_curves(curves: Sequence[Curve]) -> go.Figure:
    """Training (left) and test loss (right) of several runs; heights of different formulas are not comparable."""
    figure = make_subplots(cols=2, horizontal_spacing=0.12)
    for col, field in ((1, "train_loss"), (2, "test_loss")):
        _add_runs(figure, curves, lambda epoch, field=field: getattr(epoch, field), (1, col))
    theme.styled(figure, x_title="epoch", y_title="training loss (log)", height=340)
    figure.update_yaxes(type="log", exponentformat="power", minor={"ticks": "outside"})
    figure.update_yaxes(title_text="test loss (log)", col=2)
    return _epoch_axes(figure, _longest(curves))


def compare_weight_curves(curves: Sequence[Curve], group: str, quantity: str = "weights") -> go.Figure:
    """What the losses of several runs do with the cells of one group: positives left, negatives right.

    Raises:
        ValueError: For an unknown group or quantity.
    """
    _check(quantity)
    if group not in GROUPS:
        raise ValueError(f"unknown group {group!r}; choose one of {', '.join(GROUPS)}")
    figure = make_subplots(cols=2, horizontal_spacing=0.12)
    for col, sign in enumerate(SIGNS, start=1):
        _add_runs(figure, curves, lambda epoch, sign=sign: _cell(epoch, quantity, sign, group), (1, col))
    return _sign_axes(figure, quantity, _longest(curves), height=340)


def _add_runs(
    figure: go.Figure, curves: Sequence[Curve], value: Callable[[Epoch], float], place: tuple[int, int]
) -> None:
    """Add one panel: a line a run; the legend is filled by the first panel only, once for each name."""
    named: set[str] = set()
    for curve in curves:
        style = theme.run_style(curve.style)
        line = _line(curve.epochs, [value(epoch) for epoch in curve.epochs], curve.name, seed=curve.seed, **style)
        line.update(showlegend=place == (1, 1) and curve.name not in named, legendgroup=curve.name)
        named.add(curve.name)
        figure.add_trace(line, row=place[0], col=place[1])


def _line(
    epochs: Sequence[Epoch], values: Sequence[float], name: str, *, seed: int | None = None, **look: str
) -> go.Scatter:
    label = theme.plain(name if seed is None else f"{name}, seed {seed}")
    return go.Scatter(
        x=[epoch.epoch for epoch in epochs],
        y=list(values),
        name=theme.plain(name),
        mode="lines+markers",
        line={"color": look["color"], "dash": look["dash"], "width": 2},
        marker={"color": look["color"], "symbol": look.get("symbol", "circle"), "size": 7 if len(epochs) <= 30 else 4},
        hovertemplate=f"{label}<br>epoch %{{x}}: %{{y:.4g}}<extra></extra>",
    )


def _group_look(key: str) -> Mapping[str, str]:
    if key == "total":
        return {"color": theme.NEUTRAL, "dash": "longdash", "symbol": "x"}
    return {"color": theme.GROUP_COLORS[key], "dash": theme.GROUP_DASHES[key], "symbol": theme.GROUP_SYMBOLS[key]}


def _cell(epoch: Epoch, quantity: str, sign: str, group: str) -> float:
    value = getattr(epoch, quantity).get(sign, {}).get(group, _NAN)
    return 100 * value if quantity == "gradients" else value


def _sign_axes(figure: go.Figure, quantity: str, epochs: Sequence[Epoch], *, height: int) -> go.Figure:
    title = QUANTITIES[quantity]
    theme.styled(figure, x_title="epoch", y_title="", height=height)
    for col, sign in enumerate(SIGNS, start=1):
        figure.update_yaxes(title_text=f"{sign}s: {title}", rangemode="tozero", col=col)
    return _epoch_axes(figure, epochs)


def _epoch_axes(figure: go.Figure, epochs: Sequence[Epoch]) -> go.Figure:
    """Whole epochs on the x axis, with room for the first and the last marker."""
    last = max((epoch.epoch for epoch in epochs), default=1)
    figure.update_xaxes(range=[0.7, max(last, 2) + 0.3], tickformat="d", dtick=1 if last <= 12 else None)
    return figure


def _longest(curves: Sequence[Curve]) -> Sequence[Epoch]:
    return max((curve.epochs for curve in curves), key=len, default=())


def _percent(values: Iterable[float]) -> list[float]:
    return [100 * value for value in values]


def _check(quantity: str) -> None:
    if quantity not in QUANTITIES:
        raise ValueError(f"unknown quantity {quantity!r}; choose one of {', '.join(QUANTITIES)}")
