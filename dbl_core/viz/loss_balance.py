"""What a loss does to each class against how frequent the class is, and the balance that it leaves.

The records come from ``dbl_core.losses.explore.cell_table`` and ``dbl_core.losses.cell_watchers.Balance``. Colour and
marker are the group's; of two losses the first has filled marks and the second open ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dbl_core.longtail.groups import GROUPS
from dbl_core.viz.loss_histograms import round_numbers, written
from dbl_core.viz.losses import SIDES, CurveClass
from dbl_core.viz.theme import GROUP_COLORS, GROUP_SYMBOLS, NEUTRAL, RUN_COLORS, plain, styled

MEASURES = {"weight": "mean weight", "gradient": "mean |gradient|"}
"""What the mean over the cells of a class can show."""
EFFECTS = {"factor": "weight × focal", "pull": "|gradient|"}
"""What can be summed over the positives of a class to say how much it counts."""

LINEAR_SPREAD = 25
"""Weights whose largest is less than this many times their smallest are drawn on a linear axis."""

Answers = Mapping[str, Mapping[str, Any]]


def class_means(answers: Answers, classes: Sequence[CurveClass], *, measure: str = "weight") -> go.Figure:
    """Draw the mean weight or gradient of the cells of every class against its training images.

    Args:
        answers: for each loss its short title and an answer with "labels"; a loss without weights is left out of them.
        classes: all classes of the data set.
        measure: key of :data:`MEASURES`.

    Raises:
        ValueError: an unknown measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure is {measure!r}; allowed: {', '.join(MEASURES)}")
    titles = [f"{side} cells" for side in SIDES]
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.04, column_titles=titles)
    for place, (title, answer) in enumerate(answers.items()):
        records = {record["label"]: record for record in answer["labels"]}
        for column, side in enumerate(SIDES, start=1):
            values = {label: record[f"{side}_{measure}"] for label, record in records.items()}
            told = f"{MEASURES[measure]} of its {side} cells"
            figure.add_traces(_points(values, classes, title, told, first=place == 0), rows=1, cols=column)
    _keys(figure, answers, classes)
    _against_count(figure, MEASURES[measure], height=360)
    figure.update_yaxes(title_text="", col=2)
    values = [value for trace in figure.data for value in trace.y if value is not None]
    if measure == "weight" and max(values, default=1) < LINEAR_SPREAD * min(values, default=1):
        return figure.update_yaxes(rangemode="tozero")
    return figure.update_yaxes(**_log_axis(figure))


def effective(
    answers: Answers, classes: Sequence[CurveClass], *, sampler: str = "uniform", effect: str = "factor"
) -> go.Figure:
    """Draw how much each class counts through its positives, relative to the average class: 1 is balance.

    Grey are the images that the sampler draws, before the loss weighs them. The average is the geometric mean over the
    classes that occur.

    Args:
        answers: for each loss its short title and an answer with "balance"; a loss without the effect is left out.
        classes: all classes of the data set.
        sampler: key of the balance.
        effect: key of :data:`EFFECTS`.

    Raises:
        ValueError: an unknown effect.
    """
    if effect not in EFFECTS:
        raise ValueError(f"effect is {effect!r}; allowed: {', '.join(EFFECTS)}")
    figure = go.Figure()
    balances = {title: answer["balance"][sampler] for title, answer in answers.items()}
    for balance in list(balances.values())[:1]:
        drawn = _relative(balance["positives"])
        chosen = [one for one in sorted(classes, key=lambda one: one.count) if drawn.get(one.label)]
        figure.add_scatter(
            x=[one.count for one in chosen],
            y=[drawn[one.label] for one in chosen],
            mode="markers",
            marker={"symbol": "line-ew-open", "size": 9, "color": NEUTRAL, "line": {"width": 2}},
            text=[plain(one.name) for one in chosen],
            hovertemplate="<b>%{text}</b>, %{x:,} training images<br>drawn %{y:.3g} times as often as the average class"
            "<extra></extra>",
            name="images drawn",
        )
    for place, (title, balance) in enumerate(balances.items()):
        if balance[effect] is not None:
            told = f"times the average class, by {EFFECTS[effect]} of its positives"
            figure.add_traces(_points(_relative(balance[effect]), classes, title, told, first=place == 0))
    _keys(figure, answers, classes)
    _against_count(figure, "times the average class", height=400)
    return _with_balance_line(figure)


def push_and_pull(answers: Answers, classes: Sequence[CurveClass], *, sampler: str = "uniform") -> go.Figure:
    """Draw for every class the gradient of its negatives over that of its positives: 1 is balance.

    Args:
        answers: for each loss its short title and an answer with "balance".
        classes: all classes of the data set.
        sampler: key of the balance.
    """
    figure = go.Figure()
    for place, (title, answer) in enumerate(answers.items()):
        balance = answer["balance"][sampler]
        pairs = enumerate(zip(balance["push"], balance["pull"], strict=True))
        values = {label: push / pull if pull > 0 else None for label, (push, pull) in pairs}
        told = "times as much gradient from negatives as from positives"
        figure.add_traces(_points(values, classes, title, told, first=place == 0))
    _keys(figure, answers, classes)
    _against_count(figure, "|gradient| of negatives / positives", height=400)
    return _with_balance_line(figure)


def spreads(answers: Answers, counts: Sequence[int], *, sampler: str, sampler_title: str) -> go.Figure:
    """Draw how many times the largest class counts as the smallest: in the data, as drawn, and under each loss.

    Args:
        answers: for each loss its short title and an answer with "balance".
        counts: training images of every class.
        sampler: key of the balance.
        sampler_title: how the page calls the sampler.
    """
    present = [count for count in counts if count > 0]
    rows = [("images in the data", max(present) / min(present) if present else None, NEUTRAL)]
    for place, (title, answer) in enumerate(answers.items()):
        spread = answer["balance"][sampler]["spread"]
        if not place and sampler != "uniform":
            rows.append((f"images drawn, {sampler_title.lower()}", spread["positives"], NEUTRAL))
        rows += [
            (f"{plain(title)}, {EFFECTS[key]}", spread[key], RUN_COLORS[place]) for key in EFFECTS if key in spread
        ]
    names = [name for name, _, _ in rows]
    values = [value for _, value, _ in rows]
    figure = go.Figure(
        go.Bar(
            y=names,
            x=[value or 1 for value in values],
            orientation="h",
            marker={"color": [color for *_, color in rows]},
            text=["undefined" if value is None else f"{value:,.3g}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="<b>%{y}</b><br>the largest class counts %{text} times the smallest<extra></extra>",
        )
    )
    styled(figure, x_title="largest class / smallest class", y_title="", height=96 + 30 * len(rows), legend=False)
    top = max((value for value in values if value), default=10)
    figure.update_xaxes(type="log", range=[0, np.log10(max(top, 3)) * 1.12], dtick=1)
    return figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=False)


def drawn_shares(answer: Mapping[str, Any], sampler: str) -> dict[str, Any]:
    """Return the records of ``loss_cells.gradient_shares`` for images that a sampler draws.

    Args:
        answer: an answer with "balance".
        sampler: key of the balance.
    """
    balance = answer["balance"][sampler]
    pull, push = (np.asarray(balance[side], dtype=np.float64) for side in ("pull", "push"))
    own = pull + push
    total = own.sum()
    return {
        "labels": [
            {
                "label": label,
                "share": float(both / total) if total else None,
                "positive_share": float(pull[label] / both) if both else None,
            }
            for label, both in enumerate(own)
        ]
    }


def _points(
    values: Mapping[int, float | None], classes: Sequence[CurveClass], title: str, told: str, *, first: bool
) -> list[go.Scatter]:
    traces = []
    for group in GROUPS:
        members = [one for one in classes if one.group == group and values.get(one.label) is not None]
        marker: dict[str, Any] = {"color": GROUP_COLORS[group], "size": 9 if first else 8}
        marker["symbol"] = GROUP_SYMBOLS[group] + ("" if first else "-open")
        traces.append(
            go.Scatter(
                x=[one.count for one in members],
                y=[values[one.label] for one in members],
                mode="markers",
                marker=marker,
                text=[plain(one.name) for one in members],
                hovertemplate=f"<b>%{{text}}</b>, {group}, %{{x:,}} training images<br>{plain(title)}"
                f"<br>%{{y:.4g}} {told}<extra></extra>",
                showlegend=False,
            )
        )
    return [trace for trace in traces if len(trace.x)]


def _keys(figure: go.Figure, answers: Answers, classes: Sequence[CurveClass]) -> None:
    """Explain marks and colours: the groups by their marks, two losses by filled and open ones."""
    for group in GROUPS:
        if any(one.group == group for one in classes):
            marker = {"color": GROUP_COLORS[group], "symbol": GROUP_SYMBOLS[group], "size": 9}
            figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=group, hoverinfo="skip")
    for place, title in enumerate(answers if len(answers) > 1 else ()):
        marker = {"color": NEUTRAL, "symbol": "circle-open" if place else "circle", "size": 9}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=plain(title), hoverinfo="skip")


def _with_balance_line(figure: go.Figure) -> go.Figure:
    axis = _log_axis(figure)
    axis["range"] = [min(axis["range"][0], -0.1), max(axis["range"][1], 0.1)]
    figure.add_hline(1, line={"color": NEUTRAL, "dash": "dot", "width": 1.5})
    return figure.update_yaxes(**axis)


def _against_count(figure: go.Figure, y_title: str, *, height: int) -> None:
    styled(figure, x_title="training images of the class", y_title=y_title, height=height, margins=(8, 8, 56, 8))
    figure.update_xaxes(type="log", dtick=1)
    figure.update_annotations(font_size=12)
    figure.update_layout(legend={"y": 1.07, "itemclick": False, "itemdoubleclick": False})


def _log_axis(figure: go.Figure) -> dict[str, Any]:
    """Return a logarithmic axis that fits all marks, with round numbers on it, whatever its length."""
    values = np.array([value for trace in figure.data for value in trace.y if value is not None and value > 0] or [1.0])
    low, high = np.log10(values.min()), np.log10(values.max())
    margin = max(0.06 * (high - low), 0.1)
    low, high = float(low - margin), float(high + margin)
    ticks = round_numbers(low, high)
    texts = [written(tick) for tick in ticks]
    return {"type": "log", "range": [low, high], "tickmode": "array", "tickvals": ticks, "ticktext": texts}


def _relative(values: Sequence[float]) -> dict[int, float | None]:
    """Return the values over their geometric mean; None for a class that counts nothing."""
    array = np.asarray(values, dtype=np.float64)
    some = array > 0
    mean = np.exp(np.log(array[some]).mean()) if some.any() else 1.0
    return {label: float(value / mean) if value > 0 else None for label, value in enumerate(array)}
