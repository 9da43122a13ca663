r"""The formula of one cell filled in with its numbers, step by step, in LaTeX; the numbers are the module's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbl_core.losses.catalog import describe

SHOWN_LABELS = 4
"""So many labels of an image are written out in the sum of r; the rest is an ellipsis."""
KNOWN_TERMS = {"rebalanced", "class_balanced", "inverse", "tolerance", "focal"}

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """A line of the calculation: what it is, in words, and the formula with its numbers in LaTeX."""

    title: str
    latex: str


@dataclass(frozen=True)
class Cell:
    """What a calculation needs besides the numbers of the cell.

    Attributes:
        name: A key of ``LOSSES``, of a loss that is a sum of cells.
        options: All its options.
        n_samples: Number of training images.
        image_counts: Training positives of the labels that the image carries.
    """

    name: str
    options: Mapping[str, float | str]
    n_samples: int
    image_counts: Sequence[int]


def calculation(cell: Cell, numbers: Numbers) -> tuple[Step, ...]:
    """Return the steps from the label counts to the loss of one cell and its gradient.

    Args:
        cell: Loss and image.
        numbers: The record of the class in ``dbl_core.losses.anatomy.dissect``.

    Returns:
        The steps. Of a loss outside the family of the Distribution-Balanced Loss the weight and the factor come as
        numbers, without the formula that gives them. The last step but one ends in the loss, the last in the gradient.
    """
    terms = describe(cell.name).terms
    slope = Step("Gradient", rf"\frac{{\partial L_i}}{{\partial z_i}} = {number(numbers['gradient'])}")
    if not _spelled_out(cell.name):
        return (*_given(numbers), _plain(cell, numbers), _product(("inverse", "focal"), numbers), slope)
    steps = []
    if set(terms) & {"rebalanced", "class_balanced", "inverse"}:
        steps += _weight(cell, numbers)
    if "tolerance" in terms:
        steps += _shift(cell, numbers)
    if "focal" in terms:
        steps += _focal(cell, numbers)
    return (*steps, _plain(cell, numbers), _product(terms, numbers), slope)


def _spelled_out(name: str) -> bool:
    """Tell whether a loss consists of the terms that this module writes out; plain cross-entropy has none."""
    terms = set(describe(name).terms)
    return terms <= KNOWN_TERMS and (bool(terms) or name == "bce")


def _given(numbers: Numbers) -> list[Step]:
    shift = [
        Step("Shift", rf"\nu_i = {number(numbers['nu'])}"),
        Step("Shifted logit", rf"z_i-\nu_i = {number(numbers['shifted'])}"),
    ]
    factor = rf"f = {number(numbers['focal'])}"
    return [
        Step("Weight", rf"w_i = {number(numbers['weight'])}"),
        *(shift if numbers["nu"] else []),
        Step("All else that multiplies", factor),
    ]


def number(value: float | None) -> str:
    r"""Write a number in LaTeX with five digits: ``0.65481``, ``1.2\times 10^{-5}``."""
    if value is None or math.isinf(value):
        return r"\infty"
    mantissa, _, exponent = f"{value + 0.0:.5g}".partition("e")  # adding 0 takes the sign off -0
    return rf"{mantissa}\times 10^{{{int(exponent)}}}" if exponent else mantissa


def _weight(cell: Cell, numbers: Numbers) -> list[Step]:
    options, terms = cell.options, describe(cell.name).terms
    n, weight = max(numbers["count"], 1), number(numbers["weight"])
    if "inverse" in terms:
        q = number(options["power"])
        return [Step("Weight", rf"w_i = (N/n_i)^q = ({cell.n_samples}/{n})^{{{q}}} = {weight}")]
    if "class_balanced" in terms:
        beta = f"{options['beta']:.9g}"
        if options.get("mode", "by_class") == "by_class":
            filled = rf"\frac{{1-{beta}}}{{1-{beta}^{{{n}}}}}"
            return [Step("Weight", rf"w_i = \frac{{1-\beta}}{{1-\beta^{{n_i}}}} = {filled} = {weight}")]
        some = rf"\frac{{1}}{{{len(cell.image_counts)}}}\sum_j y_j" if cell.image_counts else r"\tfrac{1}{C}\sum_j"
        return [Step("Weight", rf"w = {some} \frac{{1-{beta}}}{{1-{beta}^{{n_j}}}} = {weight}")]
    parts = [rf"\tfrac{{1}}{{{max(count, 1)}}}" for count in sorted(cell.image_counts)]
    shown = "+".join(parts[:SHOWN_LABELS]) + (r"+\cdots" if len(parts) > SHOWN_LABELS else "")
    alpha, beta, mu = (number(options[key]) for key in ("alpha", "beta", "mu"))
    r = number(numbers["r"])
    return [
        Step("Ratio", rf"r_i = \frac{{1/n_i}}{{\sum_j y_j/n_j}} = \frac{{1/{n}}}{{{shown or '0'}}} = {r}"),
        Step(
            "Weight",
            rf"\hat r_i = \alpha+\sigma(\beta(r_i-\mu)) = {alpha}+\sigma({beta}\,({r}-{mu})) = {weight}",
        ),
    ]


def _shift(cell: Cell, numbers: Numbers) -> list[Step]:
    n = min(max(numbers["count"], 1), max(cell.n_samples - 1, 1))
    official = cell.options["bias"] == "official"
    kappa, lam = (number(cell.options[key]) for key in ("kappa", "lam"))
    symbols = r"\kappa\log(N/n_i-1)" + (r"\,/\,\lambda" if official else "")
    filled = rf"{kappa}\,\log({cell.n_samples}/{n}-1)" + (rf"\,/\,{lam}" if official else "")
    nu = number(numbers["nu"])
    moved = rf"z_i-\nu_i = {number(numbers['logit'])}-{_signed(nu)} = {number(numbers['shifted'])}"
    return [Step("Shift", rf"\nu_i = {symbols} = {filled} = {nu}"), Step("Shifted logit", moved)]


def _focal(cell: Cell, numbers: Numbers) -> list[Step]:
    gamma, scale = (number(cell.options[key]) for key in ("gamma", "focal_scale"))
    p = number(numbers["p_t"])
    shifted, present = number(numbers["shifted"]), numbers["present"]
    if "tolerance" in describe(cell.name).terms:
        inner = r"z_i-\nu_i" if present else r"-\lambda(z_i-\nu_i)"
        filled = shifted if present else rf"-{number(cell.options['lam'])}\,({shifted})"
    else:
        inner, filled = ("z_i", shifted) if present else ("-z_i", f"-{_signed(shifted)}")
    return [
        Step("Right answer", rf"p_t = \sigma({inner}) = \sigma({filled}) = {p}"),
        Step("Focal factor", rf"f = s\,(1-p_t)^\gamma = {scale}\,(1-{p})^{{{gamma}}} = {number(numbers['focal'])}"),
    ]


def _plain(cell: Cell, numbers: Numbers) -> Step:
    shifted, flipped, plain = (number(value) for value in (numbers["shifted"], -numbers["shifted"], numbers["plain"]))
    tolerant = "tolerance" in describe(cell.name).terms
    symbol = r"z_i-\nu_i" if tolerant or numbers["nu"] else "z_i"
    if numbers["present"]:
        negated = f"-({symbol})" if "-" in symbol else f"-{symbol}"
        formula = rf"\zeta({negated}) = \log(1+e^{{{flipped}}})"
    elif tolerant:
        lam = number(cell.options["lam"])
        formula = rf"\zeta(\lambda({symbol}))/\lambda = \log(1+e^{{{lam}\,({shifted})}})\,/\,{lam}"
    else:
        formula = rf"\zeta({symbol}) = \log(1+e^{{{shifted}}})"
    return Step("Cross-entropy", rf"\ell_i = {formula} = {plain}")


def _product(terms: Sequence[str], numbers: Numbers) -> Step:
    factors = [("weight", r"\hat r_i" if "rebalanced" in terms else "w_i")]
    factors = factors if set(terms) & {"rebalanced", "class_balanced", "inverse"} else []
    factors += [("focal", "f")] if "focal" in terms else []
    factors += [("plain", r"\ell_i")]
    symbols = r"\cdot ".join(symbol for _, symbol in factors)
    filled = r"\cdot ".join(number(numbers[key]) for key, _ in factors)
    written = symbols if len(factors) == 1 else f"{symbols} = {filled}"
    return Step("Loss", rf"L_i = {written} = {number(numbers['loss'])}")


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
