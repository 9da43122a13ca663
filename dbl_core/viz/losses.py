"""Curves of losses against the logit.

The records come from ``dbl_core.losses.explore``. Colour is always the group. Of two losses the first is drawn strong
and the second pale; positives are solid and negatives dashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dbl_core.viz.labels import shortened
from dbl_core.viz.theme import GROUP_COLORS, GROUP_SYMBOLS, NEUTRAL, layout_of, plain, styled

SIDES = ("positive", "negative")
QUANTITIES = {
    "loss": ("Loss", "loss (nats)"),
    "gradient": ("Gradient", "gradient (nats)"),
    "factor": ("Weight", "weight × focal"),
}
"""What a curve can show: its name, and the title of its axis."""
FLOOR = 1e-4
"""A logarithmic axis shows at most this part of its largest value."""
WIDTHS = {"head": 5.0, "medium": 3.3, "tail": 2.0}
"""Width of a group's curves: those that coincide lie in each other like stripes."""
PALE = 0.38
"""Opacity of the second of two losses."""


@dataclass(frozen=True)
class CurveClass:
    """A class whose curves are drawn.

    Attributes:
        label: its column in the label matrix.
        name: its name.
        group: "head", "medium" or "tail".
        count: its training images.
    """

    label: int
    name: str
    group: str
    count: int


LEFT = 58
"""Pixels left of a figure of curves: room for the usual numbers, so that figures side by side are equally wide."""


def curves(
    answers: Mapping[str, Mapping[str, Any]],
    classes: Sequence[CurveClass],
    *,
    quantity: str = "loss",
    axis: str = "logit",
    log: bool = False,
    height: int = 430,
) -> go.Figure:
    """Draw one quantity of one or two losses for some classes, positives above, negatives below.

    Args:
        answers: for each loss its short title and what ``explore.loss_curves`` returned; the first is drawn strong.
            A record with "nu" (the shift of the logit in training) gets a mark there; one without the quantity, such
            as the weight of a loss that is no sum of cells, is left out.
        classes: the classes of those curves.
        quantity: key of :data:`QUANTITIES`.
        axis: "logit" or "probability" (p = sigmoid of the logit).
        log: logarithmic vertical axis, of the absolute values.
        height: height in pixels.

    Raises:
        ValueError: an unknown quantity or axis.
    """
    if quantity not in QUANTITIES or axis not in ("logit", "probability"):
        raise ValueError(
            f"quantity is {quantity!r} and axis {axis!r}; allowed: {', '.join(QUANTITIES)}, and logit or probability"
        )
    by_label = {chosen.label: chosen for chosen in classes}
    traces, marks = [], {side: [] for side in SIDES}
    for place, (title, answer) in reversed(list(enumerate(answers.items()))):
        axes = _Axes(np.asarray(answer["logits"], dtype=np.float64), axis, log)
        for record in answer["curves"]:
            if record[quantity] is None:  # no weight: the loss is no sum of cells
                continue
            chosen = by_label[record["label"]]
            traces.append(_line(record, chosen, axes, title, quantity=quantity, pale=place > 0))
            if not place and record.get("nu", 0.0):
                marks[record["side"]].append(_mark(record, chosen, axes, quantity))
    traces += [_marks(side, found) for side, found in marks.items() if found]
    traces += [_class_key(chosen) for chosen in classes]
    if len(answers) > 1:
        traces += [_loss_key(title, pale=place > 0) for place, title in enumerate(answers)]
    layout = dict(_layout(quantity, axis, height))
    for side, name in zip(SIDES, ("yaxis", "yaxis2"), strict=True):
        layout[name] = {**layout[name], **_limits(answers, quantity, side, log=log)}
    return go.Figure(data=traces, layout=layout)


@lru_cache(maxsize=32)
def _layout(quantity: str, axis: str, height: int) -> Mapping[str, Any]:
    """Return what does not depend on the curves; making it anew would take longer than all the rest of a redraw."""
    titles = [f"{side} cells" for side in SIDES]
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.08, subplot_titles=titles)
    styled(figure, x_title="", y_title=QUANTITIES[quantity][1], height=height, margins=(LEFT, 8, 64, 8))
    x_title = "logit z" if axis == "logit" else "probability p = σ(z)"
    figure.update_xaxes(title_text=x_title, row=2, col=1)
    figure.update_annotations(font_size=12)
    figure.update_layout(legend={"font": {"size": 11}, "y": 1.07, "itemclick": False, "itemdoubleclick": False})
    return layout_of(figure)


@dataclass(frozen=True)
class _Axes:
    """What the axes show: logits or their probabilities, and the values as they are or their sizes."""

    logits: np.ndarray
    axis: str
    log: bool

    def x(self, logits: np.ndarray) -> np.ndarray:
        return (_sigmoid(logits) if self.axis == "probability" else logits).astype(np.float32)

    def y(self, values: np.ndarray) -> np.ndarray:
        return (np.abs(values) if self.log else values).astype(np.float32)

    @property
    def hover(self) -> tuple[np.ndarray, str]:
        """What else is read off a point, and the words for both."""
        if self.axis == "probability":
            return self.logits.astype(np.float32), "z = %{customdata:.2f}, p = %{x:.3f}"
        return _sigmoid(self.logits).astype(np.float32), "z = %{x:.2f}, p = %{customdata:.3f}"


def _line(
    record: Mapping[str, Any], chosen: CurveClass, axes: _Axes, title: str, *, quantity: str, pale: bool
) -> dict[str, Any]:
    """Return the line of a record."""
    what = QUANTITIES[quantity][1].split(" (")[0]
    also, place = axes.hover
    return {
        **_panel(record["side"]),
        "name": plain(f"{title}, {chosen.name}, {record['side']}"),
        "x": axes.x(axes.logits),
        "y": axes.y(np.asarray(record[quantity])),
        "customdata": also,
        "mode": "lines",
        "opacity": PALE if pale else 1,
        "line": {
            "color": GROUP_COLORS[chosen.group],
            "width": WIDTHS[chosen.group] * (1.7 if pale else 1),
            "dash": "solid" if record["side"] == "positive" else "9px,6px",
        },
        "hovertemplate": f"{_described(chosen, record)}<br>{plain(title)}<br>{place}"
        f"<br>{'absolute ' if axes.log else ''}{what} %{{y:.4g}}<extra></extra>",
    }


def _mark(record: Mapping[str, Any], chosen: CurveClass, axes: _Axes, quantity: str) -> dict[str, Any]:
    """Return the mark at the shift of a record."""
    shift = record["nu"]
    value = np.interp(shift, axes.logits, record[quantity])
    return {
        "x": float(axes.x(np.array(shift))),
        "y": float(axes.y(np.array(value))),
        "color": GROUP_COLORS[chosen.group],
        "symbol": GROUP_SYMBOLS[chosen.group],
        "hovertemplate": f"{_described(chosen, record)}<br>starts at ν = {shift:.3f} in training<extra></extra>",
    }


def _marks(side: str, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the marks of a panel as one trace: a redraw takes as long as it has traces."""
    column = {key: [mark[key] for mark in found] for key in found[0]}
    look = {"size": 7, "color": column["color"], "symbol": column["symbol"], "line": {"width": 1, "color": "#FFFFFF"}}
    places = {key: column[key] for key in ("x", "y", "hovertemplate")}
    return {**_panel(side), **places, "mode": "markers", "marker": look}


def _panel(side: str) -> dict[str, Any]:
    """Return where a trace of a side belongs."""
    panel = "" if side == "positive" else "2"
    return {"type": "scatter", "xaxis": f"x{panel}", "yaxis": f"y{panel}", "showlegend": False}


def _described(chosen: CurveClass, record: Mapping[str, Any]) -> str:
    return f"<b>{plain(chosen.name)}</b>, {chosen.group}, {chosen.count:,} training images, {record['side']}"


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(logits / 2)) / 2


def _limits(answers: Mapping[str, Mapping[str, Any]], quantity: str, side: str, *, log: bool) -> dict[str, Any]:
    """Return the range of an axis; positives and negatives have the same length of it, so that they compare."""
    records = [record for answer in answers.values() for record in answer["curves"] if record[quantity] is not None]
    top = max((np.abs(record[quantity]).max() for record in records), default=1.0) or 1.0
    if log:
        return {"type": "log", "range": [np.log10(top * FLOOR), np.log10(top * 1.5)], "dtick": 1, "tickformat": "~g"}
    low, high = (-1.06, 0.06) if quantity == "gradient" and side == "positive" else (-0.06, 1.06)
    return {"range": [low * top, high * top], "nticks": 5}


def _class_key(chosen: CurveClass) -> dict[str, Any]:
    return _key(chosen.name, {"color": GROUP_COLORS[chosen.group], "width": 3}, 1)


def _loss_key(title: str, *, pale: bool) -> dict[str, Any]:
    return _key(title, {"color": NEUTRAL, "width": 5 if pale else 2.5}, PALE if pale else 1)


def _key(title: str, line: dict[str, Any], opacity: float) -> dict[str, Any]:
    """Return an entry of the legend without a curve."""
    key = {"type": "scatter", "x": [None], "y": [None], "mode": "lines", "hoverinfo": "skip"}
    return {**key, "line": line, "opacity": opacity, "name": shortened(plain(title))}
