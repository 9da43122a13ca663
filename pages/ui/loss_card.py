"""What a loss is, in words, in its formula, and in the formula with the numbers that are set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dbl_core.config import LossConfig
from dbl_core.losses import LOSSES
from dbl_core.viz.losses import CurveClass
from pages.ui.text import literal

NUMBER_COLOR = "#0B7BC1"
"""Colour of the numbers inside a formula, readable on both backgrounds."""
VALUE_OF = {"cell": "L_i", "image": "L", "batch": "L"}
"""What has a value of its own, by the unit of a loss: class i of an image, an image, a batch."""
IN_THE_CODE_ONLY = {
    "bias": (r"\;[/\lambda]", r"\,/\,\lambda"),
    "hill_factor": (r"\;[\,(\lambda-1+\tilde p)\,]", r"\,(\lambda-1+\tilde p)"),
    "weighting": (r"[\,h_i\,]", r"h_i\,"),
}
"""Parts in brackets that a formula has under "official" alone: the option that says so, the part, and it bare."""


def short_titles(configs: Sequence[LossConfig]) -> list[str]:
    """Return a short name for each of one or two losses: its usual one, or the first option in which equals differ."""
    names = [LOSSES[config.name].short for config in configs]
    if len(set(names)) == len(names):
        return names
    first, second = configs
    changed = [key for key in first.options if first.options[key] != second.options[key]]
    if not changed:
        return [names[0], f"{names[1]} (same)"]
    more = " …" if len(changed) > 1 else ""
    return [f"{changed[0]} {_number(config.options[changed[0]])}{more}" for config in configs]


def loss_card(config: LossConfig) -> None:
    """Show title, idea, formula, the formula with its numbers, and where the loss is from."""
    about = LOSSES[config.name]
    st.markdown(f"**{about.title}** · `{about.name}`")
    st.markdown(about.idea)
    st.latex(aligned(about.formula, about.unit))
    if config.options:
        st.latex(aligned(filled(config), about.unit))
    st.caption(f"{about.authors}: [{literal(about.paper)}]({about.url}), {about.venue}.")


def aligned(formula: str, unit: str = "cell") -> str:
    """Return a formula of the catalogue as lines: the loss of a cell, image or batch, then what its terms mean.

    A loss whose negative term is a fraction takes two lines, so that it fits a narrow page.
    """
    first, *rest = formula.split(r",\quad")
    if r"+ \tfrac" in first:
        first = first.replace(r"+ \tfrac", r"\\ &\qquad + \tfrac")
        first = first.replace(r"\left[", r"\bigl[").replace(r"\right]", r"\bigr]")  # a pair may not span two lines
    lines = [rf"{VALUE_OF[unit]} &= {first}", *(line.strip().replace("=", "&=", 1) for line in rest)]
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def filled(config: LossConfig) -> str:
    r"""Return the formula with numbers for :math:`\alpha, \beta, ...`; n, N and r stay, they are the data."""
    formula = LOSSES[config.name].formula
    for option, (bracket, inside) in IN_THE_CODE_ONLY.items():
        formula = formula.replace(bracket, inside if config.options.get(option) == "official" else "")
    for option in LOSSES[config.name].options:
        if option.kind == "float":
            number = rf"{{\textcolor{{{NUMBER_COLOR}}}{{{_number(config.options[option.name])}}}}}"
            formula = re.sub(_alone(option.symbol), lambda _, number=number: number, formula)
    return formula


CLASS_NUMBERS = ("n / N", "weight as a positive", "weight as a negative", "shift ν")
"""Columns of :func:`class_rows` that are no whole numbers."""


def class_rows(
    answers: Mapping[str, Mapping[str, Any]], classes: Sequence[CurveClass], n_train: int
) -> list[dict[str, Any]]:
    """Return a row for each loss and class: the numbers that stay the same along its curve."""
    rows = []
    for title, answer in answers.items():
        for chosen in classes:
            positive, negative = (record for record in answer["curves"] if record["label"] == chosen.label)
            rows.append(
                {
                    "loss": title,
                    "class": chosen.name,
                    "group": chosen.group,
                    "n": chosen.count,
                    "n / N": chosen.count / n_train,
                    "r as a positive": _ratio(positive),
                    "weight as a positive": positive["weight"],
                    "r as a negative": _ratio(negative),
                    "weight as a negative": negative["weight"],
                    "shift ν": positive.get("nu"),
                }
            )
    return rows


def _ratio(record: Mapping[str, Any]) -> str:
    """Return r in words: a loss may have none, and in an image without any label it is infinite."""
    if "r" not in record:
        return "not used"
    return "∞" if record["r"] is None else f"{record['r']:.4g}"


def _alone(symbol: str) -> str:
    r"""Return the pattern of a symbol that is no part of a longer word: ``s`` but not that of ``\sigma``."""
    return rf"(?<![A-Za-z\\]){re.escape(symbol)}(?![A-Za-z])"


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.7g}"
