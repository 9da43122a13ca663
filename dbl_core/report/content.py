"""What a report says, before it is written as a page or as files: sections of texts, tables, figures and code."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple

MOST_ROWS = 400
"""Most rows of a table on the page; its CSV has all of them."""
LONG_TEXT = 60
"""Signs of a text from which on its column needs room for sentences."""
UNKNOWN = "–"


class Estimate(NamedTuple):
    """A number with its interval and, for a difference, what is to be thought of it."""

    value: float
    low: float = math.nan
    high: float = math.nan
    word: str = ""


class Formula(NamedTuple):
    """A formula in a cell, as LaTeX."""

    latex: str


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: its heading, with the unit of its numbers.
        digits: decimals of its numbers on the page; None for text and whole numbers.
        signed: whether positive numbers have a sign.
        ends: whether its cells are ``Estimate``; a CSV has columns of their own for low and high.
        word: with ``ends``: whether they carry a word, which a CSV has in a column of its own.
    """

    title: str
    digits: int | None = None
    signed: bool = False
    ends: bool = False
    word: bool = False

    def shown(self, value: Any) -> str:
        """A number of this column as the page shows it; a dash where it is not known."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return UNKNOWN
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        sign = "+" if self.signed else ""
        return f"{value:{sign},}" if self.digits is None else f"{value:{sign},.{self.digits}f}"


@dataclass(frozen=True)
class Table:
    """A table; the first cell of every row is its heading.

    Attributes:
        key: unique in a report; the file name of its CSV.
        caption: what it shows.
        columns: headings and formats.
        rows: cells, as many as columns: text, numbers, ``Estimate`` or ``Formula``.
    """

    kind: ClassVar[str] = "table"
    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]

    @property
    def shown_rows(self) -> Sequence[Sequence[Any]]:
        """The rows that the page shows."""
        return self.rows[:MOST_ROWS]

    @property
    def looks(self) -> tuple[str, ...]:
        """How each column looks: ``number`` stands flush right, ``prose`` keeps room for sentences, or neither.

        In a table of two columns the second has all the room there is.
        """
        first = self.rows[0] if self.rows else ("",) * len(self.columns)
        looks = []
        for place, (column, cell) in enumerate(zip(self.columns, first, strict=True)):
            if column.ends or column.digits is not None or isinstance(cell, int | float):
                looks.append("number")
            else:
                longest = max((len(row[place]) for row in self.shown_rows if isinstance(row[place], str)), default=0)
                looks.append("prose" if longest > LONG_TEXT and len(self.columns) > 2 else "")
        return tuple(looks)

    def csv(self) -> str:
        """All rows as CSV with a header line; numbers unrounded, unknown ones empty."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([name for column in self.columns for name in _names(column)])
        for row in self.rows:
            pairs = zip(self.columns, row, strict=True)
            writer.writerow([_plain(part) for column, cell in pairs for part in _parts(column, cell)])
        return text.getvalue()


@dataclass(frozen=True)
class Figure:
    """A figure with the words and the numbers that stand for it.

    Attributes:
        key: unique in a report; the file name of its JSON and of its pictures.
        title: a few words.
        figure: a plotly figure.
        alt: what one would see, for those who cannot.
        caption: how to read it.
        table: its numbers.
    """

    kind: ClassVar[str] = "figure"
    key: str
    title: str
    figure: Any
    alt: str
    caption: str
    table: Table


@dataclass(frozen=True)
class Text:
    """A paragraph; a warning is set apart."""

    kind: ClassVar[str] = "text"
    text: str
    warning: bool = False


@dataclass(frozen=True)
class Formulas:
    """Lines of LaTeX, each on a line of its own."""

    kind: ClassVar[str] = "formulas"
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """Lines to copy, with a name that tells what they are."""

    kind: ClassVar[str] = "code"
    title: str
    text: str


@dataclass(frozen=True)
class Link:
    """A source that is named with its address; it is opened only by who clicks on it."""

    kind: ClassVar[str] = "link"
    text: str
    url: str


@dataclass(frozen=True)
class Items:
    """A list of sentences, or of sources."""

    kind: ClassVar[str] = "items"
    items: tuple[str | Link, ...]


@dataclass(frozen=True)
class Folded:
    """Blocks behind a heading that opens them."""

    kind: ClassVar[str] = "folded"
    title: str
    blocks: tuple[Any, ...]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar[str] = "heading"
    text: str


Block = Table | Figure | Text | Items | Formulas | Code | Link | Folded | Heading


@dataclass(frozen=True)
class Section:
    """A part of a report with its heading; the key is its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report."""

    title: str
    lead: str
    made_at: datetime
    sections: tuple[Section, ...]

    @property
    def blocks(self) -> list[Block]:
        """All blocks in order, folded ones too."""
        return [block for section in self.sections for block in _unfolded(section.blocks)]

    @property
    def figures(self) -> list[Figure]:
        """All figures in order."""
        return [block for block in self.blocks if isinstance(block, Figure)]

    @property
    def tables(self) -> list[Table]:
        """All tables in order, those behind figures too."""
        found = [block.table if isinstance(block, Figure) else block for block in self.blocks]
        return [block for block in found if isinstance(block, Table)]


def utc(moment: datetime) -> str:
    """A moment as a report writes it, the same wherever it is read: ``2026-05-31 09:26 UTC``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _unfolded(blocks: Sequence[Block]) -> list[Block]:
    found = []
    for block in blocks:
        found += _unfolded(block.blocks) if isinstance(block, Folded) else [block]
    return found


def _names(column: Column) -> list[str]:
    ends = [f"{column.title}, low", f"{column.title}, high"] if column.ends else []
    return [column.title, *ends, *([f"{column.title}, judged"] if column.word else [])]


def _parts(column: Column, cell: Any) -> list[Any]:
    if not column.ends:
        return [cell]
    estimate = cell if isinstance(cell, Estimate) else Estimate(math.nan)
    return [*estimate[:3], *([estimate.word] if column.word else [])]


def _plain(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, Formula):
        return value.latex
    return f"{value:.10g}" if isinstance(value, float) else str(value)
