"""What a run looks like, the same in every list and figure: its colour, marker, dash, bar pattern and mark.

Runs that differ in nothing but the seed are one method and look alike. A method has a place among all methods of the
lab, see :func:`run_places`, and its look follows from the place alone: neither choosing, filtering nor ordering runs
changes it. Colours repeat from the ninth place on, then with another marker, dash and pattern.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from dbl_core.viz.theme import RUN_COLORS

RUN_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
"""Markers of plotly."""
RUN_MARKS = dict(zip(RUN_SYMBOLS, "●■◆▲✚✖★⬢", strict=True))
"""The same markers as letters, for tables and headings."""
RUN_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
RUN_PATTERNS = ("", "/", "x", ".", "-", "|", "+", "\\")
"""Bar patterns of plotly; the first eight places have plain bars."""
STROKES = {"fillmode": "overlay", "size": 7, "solidity": 0.25, "fgcolor": "rgba(255,255,255,0.7)"}
"""How a bar pattern is drawn, beside its shape: light strokes over the colour."""


def run_style(place: int) -> dict[str, str]:
    """Return colour, symbol, dash and pattern of a place; no two of the first 64 share all four."""
    lap, color = divmod(place, len(RUN_COLORS))
    return {
        "color": RUN_COLORS[color],
        "symbol": RUN_SYMBOLS[(color + lap) % len(RUN_SYMBOLS)],
        "dash": RUN_DASHES[(color + lap) % len(RUN_DASHES)],
        "pattern": RUN_PATTERNS[lap % len(RUN_PATTERNS)],
    }


def run_places(keys: Iterable[str]) -> dict[str, int]:
    """Give every method of the lab a place for :func:`run_style`.

    Every key has its own order of the eight colours, by hashing, and takes the first that no method before it has; from
    the ninth method on all are free once more. So a new method changes none of those before it, and deleting one
    changes few others: those that had to give way to it.

    Args:
        keys: key of the method of every run, ``dbl_core.runs.comparison.settings_key``, the oldest run first.
    """
    n_colors = len(RUN_COLORS)
    places: dict[str, int] = {}
    free: set[int] = set()
    for key in dict.fromkeys(keys):
        free = free or {len(places) + color for color in range(n_colors)}
        places[key] = min(free, key=lambda place: zlib.crc32(f"{place % n_colors} {key}".encode()))
        free.discard(places[key])
    return places


def swatch(place: int, size: int = 18) -> str:
    """Return the mark of a place as a small SVG picture, ``size`` pixels wide and high."""
    look = run_style(place)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 18 18">'
        f'<text x="9" y="15" font-size="17" font-family="sans-serif" text-anchor="middle" fill="{look["color"]}">'
        f"{RUN_MARKS[look['symbol']]}</text></svg>"
    )
