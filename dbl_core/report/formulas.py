"""Formulas as MathML, which browsers draw by themselves: no script, no font of our own."""

from __future__ import annotations

from functools import lru_cache

from latex2mathml.converter import convert
from markupsafe import Markup

BREAK = r",\quad"
"""Where a formula of the catalogue goes on in a new line."""


def lines_of(formula: str) -> tuple[str, ...]:
    """The lines of a formula of the catalogue: the formula, then what its letters mean."""
    return tuple(line.strip() for line in formula.split(BREAK))


@lru_cache(maxsize=512)
def mathml(latex: str, display: str = "inline") -> Markup:
    """Our own LaTeX as MathML markup.

    Args:
        latex: Without dollar signs. Only formulas that the lab itself holds: the markup is not escaped again.
        display: ``inline`` or ``block``.
    """
    return Markup(convert(latex, display=display))
