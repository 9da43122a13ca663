"""Curves that follow a slider in the browser: a Vega-Lite chart and its table, made once, redrawn without the server.

All numbers come from ``dbl_core.losses.scrub``; the chart only picks the columns of the value where its slider stands.
Colour is the group of a class, solid lines are its positives and dashed ones its negatives, as in ``losses.curves``;
the pale lines stay where the option is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dbl_core.viz.losses import FLOOR, PALE, QUANTITIES, WIDTHS, CurveClass
from dbl_core.viz.theme import GROUP_COLORS

SIDES = {"positive": "positive cell", "negative": "negative cell"}
HEIGHT = 140
"""Height of a panel in pixels."""
MOST_NUMBERS = 150_000
"""What goes to the browser at most, 4 bytes each."""
_DRAGGED, _SET = "at the slider", "as set above"


@dataclass(frozen=True, kw_only=True)
class Handle:
    """The slider of the chart.

    Attributes:
        label: what it is called, ``γ`` or ``log₁₀ τ``.
        symbol: what the title calls the value, ``γ``.
        values: the value at each place.
        places: where the slider can stand, evenly apart, ascending.
        step: distance of two places.
        at: index of the value that is set.
    """

    label: str
    symbol: str
    values: Sequence[float]
    places: Sequence[float]
    step: float
    at: int


def fitting_points(n_classes: int, n_values: int) -> int:
    """Return how many logits a curve may have, so that all curves of so many classes and values stay small."""
    return max(41, min(161, MOST_NUMBERS // (len(SIDES) * len(QUANTITIES) * max(n_classes, 1) * n_values)))


def scrub_table(answer: Mapping[str, Any], classes: Sequence[CurveClass]) -> pd.DataFrame:
    """Return one row for each curve and logit, with a column for each quantity and value of the option.

    Args:
        answer: what ``scrub.option_curves`` returned.
        classes: the classes of its series.

    Returns:
        Columns "z" (logit), "p" (its probability), "class", "cell", then "loss0", "loss1", ... and the same for
        "gradient" and, where the loss has one, "factor"; all numbers float32.
    """
    names = _names(classes)
    logits = np.asarray(answer["logits"], dtype=np.float64)
    n_series, n_logits = len(answer["series"]), len(logits)
    columns = {
        "z": np.tile(logits, n_series).astype(np.float32),
        "p": np.tile((1 + np.tanh(logits / 2)) / 2, n_series).astype(np.float32),
        "class": np.repeat([names[row["label"]] for row in answer["series"]], n_logits),
        "cell": np.repeat([SIDES[row["side"]] for row in answer["series"]], n_logits),
    }
    for quantity in quantities(answer):
        numbers = np.asarray(answer[quantity], dtype=np.float32).reshape(n_series * n_logits, -1)
        columns |= {f"{quantity}{index}": column for index, column in enumerate(numbers.T)}
    return pd.DataFrame(columns)


def scrub_chart(
    answer: Mapping[str, Any],
    classes: Sequence[CurveClass],
    handle: Handle,
    *,
    axis: str = "logit",
    log: bool = False,
) -> dict[str, Any]:
    """Return the Vega-Lite description of the chart of a :func:`scrub_table`.

    Args:
        answer: what ``scrub.option_curves`` returned.
        classes: the classes of its series, in the order of the legend.
        handle: the slider.
        axis: "logit" or "probability".
        log: logarithmic vertical axes, of the absolute values.

    Raises:
        ValueError: an unknown axis, or a handle that does not fit the answer.
    """
    if axis not in ("logit", "probability"):
        raise ValueError(f"axis is {axis!r}; allowed: logit or probability")
    if np.asarray(answer["loss"]).shape[-1] != len(handle.values) or len(handle.values) != len(handle.places):
        raise ValueError(f"{len(handle.values)} values do not fit {np.asarray(answer['loss']).shape[-1]} curves.")
    shown = quantities(answer)
    shared = _shared(classes)
    return {
        "title": {
            "text": {"expr": f"'{handle.symbol} = ' + named[step] + (step == {handle.at} ? ', as set above' : '')"},
            "orient": "bottom",
            "anchor": "start",
            "fontSize": 16,
            "offset": 12,
        },
        "params": [
            {"name": "named", "value": [_written(value) for value in handle.values]},
            {"name": "place", "value": handle.places[handle.at], "bind": _slider(handle)},
            {"name": "step", "expr": f"clamp(round((place - {handle.places[0]}) / {handle.step}), 0, last)"},
            {"name": "last", "value": len(handle.values) - 1},
        ],
        "spacing": 14,
        "vconcat": [
            _panel(
                answer, quantity, {**shared, "x": _across(answer, axis, titled=quantity == shown[-1])}, handle.at, log
            )
            for quantity in shown
        ],
    }


def quantities(answer: Mapping[str, Any]) -> list[str]:
    """Return what an answer has curves of; a loss that is no sum of cells has no weight."""
    return [quantity for quantity in QUANTITIES if answer.get(quantity) is not None]


def _slider(handle: Handle) -> dict[str, Any]:
    ends = {"min": handle.places[0], "max": handle.places[-1], "step": handle.step}
    return {"input": "range", "name": f"{handle.label} ", **ends}


def _across(answer: Mapping[str, Any], axis: str, *, titled: bool) -> dict[str, Any]:
    """Return the horizontal axis; only that of the lowest panel has a title."""
    logits = np.asarray(answer["logits"])
    field, title, domain = "p", "probability p = σ(z)", [0, 1]
    if axis == "logit":
        field, title, domain = "z", "logit z", [float(logits[0]), float(logits[-1])]
    axis = {"tickCount": 8, "title": title if titled else None}
    return {"field": field, "type": "quantitative", "scale": {"domain": domain, "nice": False}, "axis": axis}


def _shared(classes: Sequence[CurveClass]) -> dict[str, Any]:
    """Return the encodings that all panels share: what colour, dash and strength of a line say."""
    names = _names(classes)
    colors = [GROUP_COLORS[chosen.group] for chosen in classes]
    legend = {"orient": "top", "direction": "vertical", "columns": 1, "title": None, "labelLimit": 260, "offset": 4}
    legend |= {"symbolType": "stroke", "symbolSize": 260, "symbolStrokeWidth": 3}
    return {
        "color": {
            "field": "class",
            "type": "ordinal",
            "scale": {"domain": list(names.values()), "range": colors},
            "legend": legend,
        },
        "strokeDash": {
            "field": "cell",
            "type": "nominal",
            "scale": {"domain": list(SIDES.values()), "range": [[1, 0], [7, 5]]},
            "legend": legend,
        },
        "strokeOpacity": {
            "field": "kind",
            "type": "ordinal",
            "scale": {"domain": [_DRAGGED, _SET], "range": [1, PALE]},
            "legend": None,
        },
        "strokeWidth": {
            "field": "class",
            "type": "ordinal",
            "scale": {"domain": list(names.values()), "range": [0.8 * WIDTHS[chosen.group] for chosen in classes]},
            "legend": legend,
        },
    }


def _panel(answer: Mapping[str, Any], quantity: str, encoding: Mapping[str, Any], at: int, log: bool) -> dict[str, Any]:
    numbers = np.asarray(answer[quantity], dtype=np.float64)
    top = float(np.abs(numbers).max()) or 1.0
    low, high = min(0.0, float(numbers.min())), max(0.0, float(numbers.max())) or top
    room = 0.05 * (high - low)
    scale: dict[str, Any] = {"domain": [low - room, high + room], "nice": False}
    column = "datum['{0}' + {1}]"
    if log:
        scale = {"type": "log", "domain": [top * FLOOR, top * 1.5], "nice": False}
        column = f"max(abs({column}), {top * FLOOR})"
    y = {"field": "y", "type": "quantitative", "title": QUANTITIES[quantity][1], "scale": scale}
    return {
        "height": HEIGHT,
        "transform": [
            {"calculate": column.format(quantity, "step"), "as": _DRAGGED},
            {"calculate": column.format(quantity, at), "as": _SET},
            {"fold": [_SET, _DRAGGED], "as": ["kind", "y"]},
        ],
        "mark": {"type": "line", "clip": True, "interpolate": "monotone"},
        "encoding": {**encoding, "y": {**y, "axis": {"tickCount": 5}}},
    }


def _names(classes: Sequence[CurveClass]) -> dict[int, str]:
    """Return for each class what the legend says: its name, its group, its count."""
    return {chosen.label: f"{chosen.name} ({chosen.group}, {chosen.count:,})" for chosen in classes}


def _written(value: float) -> str:
    return f"{value:.7g}"
