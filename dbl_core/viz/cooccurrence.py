"""The heatmap of labels that occur together."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dbl_core.viz.labels import name_ticks
from dbl_core.viz.theme import DIVERGING, GROUP_COLORS, NEUTRAL, plain, styled

COLOR_OF_MEASURE = {
    "count": "images with both (count)",
    "conditional": "P(column | row)",
    "lift": "lift (times chance)",
    "npmi": "NPMI",
    "jaccard": "Jaccard",
    "phi": "phi",
}
"""Title of the colour bar, with its unit, for each measure of ``dbl_core.stats.cooccurrence``."""


def cooccurrence_map(
    values: np.ndarray,
    together: np.ndarray,
    label_names: tuple[str, ...],
    *,
    measure: str,
    least: int = 1,
    selected: tuple[int, int] | None = None,
) -> go.Figure:
    """Heatmap of a co-occurrence measure; rows and columns in the order given.

    Args:
        values: (n_labels, n_labels) float, row i, column j: the measure, for "conditional" P(j | i).
        together: (n_labels, n_labels) images that carry both labels; the diagonal holds each label's own count.
        label_names: (n_labels,) names in the same order.
        measure: key of ``COLOR_OF_MEASURE``. Counts are coloured by log(1 + n), lift by its logarithm to base 2 between
            -4 and 4.
        least: cells with fewer images in common than this are left blank.
        selected: positions (row, column) of a cell to frame; None for none.

    Returns:
        The figure. Transparent markers over the cells carry (row, column) positions as customdata, because a click on a
        heatmap reports nothing. The diagonal holds the label's own count; under other measures it is blank.
    """
    names = [plain(name) for name in label_names]
    shown = together >= least
    if measure != "count":
        shown &= ~np.eye(len(names), dtype=bool)
    colors = _colors(measure, values)
    heat = go.Heatmap(
        z=np.where(shown, colors, np.nan).astype(np.float32),
        x=names,
        y=names,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        colorbar=_colorbar(measure, values),
        **_limits(measure, colors[shown]),
    )
    figure = go.Figure([heat, _click_marks(values, together, names, measure)])
    if selected is not None:
        figure.add_shape(**_frame(*selected))
    styled(
        figure,
        x_title="",
        y_title="",
        height=max(420, min(900, 190 + 22 * len(names))),
        legend=False,
        margins=(8, 8, 70, 8),
    )
    axis = {"showgrid": False, "categoryorder": "array", "categoryarray": names}
    last = len(names) - 0.5
    figure.update_xaxes(**axis, **name_ticks(names), range=[-0.5, last])
    figure.update_yaxes(**axis, **{**name_ticks(names), "tickangle": 0}, range=[last, -0.5])
    return figure.update_layout(clickmode="event+select")


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
    if measure in ("lift", "npmi", "phi"):
        end = float(np.nanmax(np.abs(colors), initial=0.01))
        return {"zmin": -end, "zmax": end, "colorscale": DIVERGING}
    return {"zmin": 0, "zmax": float(np.nanmax(colors, initial=0.01))}


def _colorbar(measure: str, values: np.ndarray) -> dict[str, object]:
    """Lay the colour bar over the map, so that a narrow page keeps its width for the cells."""
    place = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom", "len": 0.9, "thickness": 10}
    return {
        "title": {"text": COLOR_OF_MEASURE[measure], "side": "top"},
        "ticks": "",
        **place,
        **_ticks(measure, values),
    }


def _ticks(measure: str, values: np.ndarray) -> dict[str, object]:
    """Label a logarithmic colour bar with the values themselves."""
    if measure == "count":
        marks = [m for m in (0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000) if m <= values.max()]
        return {"tickvals": [float(np.log1p(m)) for m in marks], "ticktext": [f"{m:,}" for m in marks]}
    if measure == "lift":
        return {"tickvals": [-4, -3, -2, -1, 0, 1, 2, 3, 4], "ticktext": LIFT_MARKS}
    return {}


LIFT_MARKS = ("1/16", "1/8", "1/4", "1/2", "1", "2", "4", "8", "16")


def _click_marks(values: np.ndarray, together: np.ndarray, names: list[str], measure: str) -> go.Scatter:
    n_labels = len(names)
    rows, columns = np.divmod(np.arange(n_labels * n_labels), n_labels)
    own = np.diag(together)
    shown = np.where(rows == columns, np.nan, values.ravel())
    return go.Scatter(
        x=[names[j] for j in columns],
        y=[names[i] for i in rows],
        mode="markers",
        marker={"size": max(4, min(22, 420 // n_labels)), "symbol": "square", "opacity": 0, "color": NEUTRAL},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=np.stack([rows, columns, together.ravel(), own[rows], own[columns], shown], axis=1),
        hovertemplate=(
            "<b>%{y} and %{x}</b><br>%{customdata[2]:,} images with both"
            "<br>%{customdata[3]:,} with %{y}, %{customdata[4]:,} with %{x}"
            f"<br>{'' if measure == 'count' else measure + ' %{customdata[5]:.3f}'}<extra></extra>"
        ),
        showlegend=False,
    )


def _frame(row: int, column: int) -> dict[str, object]:
    """Return a rectangle around a cell; category axes count their categories from 0."""
    around = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    return {"type": "rect", **around, "line": {"width": 3, "color": GROUP_COLORS["tail"]}}
