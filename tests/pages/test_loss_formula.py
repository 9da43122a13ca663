"""The formula of a loss with its values filled in, and the short titles of losses."""

import re

import pytest

from dbl_core.config import LossConfig
from dbl_core.losses import LOSSES
from pages.ui import loss_card


@pytest.mark.parametrize("name", LOSSES)
def test_a_filled_formula_has_no_symbol_of_an_option_left(name):
    formula = loss_card.filled(LossConfig(name=name))
    for option in LOSSES[name].options:
        if option.kind == "float":
            assert not re.search(rf"(?<![A-Za-z\\]){re.escape(option.symbol)}(?![A-Za-z])", formula)
    assert formula.count("{") == formula.count("}")
    assert "[/" not in formula


def test_the_bias_decides_whether_lambda_divides_the_shift():
    assert loss_card.filled(LossConfig(name="ntr")).endswith(r"\,/\,{\textcolor{#0B7BC1}{5}}")
    assert loss_card.filled(LossConfig(name="ntr", options={"bias": "paper"})).endswith(r"\log(N/n_i-1)")


@pytest.mark.parametrize(
    ("name", "option", "part"), [("mfm", "weighting", r"h_i\,\left("), ("ral", "hill_factor", r"-1+\tilde p)")]
)
def test_a_part_that_the_code_alone_has_shows_when_it_is_chosen(name, option, part):
    assert part in loss_card.filled(LossConfig(name=name, options={option: "official"}))
    assert part not in loss_card.filled(LossConfig(name=name, options={option: "paper"}))


def test_a_formula_says_what_has_a_value():
    formulas = {name: loss_card.aligned(LOSSES[name].formula, LOSSES[name].unit) for name in ("bce", "zlpr", "two_way")}
    starts = {name: formula.partition("&=")[0].split("}")[-1].strip() for name, formula in formulas.items()}
    assert starts == {"bce": "L_i", "zlpr": "L", "two_way": "L"}


def test_short_titles_tell_two_losses_apart():
    def titles(*options):
        return loss_card.short_titles([LossConfig(name="db", options=values) for values in options])

    assert titles({}) == ["DB"]
    assert titles({}, {"mu": 0.2}) == ["mu 0.3", "mu 0.2"]
    assert titles({"lam": 1}, {"mu": 0.2}) == ["mu 0.3 …", "mu 0.2 …"]
    assert titles({}, {}) == ["DB", "DB (same)"]
    assert loss_card.short_titles([LossConfig(name="db"), LossConfig(name="bce")]) == ["DB", "BCE"]
    assert all(loss.short for loss in LOSSES.values())
