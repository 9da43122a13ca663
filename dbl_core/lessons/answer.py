"""What a computation of a lesson answers: values with units, a chart as plain numbers, and where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """A number with its unit.

    Attributes:
        value: The number, in its unit; NaN where it is undefined.
        unit: What stands behind it, ``%``, ``times``, ``images``; "" for a pure number.
    """

    value: float
    unit: str = ""

    @property
    def text(self) -> str:
        """The number as a sentence shows it, three significant digits: ``29.2 %``, ``194 times``, ``1,142 images``."""
        if not math.isfinite(self.value):
            return "undefined"
        whole = float(self.value).is_integer() or abs(self.value) >= 100
        shown = f"{self.value:,.0f}" if whole else f"{self.value:.3g}"
        shown = "0" if shown == "-0" else shown
        return f"{shown} {self.unit.removesuffix('s') if shown == '1' else self.unit}".rstrip()


Value = Quantity | str
"""A quantity, or a word: a name of the data, or the key of the option of a question that is right."""


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its value, its group ("" for none), the ends of its interval, what it is compared by."""

    name: str
    value: float
    group: str = ""
    low: float = math.nan
    high: float = math.nan
    series: str = ""


@dataclass(frozen=True)
class Bars:
    """Horizontal bars.

    Attributes:
        title: What the bars measure, with its unit; the title of the axis.
        bars: From top to bottom.
        log: Whether the axis is logarithmic.
        alt: What the chart shows, in words.
    """

    title: str
    bars: tuple[Bar, ...]
    alt: str
    log: bool = False

    @property
    def table(self) -> list[dict[str, object]]:
        """One row a bar; columns that no bar fills are left out."""
        rows = [
            {
                "name": bar.name,
                "group": bar.group,
                "compared": bar.series,
                self.title: bar.value,
                "low": bar.low,
                "high": bar.high,
            }
            for bar in self.bars
        ]
        used = {key for row in rows for key, value in row.items() if value not in ("", None) and value == value}
        return [{key: value for key, value in row.items() if key in used} for row in rows]


@dataclass(frozen=True)
class Line:
    """One line: its name, its points, its group ("" for none)."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    group: str = ""


@dataclass(frozen=True)
class Lines:
    """Lines over a number.

    Attributes:
        x_title: What lies below, with its unit.
        y_title: What lies beside, with its unit.
        lines: The lines.
        alt: What the chart shows, in words.
        log_x: Whether the axis below is logarithmic.
        mark: A place on the axis below that the text speaks of; None for none.
    """

    x_title: str
    y_title: str
    lines: tuple[Line, ...]
    alt: str
    log_x: bool = False
    mark: float | None = None

    @property
    def table(self) -> list[dict[str, object]]:
        """One row a point."""
        return [
            {"line": line.name, self.x_title: x, self.y_title: y}
            for line in self.lines
            for x, y in zip(line.x, line.y, strict=True)
        ]


@dataclass(frozen=True)
class Answer:
    """What a computation found.

    Attributes:
        values: What the texts and the question of a step may name.
        order: Names from first to last, the right answer of a question that asks for an order.
        ties: Ranks of ``order``: two names of equal rank may stand either way; empty where all differ.
        chart: The picture, as numbers.
        note: Where the numbers come from where it is not the chosen data set, one sentence.
    """

    values: Mapping[str, Value]
    order: tuple[str, ...] = ()
    ties: tuple[int, ...] = ()
    chart: Bars | Lines | None = None
    note: str = ""

    def value(self, name: str) -> Value:
        """Return a value by its name.

        Raises:
            ValueError: There is none; the message lists those there are.
        """
        if name not in self.values:
            raise ValueError(f"the answer has no value {name!r}; it has {', '.join(self.values)}")
        return self.values[name]
