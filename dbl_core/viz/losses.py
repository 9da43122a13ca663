"""Curves of losses against the logit.

The records come from ``dbl_core.losses.explore``. Colour is always the group. Of two losses the first is drawn strong
and the second pale; positives are solid and negatives dashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dbl_core.viz.theme import GROUP_COLORS, GROUP_SYMBOLS, NEUTRAL, plain, styled

SIDES = ("positive", "negative")
QUANTITIES = {
    "loss": ("Loss", "loss (nats)"),
    "gradient": ("Gradient", "gradient (nats)"),
    "factor": ("Weight", "weight × focal"),
}
"""What a curve can show: its name, and the title of its axis."""
FLOOR = 1e-4
"""A logarithmic axis shows at most this part of its largest value."""
_WIDTHS = {"head": 5.0, "medium": 3.3, "tail": 2.0}  # curves that coincide lie in each other like stripes
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
    traces = []
    for place, (title, answer) in reversed(list(enumerate(answers.items()))):
        logits = np.asarray(answer["logits"])
        for record in answer["curves"]:
            if record[quantity] is None:  # no weight: the loss is no sum of cells
                continue
            chosen = by_label[record["label"]]
            for trace in _curve(record, chosen, logits, title, quantity=quantity, pale=place > 0):
                traces.append(_along(trace, record["side"], axis, log=log))
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
    styled(figure, x_title="", y_title=QUANTITIES[quantity][1], height=height, margins=(8, 8, 64, 8))
    x_title = "logit z" if axis == "logit" else "probability p = σ(z)"
    figure.update_xaxes(title_text=x_title, row=2, col=1)
    figure.update_annotations(font_size=12, font_color=NEUTRAL)
    figure.update_layout(legend={"font": {"size": 12}, "y": 1.07, "itemclick": False, "itemdoubleclick": False})
    return MappingProxyType(figure.layout.to_plotly_json())


def _curve(
    record: Mapping[str, Any], chosen: CurveClass, logits: np.ndarray, title: str, *, quantity: str, pale: bool
) -> list[dict[str, Any]]:
    """Return the line of a record, and the mark at its shift where there is one; x holds logits."""
    values = np.asarray(record[quantity])
    color = GROUP_COLORS[chosen.group]
    name = f"<b>{plain(chosen.name)}</b>, {chosen.group}, {chosen.count:,} training images, {record['side']}"
    what = QUANTITIES[quantity][1].split(" (")[0]
    line = {
        "x": logits,
        "y": values,
        "customdata": np.stack([logits, _sigmoid(logits), values], axis=1),
        "mode": "lines",
        "opacity": PALE if pale else 1,
        "line": {
            "color": color,
            "width": _WIDTHS[chosen.group] * (1.7 if pale else 1),
            "dash": "solid" if record["side"] == "positive" else "9px,6px",
        },
        "hovertemplate": f"{name}<br>{plain(title)}<br>z = %{{customdata[0]:.2f}}, p = %{{customdata[1]:.3f}}"
        f"<br>{what} %{{customdata[2]:.4g}}<extra></extra>",
    }
    shift = record.get("nu", 0.0)
    if pale or not shift:
        return [line]
    mark = {
        "x": np.array([shift]),
        "y": np.array([np.interp(shift, logits, values)]),
        "mode": "markers",
        "marker": {
            "color": color,
            "size": 7,
            "symbol": GROUP_SYMBOLS[chosen.group],
            "line": {"width": 1, "color": "#FFFFFF"},
        },
        "hovertemplate": f"{name}<br>starts at ν = {shift:.3f} in training<extra></extra>",
    }
    return [line, mark]


def _along(trace: dict[str, Any], side: str, axis: str, *, log: bool) -> dict[str, Any]:
    """Return a trace over logits on the axes that are shown, in the panel of its side."""
    x = _sigmoid(trace["x"]) if axis == "probability" else trace["x"]
    y = np.abs(trace["y"]) if log else trace["y"]
    panel = "" if side == "positive" else "2"
    return {**trace, "type": "scatter", "x": x, "y": y, "xaxis": f"x{panel}", "yaxis": f"y{panel}", "showlegend": False}


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
    return {**key, "line": line, "opacity": opacity, "name": plain(title)}
