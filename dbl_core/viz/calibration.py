"""Reliability diagrams, by group of classes or by run, and the calibration error of every class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS, CalibrationReport, Reliability
from dbl_core.viz import class_axis, theme
from dbl_core.viz.run_looks import run_style


@dataclass(frozen=True)
class ReliabilityLine:
    """One line of a reliability diagram: its name, its table, and colour, symbol and dash."""

    name: str
    table: Reliability
    look: Mapping[str, str]


def group_lines(report: CalibrationReport, binning: str = "width") -> list[ReliabilityLine]:
    """Return a line for all classes and one a group; groups without classes are left out."""
    return [
        ReliabilityLine(key, table_of(report, key, binning), theme.group_look(key))
        for key in REPORT_KEYS
        if report.groups[key].n_labels
    ]


def run_lines(
    reports: Mapping[str, CalibrationReport], styles: Mapping[str, int], key: str = "total", binning: str = "width"
) -> list[ReliabilityLine]:
    """Return a line a run for one group.

    Args:
        reports: name of a run -> its calibration.
        styles: name of a run -> place for ``run_looks.run_style``.
        key: "total", "head", "medium" or "tail".
        binning: "width" or "mass".
    """
    return [
        ReliabilityLine(name, table_of(report, key, binning), run_style(styles[name]))
        for name, report in reports.items()
        if report.groups[key].n_labels
    ]


def table_of(report: CalibrationReport, key: str, binning: str) -> Reliability:
    """Return the reliability of a group in bins of equal width or of equal mass."""
    group = report.groups[key]
    return group.reliability_mass if binning == "mass" else group.reliability


def reliability_diagram(lines: Sequence[ReliabilityLine]) -> go.Figure:
    """Draw what share of cells comes true against their probability, over how many cells each bin has.

    Above: share of positives with Wilson's interval against the mean probability of the bin; on the dotted diagonal
    both agree, below it probabilities are too high. Under it: cells in every bin (logarithmic axis). Empty bins are
    left out.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.74, 0.26], vertical_spacing=0.05)
    diagonal = {"color": theme.NEUTRAL, "dash": "dot", "width": 1.5}
    figure.add_trace(
        go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=diagonal, name="calibrated", hoverinfo="skip"), 1, 1
    )
    for line in lines:
        filled = line.table.count > 0
        figure.add_trace(_shares(line, filled), 1, 1)
        figure.add_trace(_counts(line, filled), 2, 1)
    theme.styled(figure, x_title="", y_title="", height=520)
    reach, most = _reach(lines)
    figure.update_xaxes(range=[-0.02 * reach, 1.02 * reach])
    figure.update_xaxes(title={"text": "mean probability of the bin", "standoff": 14}, row=2, col=1)
    figure.update_yaxes(title={"text": "share that is positive"}, range=[-0.03 * reach, 1.03 * reach], row=1, col=1)
    figure.update_yaxes(title={"text": "cells (log)"}, type="log", range=[-0.2, np.log10(most) + 0.3], row=2, col=1)
    figure.update_yaxes(exponentformat="power", dtick=2 if most >= 1000 else 1, row=2, col=1)
    return figure


def _reach(lines: Sequence[ReliabilityLine]) -> tuple[float, int]:
    """Return how far the axes must go: the largest probability or share drawn, and the largest number of cells."""
    filled = [line.table.count > 0 for line in lines]
    values = [
        np.concatenate([line.table.mean_probability[some], line.table.share[some]])
        for line, some in zip(lines, filled, strict=True)
    ]
    reach = max((float(one.max()) for one in values if one.size), default=1.0)
    return max(reach, 0.01), max((int(line.table.count.max()) for line in lines), default=1)


def _shares(line: ReliabilityLine, filled: np.ndarray) -> go.Scatter:
    table, name = line.table, theme.plain(line.name)
    share, low, high = (values[filled] for values in (table.share, table.share_low, table.share_high))
    return go.Scatter(
        x=table.mean_probability[filled],
        y=share,
        name=f"{name} (ECE {100 * table.ece:.1f} %)",
        legendgroup=line.name,
        mode="lines+markers",
        line={"color": line.look["color"], "dash": line.look["dash"], "width": 2},
        marker={"color": line.look["color"], "symbol": line.look["symbol"], "size": 8},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": high - share,
            "arrayminus": share - low,
            "thickness": 1.2,
            "width": 0,
        },
        customdata=np.stack([table.count[filled], low, high, table.low[filled], table.high[filled]], axis=1),
        hovertemplate=f"<b>{name}</b><br>mean probability %{{x:.3f}} (bin %{{customdata[3]:.3f}} to "
        "%{customdata[4]:.3f})<br>comes true in %{y:.3f} (95 %: %{customdata[1]:.3f} to %{customdata[2]:.3f})<br>"
        "%{customdata[0]:,} cells<extra></extra>",
    )


def _counts(line: ReliabilityLine, filled: np.ndarray) -> go.Scatter:
    return go.Scatter(
        x=line.table.mean_probability[filled],
        y=line.table.count[filled],
        legendgroup=line.name,
        showlegend=False,
        mode="lines+markers",
        line={"color": line.look["color"], "dash": line.look["dash"], "width": 1.5},
        marker={"color": line.look["color"], "symbol": line.look["symbol"], "size": 5},
        hovertemplate=f"<b>{theme.plain(line.name)}</b><br>%{{y:,}} cells around %{{x:.3f}}<extra></extra>",
    )


def bias_by_class(
    report: CalibrationReport, label_counts: Sequence[int], label_names: Sequence[str], groups: Sequence[str]
) -> go.Figure:
    """Draw mean probability minus prevalence of every class, in points, against its training images (log axis).

    Args:
        report: calibration of a run.
        label_counts: (n_labels,) positives in the training set; classes without any are left out.
        label_names: (n_labels,) names.
        groups: (n_labels,) "head", "medium" or "tail".
    """
    figure = go.Figure()
    counts, of_group = np.asarray(label_counts), np.asarray(groups)
    percent = 100 * np.stack([report.mean_probability, report.share, report.ece], axis=1)
    for name in GROUPS:
        members = np.flatnonzero((of_group == name) & (counts > 0))
        figure.add_trace(
            go.Scatter(
                x=counts[members],
                y=100 * (report.mean_probability - report.share)[members],
                name=name,
                mode="markers",
                marker={"color": theme.GROUP_COLORS[name], "symbol": theme.GROUP_SYMBOLS[name], "size": 10},
                customdata=[[theme.plain(label_names[j]), *percent[j]] for j in members],
                hovertemplate="<b>%{customdata[0]}</b>, %{x:,} training images<br>mean probability "
                "%{customdata[1]:.2f} %, present in %{customdata[2]:.2f} %<br>ECE %{customdata[3]:.2f} %"
                "<extra></extra>",
            )
        )
    theme.styled(figure, x_title=class_axis.TITLE, y_title="too high by (points)", height=360)
    class_axis.along_counts(figure)
    figure.add_hline(y=0, line={"color": theme.NEUTRAL, "width": 1})
    return figure
