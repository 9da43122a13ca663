"""How the weights and gradients of all cells of a training set are distributed, by group and side.

The records come from ``dbl_core.losses.cell_watchers.Distributions``. Colour is always the group; of two losses the
first is drawn as bars and the second as a line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dbl_core.longtail.groups import GROUPS
from dbl_core.losses.cell_bins import BINS_PER_DECADE, LOWEST_EXPONENT, bin_exponent
from dbl_core.viz.losses import SIDES
from dbl_core.viz.theme import GROUP_COLORS, NEUTRAL, plain, styled

MEASURES = {"factor": "weight × focal", "gradient": "|gradient|"}
"""What can be shown, and the title of its axis."""
MOST_BARS = 56
SHOWN_DECADES = 8
"""What is smaller than the largest value by more decades is gathered in the first bar."""
_LEAST_BINS = 60  # so that one value does not fill the whole width
_ROW_HEIGHT = 122

Records = Sequence[Mapping[str, Any]]


def distributions(answers: Mapping[str, Mapping[str, Any]], *, measure: str = "gradient") -> go.Figure:
    """Draw a histogram for every group and side, with the median as a mark above it.

    Each is as high as its place allows, since a loss that treats all cells alike is one bar and would flatten the rest.

    Args:
        answers: for each loss its short title and an answer with "distributions"; the first is drawn as bars.
        measure: key of :data:`MEASURES`; a loss that lacks it is left out.

    Raises:
        ValueError: an unknown measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure is {measure!r}; allowed: {', '.join(MEASURES)}")
    chosen = {
        title: [record for record in answer["distributions"] if record["measure"] == measure]
        for title, answer in answers.items()
    }
    everything = [record for records in chosen.values() for record in records]
    groups = [group for group in GROUPS if any(record["group"] == group for record in everything)]
    rows = max(len(groups), 1)
    figure = make_subplots(
        rows, 2, shared_xaxes=True, horizontal_spacing=0.04, vertical_spacing=0.12 / rows,
        column_titles=[f"{side} cells" for side in SIDES], row_titles=groups or None,
    )  # fmt: skip
    edges = _edges(everything)
    for place, (title, records) in enumerate(chosen.items()):
        for record in records:
            row, column = 1 + groups.index(record["group"]), 1 + SIDES.index(record["side"])
            if record["cells"]:
                figure.add_traces(_traces(record, edges, title, measure, first=place == 0), rows=row, cols=column)
    for place, (title, records) in enumerate(chosen.items()):
        if records and len(chosen) > 1:
            figure.add_trace(_key(title, first=place == 0))
    styled(figure, x_title="", y_title="", height=96 + _ROW_HEIGHT * rows, margins=(8, 26, 52, 8))
    figure.update_xaxes(range=[edges[0], edges[-1]], **_ticks(edges[0], edges[-1]))
    figure.update_xaxes(title={"text": MEASURES[measure], "standoff": 8}, row=rows)
    figure.update_yaxes(range=[0, 1.2], showticklabels=False, showgrid=False)
    figure.update_annotations(font_size=12)
    figure.update_layout(legend={"y": 1 + 24 / (96 + _ROW_HEIGHT * rows), "itemclick": False})
    return figure.update_layout(bargap=0, barmode="overlay")


def quantile_rows(answers: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each loss, measure, group and side: how many cells, and the quantiles of their values."""
    rows = []
    for title, answer in answers.items():
        for record in answer["distributions"]:
            row = {"loss": title, "of": MEASURES[record["measure"]], "group": record["group"], "cells": record["side"]}
            row |= {"number": record["cells"], "5 %": record["q05"], "25 %": record["q25"], "median": record["median"]}
            rows.append(row | {"75 %": record["q75"], "95 %": record["q95"]})
    return sorted(rows, key=lambda row: (list(MEASURES.values()).index(row["of"]), GROUPS.index(row["group"])))


def _edges(records: Records) -> np.ndarray:
    """Return the edges of the bars in log10 of the measure: whole numbers of bins, the same for all histograms."""
    bins = np.concatenate([np.asarray(record["bins"], dtype=np.int64) for record in records] or [np.zeros(0, int)])
    low, high = (int(bins.min()), int(bins.max())) if len(bins) else (0, 0)
    low = max(low, high - SHOWN_DECADES * BINS_PER_DECADE)
    missing = max(_LEAST_BINS - (high - low + 1), 0)
    low, high = low - (missing + 1) // 2, high + missing // 2
    width = math.ceil((high - low + 1) / MOST_BARS)
    count = math.ceil((high - low + 1) / width)
    return LOWEST_EXPONENT + (low - 1 + width * np.arange(count + 1)) / BINS_PER_DECADE


def _traces(record: Mapping[str, Any], edges: np.ndarray, title: str, measure: str, *, first: bool) -> list[Any]:
    middle = np.clip(bin_exponent(np.asarray(record["bins"])), edges[0], edges[-1])
    shares, _ = np.histogram(middle, edges, weights=record["counts"])
    shares = 100 * shares / record["cells"]
    heights, told_shares = shares / shares.max(), [f"{share:.3g}" for share in shares]
    color = GROUP_COLORS[record["group"]]
    told = f"{record['group']}, {record['side']} cells<br>{plain(title)}"
    ends = [f"{10**low:.3g} to {10**high:.3g}" for low, high in pairwise(edges)]
    if measure == "gradient":
        ends[0] = f"up to {10 ** edges[1]:.3g}"
    hover = f"<b>%{{customdata[0]}}</b><br>%{{customdata[1]}} % of {record['cells']:,} {told}<extra></extra>"
    centers = (edges[:-1] + edges[1:]) / 2
    shared = {"x": centers, "y": heights, "hovertemplate": hover, "showlegend": False}
    shared["customdata"] = list(zip(ends, told_shares, strict=True))
    if first:
        drawn = go.Bar(width=np.diff(edges), **shared)
        drawn.update(marker={"color": color, "line": {"width": 0}})
    else:
        drawn = go.Scatter(mode="lines", **shared)
        drawn.update(line={"shape": "hvh", "width": 1.6, "color": NEUTRAL})
    median = record["median"]
    spread = f"5 % to 95 %: {record['q05']:.3g} to {record['q95']:.3g}"
    mark = go.Scatter(
        x=[np.clip(math.log10(max(median, 1e-300)), edges[0], edges[-1])],
        y=[1.09],
        mode="markers",
        marker={"symbol": "triangle-down" if first else "triangle-down-open", "size": 10, "color": color},
        hovertemplate=f"<b>median {median:.3g}</b><br>{spread}<br>{told}<extra></extra>",
        showlegend=False,
    )
    if not first:
        mark.marker.color = NEUTRAL
    return [drawn, mark]


def _key(title: str, *, first: bool) -> go.Bar | go.Scatter:
    if first:
        return go.Bar(x=[None], y=[None], name=plain(title), marker={"color": NEUTRAL}, hoverinfo="skip")
    line = {"color": NEUTRAL, "width": 1.6, "shape": "hvh"}
    return go.Scatter(x=[None], y=[None], mode="lines", name=plain(title), line=line, hoverinfo="skip")


def round_numbers(low: float, high: float, *, most: int = 6) -> list[float]:
    """Return round numbers for a logarithmic axis between two decimal logarithms, about ``most`` of them."""
    span = high - low
    finest = span * 6 / most
    steps = (1, 1.5, 2, 3, 5, 7) if finest < 0.8 else (1, 2, 5) if finest < 1.6 else (1, 3) if finest < 2.8 else (1,)
    every = max(1, math.ceil(span / most)) if steps == (1,) else 1
    exponents = [e for e in range(math.floor(low), math.ceil(high) + 1) if e % every == 0]
    values = [step * 10.0**exponent for exponent in exponents for step in steps]
    return [value for value in values if low <= math.log10(value) <= high]


def _ticks(low: float, high: float) -> dict[str, Any]:
    values = round_numbers(low, high, most=4)  # the panels are narrow
    texts = [written(value) for value in values]
    return {"tickmode": "array", "tickvals": np.log10(values).tolist(), "ticktext": texts}


def written(value: float) -> str:
    """Write a round number for an axis, powers of ten beyond four digits as such."""
    exponent = math.floor(math.log10(value) + 1e-9)
    if -4 < exponent < 5:
        return f"{value:g}"
    mantissa = round(value / 10.0**exponent)
    return f"{'' if mantissa == 1 else f'{mantissa}·'}10<sup>{exponent}</sup>"
