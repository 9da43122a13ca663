"""The Loss Lab page: filled, from odd addresses, with every loss, and with a worker that gives no answer."""

import json
import re

import numpy as np
import pytest
import torch

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.datasets import load_dataset
from dbl_core.errors import WorkerError
from dbl_core.losses import LOSSES
from dbl_core.worker import client
from pages.ui import loss_answers, loss_card

PAGE = "pages/3_Loss_Lab.py"


def figures(app):
    return {chart.proto.id.rsplit("-", 1)[-1]: json.loads(chart.proto.spec) for chart in app.get("plotly_chart")}


def sound(app):
    assert not app.exception
    assert not app.error, [error.value for error in app.error]
    return app


def boxes(app):
    return {box.key: box.value for box in app.selectbox}


def test_the_default_compares_db_focal_with_bce(open_page):
    app = sound(open_page(PAGE))
    assert boxes(app) == {
        "form_loss_a": "db_focal",
        "form_loss_a_bias": "official",
        "form_loss_b": "bce",
        "loss_head": "diningtable",
        "loss_medium": "bicycle",
        "loss_tail": "train",
        "loss_beside": "train",
    }
    facts = "**1,142** training images; in a class **775** (person) to **4** (cow)"
    assert any(facts in text.value for text in app.markdown)
    assert set(figures(app)) == {
        *("loss_curves_loss", "loss_curves_gradient", "loss_curves_factor"),
        *("loss_cells_weight", "loss_cells_gradient", "loss_shares"),
    }
    assert not app.info
    assert app.code[0].value == "python -m dbl_core run --run-dir runs/my-run"


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_can_be_shown(open_page, name):
    app = sound(open_page(PAGE, loss_a=name, loss_b="none"))
    assert len(figures(app)) == 6
    formulas = [block.value for block in app.latex]
    assert len(formulas) == 1 + bool(LOSSES[name].options)
    assert f"build_loss('{name}'" in app.code[1].value


@pytest.mark.parametrize(
    "address",
    [
        {"loss_a": "nonsense", "loss_b": "", "loss_a_mu": "NaN", "loss_tail": "unicorn", "loss_beside": "<b>"},
        {"loss_a_alpha": "1e9", "loss_a_beta": "-3", "loss_a_lam": "0", "loss_axis": "x", "loss_log": "perhaps"},
        {"loss_a": "db", "loss_b": "db", "loss_b_mu": "0.9", "loss_axis": "Probability", "loss_log": "true"},
        {"loss_a": "cb_focal", "loss_a_beta": "1", "loss_b": "db_focal", "loss_share": "positives"},
        {"ratio": "1"},
        {"ratio": "150", "profile": "step", "seed": "3", "loss_scale": "Relative to the mean"},
    ],
)
def test_odd_addresses_give_a_whole_page(open_page, address):
    app = sound(open_page(PAGE, **address))
    assert len(figures(app)) == 6


def test_a_balanced_training_set_has_classes_of_one_group_only(open_page):
    app = sound(open_page(PAGE, ratio="1"))
    missing = [text.value for text in app.caption if text.value.startswith("This training set has no")]
    assert len(missing) == 2


def test_a_slider_moves_curve_formula_and_command(open_page):
    app = open_page(PAGE)
    before = figures(app)["loss_curves_gradient"]["data"]
    app.slider(key="form_loss_a_mu").set_value(1.2).run()
    sound(app)
    assert figures(app)["loss_curves_gradient"]["data"] != before
    assert "1.2" in app.latex[1].value
    assert "--option mu=1.2" in app.code[0].value
    assert "mu=1.2" in app.code[1].value
    assert "mu 1.2 lies above the r of every positive" in app.info[0].value


def test_a_dead_worker_leaves_the_rest_of_the_page(open_page, monkeypatch):
    def dead(*_, **__):
        raise WorkerError("the compute worker died twice over 'loss_curves'; the log may tell why")

    monkeypatch.setattr(client, "ask", dead)
    loss_answers._curves.clear()
    loss_answers._cells.clear()
    app = open_page(PAGE)
    assert not app.exception
    assert len(app.error) == 2
    assert "died twice" in app.error[0].value
    assert not figures(app)
    assert len(app.latex) == 3
    assert len(app.code) == 2


def test_an_answer_is_asked_for_once(open_page, monkeypatch):
    app = open_page(PAGE)
    monkeypatch.setattr(client, "ask", lambda *_, **__: pytest.fail("asked again"))
    sound(app.run())


@pytest.mark.parametrize("choice", [DatasetConfig(), DatasetConfig(ratio=20, profile="step", seed=2)])
def test_the_exported_python_builds_the_loss_of_the_page(choice):
    config = LossConfig(name="db_focal", options={"mu": 0.2, "bias": "paper"})
    data = load_dataset(choice.name, **choice.options)
    generator = torch.Generator().manual_seed(0)
    scope = {"logits": torch.randn(5, 20, generator=generator), "targets": torch.tensor(data.labels[:5])}
    exec(loss_card.python_lines(choice, config), scope)
    assert np.array_equal(scope["data"].train_rows, data.train_rows)
    assert scope["criterion"].weighting.mu == 0.2
    assert scope["criterion"].tolerance.nu.max() > 0.1
    assert torch.isfinite(scope["loss"])


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

    assert titles({}) == ["db"]
    assert titles({}, {"mu": 0.2}) == ["mu 0.3", "mu 0.2"]
    assert titles({"lam": 1}, {"mu": 0.2}) == ["mu 0.3 …", "mu 0.2 …"]
    assert titles({}, {}) == ["db", "db (same)"]
    assert loss_card.short_titles([LossConfig(name="db"), LossConfig(name="bce")]) == ["db", "bce"]
