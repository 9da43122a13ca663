"""Precision, recall and F1 against the threshold, and which classes are seen falsely beside others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from scipy.special import expit, logit

from dbl_core.metrics import REPORT_KEYS, ThresholdCurves
from dbl_core.viz import theme

MEASURES = {
    "class_precision": "mean precision of the classes (%)",
    "class_recall": "mean recall of the classes (%)",
    "macro_f1": "macro F1 (%)",
    "cf1": "CF1 (%)",
    "overall_precision": "precision of all cells (%)",
    "overall_recall": "recall of all cells (%)",
    "micro_f1": "micro F1 = OF1 (%)",
}
"""What :func:`threshold_figure` can show -> title of its axis."""
_TICKS = np.array([0.0001, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999])
HEIGHT = 340
MOST_TICKS = 7


def threshold_figure(curves: ThresholdCurves, measure: str, at: float) -> go.Figure:
    """Draw an average of every group against the threshold, in percent.

    Args:
        curves: with thresholds as logits; the axis shows their probabilities, stretched at both ends.
        measure: a key of :data:`MEASURES`.
        at: the chosen threshold, a probability in (0, 1), marked by a line.

    Raises:
        ValueError: for an unknown measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"unknown measure {measure!r}; choose one of {', '.join(MEASURES)}")
    lines = {key: curves.groups[key][measure] for key in REPORT_KEYS}
    looks = {key: theme.group_look(key) for key in REPORT_KEYS}
    return _against_threshold(curves, lines, looks, at=at, y_title=MEASURES[measure])


def class_threshold_figure(curves: ThresholdCurves, label: int, at: float) -> go.Figure:
    """Draw precision, recall and F1 of one class against the threshold; arguments as :func:`threshold_figure`."""
    known = {"precision": curves.precision, "recall": curves.recall, "F1": curves.f1}
    lines = {name: values[:, label] for name, values in known.items()}
    colors = {"precision": theme.RUN_COLORS[2], "recall": theme.RUN_COLORS[4], "F1": theme.NEUTRAL}
    dashes = {"precision": "dash", "recall": "dot", "F1": "solid"}
    looks = {name: {"color": colors[name], "dash": dashes[name]} for name in lines}
    return _against_threshold(curves, lines, looks, at=at, y_title="of this class (%)")


def _against_threshold(
    curves: ThresholdCurves,
    lines: Mapping[str, np.ndarray],
    looks: Mapping[str, Mapping[str, str]],
    *,
    at: float,
    y_title: str,
) -> go.Figure:
    figure = go.Figure()
    thresholds = curves.thresholds
    chances = expit(thresholds)
    for name, values in lines.items():
        if np.isnan(values).all():
            continue
        figure.add_trace(
            go.Scatter(
                x=thresholds.astype(np.float32),
                y=(100 * values).astype(np.float32),
                customdata=chances.astype(np.float32),
                name=name,
                mode="lines",
                line={"color": looks[name]["color"], "dash": looks[name]["dash"], "width": 2},
                hovertemplate=f"{name}: %{{y:.1f}} %<br>threshold %{{customdata:.4f}}<extra></extra>",
            )
        )
    theme.styled(figure, x_title="threshold (probability)", y_title=y_title, height=HEIGHT)
    low, high = _lively(curves, float(logit(at)))
    ticks = [tick for tick in _TICKS if low <= logit(tick) <= high]
    if len(ticks) > MOST_TICKS:
        ticks = [tick for tick in ticks if tick not in (0.25, 0.75)]
    theme.lay_axes(
        figure, "x", range=[low, high], tickvals=logit(ticks), ticktext=[f"{tick:g}" for tick in ticks], tickangle=0
    )
    theme.lay_axes(figure, "y", range=[-2, 102])
    return theme.rule(figure, x=float(logit(at)), width=1.5)


def _lively(curves: ThresholdCurves, at: float) -> tuple[float, float]:
    """Return the part of the axis in which the cut decides anything: neither all cells are predicted nor none."""
    precision = curves.groups["total"]["overall_precision"]
    some = np.isfinite(precision) & (precision > 1.02 * precision[0])
    inside = curves.thresholds[some] if some.any() else curves.thresholds
    return min(inside[0], at) - 0.3, max(inside[-1], at) + 0.3


def confusion_bars(pairs: Mapping[str, np.ndarray], label_names: Sequence[str]) -> go.Figure:
    """Draw how often a class is falsely seen beside another one (bar) and anywhere (line), the worst pair on top.

    Args:
        pairs: what ``dbl_core.metrics.worst_confusions`` returned; at least one pair.
        label_names: (n_labels,) names.
    """
    names = [theme.plain(name) for name in label_names]
    seen, beside = ([names[j] for j in pairs[key]] for key in ("seen", "beside"))
    rows = [f"{one} | {other}" for one, other in zip(seen, beside, strict=True)]
    notes = np.stack([pairs[key] for key in ("alarms", "chances", "lift", "excess")], axis=1)
    figure = go.Figure(
        go.Bar(
            y=rows,
            x=100 * pairs["rate"],
            name="where the second class is",
            orientation="h",
            marker={"color": theme.RUN_COLORS[5], "opacity": 0.85},
            customdata=notes,
            hovertemplate="<b>%{y}</b><br>falsely seen in %{x:.1f} % of %{customdata[1]:,} images (%{customdata[0]:,})"
            "<br>%{customdata[2]:.1f} times the base rate, %{customdata[3]:.1f} more than it<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            y=rows,
            x=100 * pairs["base_rate"],
            name="in any image without the first (base rate)",
            mode="markers",
            marker={"symbol": "line-ns", "size": 16, "line": {"color": theme.NEUTRAL, "width": 3}},
            hovertemplate="base rate %{x:.1f} %<extra></extra>",
        )
    )
    height = max(220, 26 * len(rows) + 110)
    theme.styled(figure, x_title="falsely seen (% of images)", y_title="falsely seen | beside", height=height)
    theme.lay_axes(figure, "y", autorange="reversed", dtick=1)
    theme.lay_axes(figure, "x", rangemode="tozero")
    return figure
