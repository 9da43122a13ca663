"""The pictures of the lessons: bars and lines from the plain numbers that a computation gives."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from dbl_core.lessons.answer import Bar, Bars, Line, Lines
from dbl_core.viz import theme
from dbl_core.viz.labels import pattern_of, shortened
from dbl_core.viz.run_looks import run_style

BAR_HEIGHT, SERIES_HEIGHT, EDGES = 26, 15, 84
MOST_TEXTS = 24
"""Up to so many bars each carries its number."""
LEAST_LOG = 1e-3


def draw(chart: Bars | Lines) -> go.Figure:
    """Draw a chart of an answer."""
    return bars(chart) if isinstance(chart, Bars) else lines(chart)


def bars(chart: Bars) -> go.Figure:
    """Draw horizontal bars, the first on top; bars that are compared stand below each other under one name."""
    figure = go.Figure()
    names = list(dict.fromkeys(theme.plain(bar.name) for bar in chart.bars))
    series = list(
        dict.fromkeys((bar.series, bar.group if not bar.series or _is_group(bar) else "") for bar in chart.bars)
    )
    for number, key in enumerate(series):
        some = [bar for bar in chart.bars if (bar.series, bar.group if not bar.series or _is_group(bar) else "") == key]
        figure.add_trace(_bars(some, number, len(chart.bars) <= MOST_TEXTS))
    rows = len(names) * (SERIES_HEIGHT * _most_beside(chart) + BAR_HEIGHT - SERIES_HEIGHT)
    legend = any(bar.group or bar.series for bar in chart.bars)
    theme.styled(figure, x_title=chart.title, y_title="", height=max(rows + EDGES, 170), legend=legend)
    texts = [shortened(name) for name in names]
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=names,
        tickvals=names,
        ticktext=texts,
        autorange="reversed",
        showgrid=False,
    )
    figure.update_xaxes(**_reach(chart))
    mode = "group" if _most_beside(chart) > 1 else "overlay"
    return figure.update_layout(bargap=0.25, barmode=mode)


def lines(chart: Lines) -> go.Figure:
    """Draw lines over a number, with a thin line at the place that the text speaks of."""
    figure = go.Figure()
    for number, line in enumerate(chart.lines):
        figure.add_trace(_line(line, number, chart))
    theme.styled(figure, x_title=chart.x_title, y_title=chart.y_title, height=360)
    if chart.log_x:
        ticks = sorted({x for line in chart.lines for x in line.x})
        figure.update_xaxes(type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    if chart.mark is not None and math.isfinite(chart.mark):
        figure.add_vline(x=chart.mark, line={"color": theme.NEUTRAL, "dash": "dot", "width": 2})
    return figure


def _is_group(bar: Bar) -> bool:
    return bar.series == bar.group


def _most_beside(chart: Bars) -> int:
    """Return how many bars stand under one name at most."""
    counted: dict[str, int] = {}
    for bar in chart.bars:
        counted[bar.name] = counted.get(bar.name, 0) + 1
    return max(counted.values(), default=1)


def _bars(some: list[Bar], number: int, with_texts: bool) -> go.Bar:
    first = some[0]
    name = first.series or first.group
    if first.group and (not first.series or _is_group(first)):
        marker = {"color": theme.GROUP_COLORS[first.group], "pattern": pattern_of(first.group)}
    else:
        marker = {"color": run_style(number)["color"]}
    known = [(bar.high - bar.value, bar.value - bar.low) if math.isfinite(bar.low) else (0, 0) for bar in some]
    intervals = any(up or down for up, down in known)
    error = {"type": "data", "array": [up for up, _ in known], "arrayminus": [down for _, down in known]}
    return go.Bar(
        y=[theme.plain(bar.name) for bar in some],
        x=[bar.value for bar in some],
        orientation="h",
        name=theme.plain(name),
        marker=marker,
        error_x={**error, "color": theme.NEUTRAL, "thickness": 2} if intervals else None,
        text=[_text(bar.value) for bar in some] if with_texts and not intervals else None,
        textposition="outside",
        cliponaxis=False,
        customdata=[_range(bar) for bar in some],
        hovertemplate="<b>%{y}</b><br>%{x:,.4g}%{customdata}<extra>" + theme.plain(name) + "</extra>",
    )


def _line(line: Line, number: int, chart: Lines) -> go.Scatter:
    look = theme.group_look(line.group) if line.group else run_style(number)
    few = len(line.x) <= MOST_TEXTS
    return go.Scatter(
        x=list(line.x),
        y=list(line.y),
        name=theme.plain(line.name),
        mode="lines+markers" if few else "lines",
        line={"color": look["color"], "dash": look["dash"], "width": 2.5},
        marker={"symbol": look["symbol"], "size": 7},
        hovertemplate=f"<b>{theme.plain(line.name)}</b><br>%{{x:,.4g}}: %{{y:,.4g}}<extra></extra>",
    )


def _reach(chart: Bars) -> dict[str, object]:
    """Return the range of the axis: from 0, with room for the numbers at the ends of the bars."""
    ends = [value for bar in chart.bars for value in (bar.value, bar.low, bar.high) if math.isfinite(value)]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    if chart.log:
        positive = [value for value in ends if value > 0]
        least = max(min(positive, default=1.0), LEAST_LOG)
        return {
            "type": "log",
            "range": [math.log10(least / 2), math.log10(2.5 * max(positive, default=1.0))],
            "dtick": 1,
        }
    room = 0.16 * max(high - low, 1e-9)
    return {"range": [low - room if low < 0 else 0, high + room if high > 0 else 0], "zeroline": True}


def _text(value: float) -> str:
    if not math.isfinite(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"


def _range(bar: Bar) -> str:
    return f" (from {bar.low:.4g} to {bar.high:.4g})" if math.isfinite(bar.low) else ""
