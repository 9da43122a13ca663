"""Training replayed: a slider over the epochs moves mAP, loss weights and the AP of every class, all in the browser.

The figure holds every epoch as a frame, so that moving the slider asks nothing of the server.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.outcome import SIGNS, ClassResult, Epoch
from dbl_core.viz import class_axis, theme

MOST_FRAMES = 50
MOST_CLASSES = 1000
"""Of longer runs so many epochs are shown, evenly spread; the classes of larger data sets are left out."""
HEIGHT, TOP, LEFT, STANDOFF = 1020, 184, 72, 22
"""Margin and distance on the left with which the titles of all axes stand clear of the longest numbers."""
PLAY_S = 5.0
"""How long it plays from the first epoch to the last, about."""
_NAN = float("nan")


@dataclass(frozen=True)
class _Line:
    """A line that grows with the epochs: where it is drawn, how it is called and looks, its value at an epoch."""

    row: int
    key: str
    value: Callable[[Epoch], float]


def replay(epochs: Sequence[Epoch], classes: Sequence[ClassResult] = ()) -> go.Figure:
    """Draw a run with a slider over its epochs; it opens at the last one.

    Args:
        epochs: The epochs of a run, at least one.
        classes: Its classes in the order of ``Epoch.ap``; without them, or where the two do not fit, the AP of every
            class is left out.

    Raises:
        ValueError: There is no epoch.
    """
    if not epochs:
        raise ValueError("there is no epoch to replay")
    shown = frames_of(epochs)
    known = len(classes) if 0 < len(classes) <= MOST_CLASSES else 0
    with_classes = known > 0 and all(len(epoch.ap) == known for epoch in shown)
    lines = list(_lines())
    figure = make_subplots(rows=4 if with_classes else 3, cols=1, vertical_spacing=0.09)
    for line in lines:
        figure.add_trace(_trace(line, shown), row=line.row, col=1)
    groups = {group: [place for place in range(known) if classes[place].group == group] for group in GROUPS}
    if with_classes:
        for group, places in groups.items():
            figure.add_trace(_points(group, [classes[place] for place in places], shown[-1], places), row=4, col=1)
    figure.frames = [
        go.Frame(
            name=str(epoch.epoch),
            data=[{"x": [each.epoch for each in shown[: n + 1]], "y": _values(line, shown[: n + 1])} for line in lines]
            + ([{"y": _ap(epoch, places)} for places in groups.values()] if with_classes else []),
            traces=list(range(len(figure.data))),
        )
        for n, epoch in enumerate(shown)
    ]
    _axes(figure, shown, with_classes=with_classes)
    return _controls(figure, shown)


def frames_of(epochs: Sequence[Epoch]) -> list[Epoch]:
    """The epochs that are shown: all, or of many some that are evenly spread, the first and the last among them."""
    if len(epochs) <= MOST_FRAMES:
        return list(epochs)
    step = (len(epochs) - 1) / (MOST_FRAMES - 1)
    return [epochs[round(number * step)] for number in range(MOST_FRAMES)]


def replay_rows(epochs: Sequence[Epoch]) -> list[dict[str, float]]:
    """The numbers of the lines as a table, one row an epoch: mAP in percent, mean weights by group and sign."""
    rows = []
    for epoch in epochs:
        row = {"epoch": epoch.epoch} | {f"{key} mAP (%)": 100 * epoch.map.get(key, _NAN) for key in REPORT_KEYS}
        for sign in SIGNS:
            row |= {f"{group} {sign}s": _weight(epoch, sign, group) for group in GROUPS}
        rows.append(row)
    return rows


def _lines() -> Iterator[_Line]:
    for key in REPORT_KEYS:
        yield _Line(1, key, lambda epoch, key=key: 100 * epoch.map.get(key, _NAN))
    for row, sign in enumerate(SIGNS, start=2):
        for group in GROUPS:
            yield _Line(row, group, lambda epoch, sign=sign, group=group: _weight(epoch, sign, group))


def _weight(epoch: Epoch, sign: str, group: str) -> float:
    return epoch.weights.get(sign, {}).get(group, _NAN)


def _values(line: _Line, epochs: Sequence[Epoch]) -> list[float]:
    return [line.value(epoch) for epoch in epochs]


def _trace(line: _Line, epochs: Sequence[Epoch]) -> go.Scatter:
    look = theme.group_look(line.key)
    return go.Scatter(
        x=[epoch.epoch for epoch in epochs],
        y=_values(line, epochs),
        name=line.key,
        legendgroup=line.key,
        showlegend=line.row == 1,
        mode="lines+markers",
        line={"color": look["color"], "dash": look["dash"], "width": 2},
        marker={"color": look["color"], "symbol": look["symbol"], "size": 7 if len(epochs) <= 30 else 4},
        hovertemplate=f"{line.key}<br>epoch %{{x}}: %{{y:.4g}}<extra></extra>",
    )


def _ap(epoch: Epoch, places: Sequence[int]) -> list[float]:
    return [100 * epoch.ap[place] for place in places]


def _points(group: str, classes: Sequence[ClassResult], epoch: Epoch, places: Sequence[int]) -> go.Scatter:
    look = theme.group_look(group)
    return go.Scatter(
        x=[each.train_count or None for each in classes],
        y=_ap(epoch, places),
        text=[f"{theme.plain(each.label)}, {each.test_positives:,} test positives" for each in classes],
        name=group,
        legendgroup=group,
        showlegend=False,
        mode="markers",
        marker={"color": look["color"], "symbol": look["symbol"], "size": 9},
        hovertemplate="%{text}<br>%{x:,} training images: AP %{y:.1f} %<extra></extra>",
    )


def _axes(figure: go.Figure, epochs: Sequence[Epoch], *, with_classes: bool) -> None:
    """Fixed ranges: nothing jumps while it plays."""
    theme.styled(figure, x_title="", y_title="", height=HEIGHT if with_classes else HEIGHT - 220)
    first, last = epochs[0].epoch, epochs[-1].epoch
    titles = ("mAP (%)", *(f"weight, {sign}s" for sign in SIGNS))
    for row, title in enumerate(titles, start=1):
        top = max((value for trace in figure.data for value in _of_row(trace, row) if math.isfinite(value)), default=1)
        figure.update_yaxes(title={"text": title, "standoff": STANDOFF}, range=[0, 1.08 * top or 1], row=row, col=1)
        margin = 0.02 * max(last - first, 1) + 0.1
        few = {"dtick": 1} if last - first <= 12 else {}
        ends = [first - margin, max(last, first + 1) + margin]
        figure.update_xaxes(title={"text": "epoch", "standoff": 6}, range=ends, tickformat="d", row=row, col=1, **few)
    if with_classes:
        figure.update_yaxes(title={"text": "class AP (%)", "standoff": STANDOFF}, range=[0, 104], row=4, col=1)
        figure.update_xaxes(title={"text": class_axis.TITLE, "standoff": 6}, row=4, col=1)
        figure.update_xaxes(**class_axis.AXIS, row=4, col=1)


def _of_row(trace: go.Scatter, row: int) -> Sequence[float]:
    """The values of a trace that is drawn in a row of lines."""
    return trace.y if (trace.yaxis or "y") == ("y" if row == 1 else f"y{row}") else ()


def _controls(figure: go.Figure, epochs: Sequence[Epoch]) -> go.Figure:
    """Slider and buttons above the charts, within reach of what they move."""
    plot = figure.layout.height - TOP
    look = {"x": 0, "xanchor": "left", "yanchor": "top", "bgcolor": "rgba(125,136,149,0.25)"}
    look |= {"bordercolor": theme.NEUTRAL, "borderwidth": 1}
    figure.update_layout(
        margin={"t": TOP, "l": LEFT},
        legend={"y": 1 + 4 / plot},
        updatemenus=[_buttons(len(epochs)) | look | {"y": 1 + (TOP - 4) / plot}],
        sliders=[_slider(epochs) | look | {"y": 1 + (TOP - 40) / plot}],
    )
    return figure


def _frame(wait_ms: float) -> dict[str, object]:
    """How a frame is shown: at once, for so long."""
    return {"mode": "immediate", "frame": {"duration": wait_ms, "redraw": False}, "transition": {"duration": 0}}


def _buttons(n_frames: int) -> dict[str, object]:
    wait = max(1000 * PLAY_S / n_frames, 80)
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "pad": {"t": 0, "r": 0},
        "buttons": [
            {"label": "Play", "method": "animate", "args": [None, {**_frame(wait), "fromcurrent": False}]},
            {"label": "Pause", "method": "animate", "args": [[None], _frame(0)]},
        ],
    }


def _slider(epochs: Sequence[Epoch]) -> dict[str, object]:
    names = [str(epoch.epoch) for epoch in epochs]
    return {
        "active": len(epochs) - 1,
        "len": 1,
        "pad": {"t": 0, "b": 0},
        "ticklen": 4,
        "currentvalue": {"prefix": "Epoch ", "xanchor": "right", "offset": 6},
        "steps": [{"label": name, "method": "animate", "args": [[name], _frame(0)]} for name in names],
    }
