"""The heatmap of labels that occur together: all of them, or a window of many beside an overview."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from dbl_core.stats import Pooled
from dbl_core.viz.labels import name_ticks
from dbl_core.viz.theme import DIVERGING, GROUP_COLORS, NEUTRAL, lay, lay_axes, plain, styled

COLOR_OF_MEASURE = {
    "count": "images with both (count)",
    "conditional": "P(column | row)",
    "lift": "lift (times chance)",
    "npmi": "NPMI",
    "jaccard": "Jaccard",
    "phi": "phi",
}
"""Title of the colour bar, with its unit, for each measure of ``dbl_core.stats.cooccurrence``."""
ALL_COLUMN_NAMES = 30
"""Up to so many columns each is named; of more, every second one, as the map stands beside the pair one looks at."""
LIFT_MARKS = ("1/16", "1/8", "1/4", "1/2", "1", "2", "4", "8", "16")


@dataclass(frozen=True)
class View:
    """The part of a co-occurrence matrix that is drawn.

    Attributes:
        rows: (n_rows,) columns of the label matrix, in the order of the chart from top to bottom.
        columns: (n_columns,) the same from left to right.
        selected: the pair to frame, as (row's, column's) columns of the label matrix; None for none.
    """

    rows: np.ndarray
    columns: np.ndarray
    selected: tuple[int, int] | None = None


def cooccurrence_map(
    values: np.ndarray,
    together: np.ndarray,
    label_names: tuple[str, ...],
    *,
    measure: str,
    shown: np.ndarray | None = None,
    view: View | None = None,
) -> go.Figure:
    """Heatmap of a co-occurrence measure.

    Args:
        values: (n_labels, n_labels) float, row i, column j: the measure, for "conditional" P(j | i).
        together: (n_labels, n_labels) images that carry both labels; the diagonal holds each label's own count.
        label_names: (n_labels,) names in the same order.
        measure: key of ``COLOR_OF_MEASURE``. Counts are coloured by log(1 + n), lift by its logarithm to base 2 between
            -4 and 4.
        shown: (n_labels, n_labels) bool, cells that are False are left blank, see ``dbl_core.stats.supported``; None
            shows all.
        view: which labels to draw, in which order; None draws all in the order of the label matrix.

    Returns:
        The figure. Transparent markers over the cells carry (row, column) of the label matrix as customdata, because a
        click on a heatmap reports nothing. The diagonal holds the label's own count; under other measures it is blank.
        The colours have the same meaning in every window.
    """
    every = np.arange(len(label_names))
    view = view or View(every, every)
    cells = np.ix_(view.rows, view.columns)
    colors = np.where(_visible(values, shown, measure), _colors(measure, values), np.nan)
    rows, columns = ([plain(label_names[label]) for label in labels] for labels in (view.rows, view.columns))
    heat = go.Heatmap(
        z=colors[cells].astype(np.float32),
        x=columns,
        y=rows,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        colorbar=_colorbar(measure, values),
        **_limits(measure, colors),
    )
    figure = go.Figure([heat, _click_marks(values, together, view, (rows, columns), measure)])
    if view.selected is not None:
        _frame_pair(figure, view)
    height = max(420, min(900, 190 + 22 * len(rows)))
    styled(figure, x_title="", y_title="", height=height, legend=False, margins=(8, 8, 70, 8))
    for letter, names in (("x", columns), ("y", rows)):
        lay_axes(figure, letter, showgrid=False, categoryorder="array", categoryarray=names, **name_ticks(names))
    if len(columns) > ALL_COLUMN_NAMES:
        size = 10 if len(columns) <= 60 else 8
        lay_axes(figure, "x", **{**name_ticks(columns[::2]), "tickfont": {"size": size}})
    lay_axes(figure, "x", range=[-0.5, len(columns) - 0.5])
    lay_axes(figure, "y", range=[len(rows) - 0.5, -0.5], tickangle=0)
    return lay(figure, clickmode="event+select")


def overview_map(pooled: Pooled, *, measure: str, window: tuple[int, int], size: int) -> go.Figure:
    """Heatmap of a large matrix in blocks, each with the strongest pair of its labels.

    Args:
        pooled: the measure in blocks, in the order of the chart, from ``dbl_core.stats.pooled``.
        measure: key of ``COLOR_OF_MEASURE``.
        window: places (row, column) of the first label of the window that is shown in detail, from 0.
        size: labels a side of the window.

    Returns:
        The figure; axes are places in the order, from 1. Transparent markers over the blocks that hold a number carry
        (first row, first column, last row, last column) of their block as customdata, places from 1.
    """
    edges = pooled.edges
    middles = (edges[:-1] + edges[1:] + 1) / 2
    colors = _colors(measure, pooled.values)
    heat = go.Heatmap(
        z=colors.astype(np.float32),
        x=middles,
        y=middles,
        hoverinfo="skip",
        showscale=False,
        **_limits(measure, colors),
    )
    figure = go.Figure([heat, _block_marks(pooled, middles, measure)])
    row, column = (place + 0.5 for place in window)
    around = {"x0": column, "x1": column + size, "y0": row, "y1": row + size}
    figure.add_shape(type="rect", **around, line={"width": 3, "color": GROUP_COLORS["tail"]})
    place = "labels in this order (place)"
    styled(figure, x_title=place, y_title=place, height=400, legend=False, margins=(8, 8, 8, 8))
    ends = [0.5, float(edges[-1]) + 0.5]
    lay_axes(figure, "x", range=ends, showgrid=False)
    lay_axes(figure, "y", range=ends[::-1], showgrid=False)
    return lay(figure, clickmode="event+select")


def _block_marks(pooled: Pooled, middles: np.ndarray, measure: str) -> go.Scatter:
    rows, columns = np.nonzero(np.isfinite(pooled.values))
    first, last = pooled.edges[:-1] + 1, pooled.edges[1:]
    data = [first[rows], first[columns], last[rows], last[columns], pooled.values[rows, columns]]
    return go.Scatter(
        x=middles[columns],
        y=middles[rows],
        mode="markers",
        marker={"size": 7, "symbol": "square", "opacity": 0, "color": NEUTRAL},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=np.stack(data, axis=1).astype(np.float32),
        hovertemplate=(
            "places %{customdata[0]:d} to %{customdata[2]:d} with %{customdata[1]:d} to %{customdata[3]:d}"
            f"<br>strongest pair: {measure} %{{customdata[4]:.3~g}}<extra></extra>"
        ),
        showlegend=False,
    )


def _visible(values: np.ndarray, shown: np.ndarray | None, measure: str) -> np.ndarray:
    visible = np.ones(values.shape, dtype=bool) if shown is None else shown.copy()
    if measure != "count":
        np.fill_diagonal(visible, False)
    return visible


def _colors(measure: str, values: np.ndarray) -> np.ndarray:
    """Return the numbers that are coloured: logarithms where a few large values would hide all others."""
    if measure == "count":
        return np.log1p(values)
    if measure == "lift":
        with np.errstate(divide="ignore"):
            return np.clip(np.log2(values), -4, 4)
    return values


def _limits(measure: str, colors: np.ndarray) -> dict[str, object]:
    """Return the ends of the colour scale: symmetric about "no relation" where the measure has such a point."""
    known = colors[np.isfinite(colors)]
    if measure in ("lift", "npmi", "phi"):
        end = float(np.abs(known).max(initial=0.01))
        return {"zmin": -end, "zmax": end, "colorscale": DIVERGING}
    return {"zmin": 0, "zmax": float(known.max(initial=0.01))}


def _colorbar(measure: str, values: np.ndarray) -> dict[str, object]:
    """Lay the colour bar over the map, so that a narrow page keeps its width for the cells."""
    place = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom", "len": 0.9, "thickness": 10}
    return {
        "title": {"text": COLOR_OF_MEASURE[measure], "side": "top", "font": {"size": 13}},
        "ticks": "",
        **place,
        **_ticks(measure, values),
    }


def _ticks(measure: str, values: np.ndarray) -> dict[str, object]:
    """Label a logarithmic colour bar with the values themselves."""
    if measure == "count":
        marks = [m for m in (0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000) if m <= values.max()]
        return {"tickvals": [float(np.log1p(m)) for m in marks], "ticktext": [f"{m:,}" for m in marks]}
    if measure == "lift":
        return {"tickvals": [-4, -3, -2, -1, 0, 1, 2, 3, 4], "ticktext": LIFT_MARKS}
    return {}


def _click_marks(
    values: np.ndarray, together: np.ndarray, view: View, names: tuple[list[str], list[str]], measure: str
) -> go.Scatter:
    rows, columns = (grid.ravel() for grid in np.meshgrid(view.rows, view.columns, indexing="ij"))
    own = np.diag(together)
    data = [rows, columns, together[rows, columns], own[rows], own[columns], values[rows, columns]]
    n_columns = len(view.columns)
    return go.Scatter(
        x=names[1] * len(view.rows),
        y=[name for name in names[0] for _ in range(n_columns)],
        mode="markers",
        marker={"size": max(4, min(22, 420 // n_columns)), "symbol": "square", "opacity": 0, "color": NEUTRAL},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=np.stack(data, axis=1).astype(np.float32),
        hovertemplate=(
            "<b>%{y} and %{x}</b><br>%{customdata[2]:,} images with both"
            "<br>%{customdata[3]:,} with %{y}, %{customdata[4]:,} with %{x}"
            f"<br>{'' if measure == 'count' else measure + ' %{customdata[5]:.3f}'}<extra></extra>"
        ),
        showlegend=False,
    )


def _frame_pair(figure: go.Figure, view: View) -> None:
    """Frame the selected cell where the view holds it; category axes count their categories from 0."""
    rows, columns = (np.flatnonzero(labels == label) for labels, label in zip(_sides(view), view.selected, strict=True))
    if rows.size and columns.size:
        row, column = int(rows[0]), int(columns[0])
        around = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(type="rect", **around, line={"width": 3, "color": GROUP_COLORS["tail"]})


def _sides(view: View) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(view.rows), np.asarray(view.columns)
