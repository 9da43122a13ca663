"""The numbers that a figure draws as rows of a table, for those who cannot see it or want to read values."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

MOST_ROWS = 2000
"""More points than this are cut off: such a figure is a picture of a distribution, not of values to read."""
_TAGS = re.compile(r"</?(?:b|i|sub|sup|br)\s*/?>")


def figure_rows(figure: go.Figure) -> list[dict[str, Any]]:
    """Return one row a drawn point, in the units of its axes.

    Args:
        figure: Bars, markers and lines; a heatmap gives a row a cell.

    Returns:
        At most :data:`MOST_ROWS` rows with the keys ``series`` (the trace's name), ``name`` (the point's own, where it
        has one, or where it stands on an axis of names without a title), the titles of the two axes, and ``from`` and
        ``to`` where the point has an interval. Points without a value are left out, and so are traces that only fill
        the legend. Other kinds of trace give no rows.
    """
    rows: list[dict[str, Any]] = []
    for trace in figure.data:
        if trace.visible is False or trace.type not in ("bar", "scatter", "heatmap"):
            continue
        for row in _cells(figure, trace) if trace.type == "heatmap" else _points(figure, trace):
            if len(rows) == MOST_ROWS:
                return rows
            rows.append(row)
    return rows


def _points(figure: go.Figure, trace: Any) -> Iterator[dict[str, Any]]:
    x, y = _values(trace.x), _values(trace.y)
    if not len(x) or not len(y):
        return
    across, up = _title(figure, trace.xaxis, "x"), _title(figure, trace.yaxis, "y")
    names = _names(trace, min(len(x), len(y)))
    sideways = bool(len(_values(trace.error_x.array)))
    error, middle = (trace.error_x, x) if sideways else (trace.error_y, y)
    above, below = _values(error.array), _values(error.arrayminus if error.arrayminus is not None else error.array)
    for place, (left, right) in enumerate(zip(x, y, strict=False)):
        if _missing(left) or _missing(right):
            continue
        row = {"series": _plain(trace.name)} | ({"name": names[place]} if names else {})
        row |= {_key(across, left): _plain(left), _key(up, right): _plain(right)}
        if place < len(above) and error.visible is not False and not _missing(above[place]):
            row |= {"from": middle[place] - below[place], "to": middle[place] + above[place]}
        yield row


def _cells(figure: go.Figure, trace: Any) -> Iterator[dict[str, Any]]:
    grid = np.asarray(trace.z)
    if grid.ndim != 2:
        return
    x = _values(trace.x) if trace.x is not None else np.arange(grid.shape[1])
    y = _values(trace.y) if trace.y is not None else np.arange(grid.shape[0])
    across, up = _title(figure, trace.xaxis, "column"), _title(figure, trace.yaxis, "row")
    for row in range(grid.shape[0]):
        for column in range(grid.shape[1]):
            if not _missing(grid[row, column]):
                yield {up: _plain(y[row]), across: _plain(x[column]), "value": _plain(grid[row, column])}


def _key(title: str, value: Any) -> str:
    """The name of a column: an axis without a title says names."""
    return "name" if title in ("x", "y") and isinstance(value, str) else title


def _title(figure: go.Figure, axis: str | None, otherwise: str) -> str:
    """What stands at an axis; plots that share an axis say it once, at the first that has a title."""
    letter = (axis or otherwise)[0]
    kind = f"{letter}axis"
    if letter not in "xy":
        return otherwise
    own = figure.layout[kind + (axis or letter)[1:]].title.text
    axes = figure.select_xaxes() if letter == "x" else figure.select_yaxes()
    return _plain(own or next(filter(None, (each.title.text for each in axes)), None) or otherwise)


def _names(trace: Any, n: int) -> list[str] | None:
    """What each point is called: its text, or the first word of what it shows on hovering."""
    for given in (trace.hovertext, trace.text):
        if given is not None and not isinstance(given, str) and len(given) == n:
            return [_plain(each) for each in given]
    noted = trace.customdata
    if noted is not None and len(noted) == n and n:
        first = noted[0]
        first = first[0] if isinstance(first, Sequence | np.ndarray) and not isinstance(first, str) else first
        if isinstance(first, str):
            return [_plain(each if isinstance(each, str) else each[0]) for each in noted]
    return None


def _values(given: Any) -> np.ndarray:
    return np.asarray([] if given is None else given, dtype=object).ravel()


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float | np.floating) and not np.isfinite(value))


def _plain(value: Any) -> Any:
    """A number as it is; a text without plotly's tags."""
    if isinstance(value, np.generic):
        return value.item()
    return html.unescape(_TAGS.sub(" ", value)).strip() if isinstance(value, str) else value
