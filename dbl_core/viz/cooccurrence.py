"""The heatmap of labels that occur together."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dbl_core.viz.labels import name_ticks
from dbl_core.viz.theme import GROUP_COLORS, NEUTRAL, plain, styled

COLOR_OF_MEASURE = {
    "count": "images with both (count)",
    "conditional": "P(column | row)",
    "lift": "lift (log₂)",
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
        heatmap reports nothing. The diagonal is blank: a label with itself says nothing.
    """
    names = [plain(name) for name in label_names]
    shown = (together >= least) & ~np.eye(len(names), dtype=bool)
    with np.errstate(divide="ignore"):
        colors = {"count": np.log1p(values), "lift": np.clip(np.log2(values), -4, 4)}.get(measure, values)
    heat = go.Heatmap(
        z=np.where(shown, colors, np.nan).astype(np.float32),
        x=names,
        y=names,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        colorbar={
            "title": {"text": COLOR_OF_MEASURE[measure], "side": "right"},
            "thickness": 12,
            **_ticks(measure, values),
        },
        **_limits(measure, colors[shown]),
    )
    figure = go.Figure([heat, _click_marks(values, together, names, measure)])
    if selected is not None:
        row, column = selected
        figure.add_trace(_frame(names[row], names[column], len(names)))
    styled(figure, x_title="", y_title="", height=max(420, min(900, 140 + 24 * len(names))), legend=False)
    axis = {"showgrid": False, "categoryorder": "array", "categoryarray": names}
    figure.update_xaxes(**axis, **name_ticks(names))
    figure.update_yaxes(**axis, **{**name_ticks(names), "tickangle": 0}, autorange="reversed")
    return figure.update_layout(clickmode="event+select")


def _limits(measure: str, colors: np.ndarray) -> dict[str, float]:
    """Return the ends of the colour scale: symmetric about "no relation" where the measure has such a point."""
    if measure in ("lift", "npmi", "phi"):
        end = float(np.nanmax(np.abs(colors), initial=0.01))
        return {"zmin": -end, "zmax": end, "zmid": 0}
    return {"zmin": 0, "zmax": float(np.nanmax(colors, initial=0.01))}


def _ticks(measure: str, values: np.ndarray) -> dict[str, object]:
    """Label a logarithmic colour bar with the counts themselves."""
    if measure != "count":
        return {}
    marks = [m for m in (0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000) if m <= values.max()]
    return {"tickvals": [float(np.log1p(m)) for m in marks], "ticktext": [f"{m:,}" for m in marks]}


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


def _frame(row: str, column: str, n_labels: int) -> go.Scatter:
    size = max(6, min(24, 460 // n_labels))
    return go.Scatter(
        x=[column],
        y=[row],
        mode="markers",
        marker={"symbol": "square-open", "size": size, "color": GROUP_COLORS["tail"], "line": {"width": 3}},
        hoverinfo="skip",
        showlegend=False,
    )
