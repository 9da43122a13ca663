"""The Loss Lab page: filled, from odd addresses, with every loss, and with a worker that gives no answer."""

import json

import pytest

from dbl_core.errors import WorkerError
from dbl_core.losses import LOSSES, PRESETS
from dbl_core.worker import client
from pages.ui import loss_answers
from tests.pages.reading import figures, healthy

PAGE = "pages/3_Loss_Lab.py"
SECTIONS = {
    "loss_run_cells": "",
    "loss_run_anatomy": "",
    "loss_shows_box": "cow",
    "form_loss_formula_class": "cow",
}
"""Boxes of the sections below the curves, which have tests of their own."""


def boxes(app):
    return {box.key: box.value for box in app.selectbox}


def dragged(app):
    """The description and the table of the chart that follows its own slider."""
    (chart,) = app.get("vega_lite_chart")
    return json.loads(chart.proto.spec), chart.proto.data.data


def test_the_default_compares_db_focal_with_bce(open_page):
    app = healthy(open_page(PAGE))
    assert boxes(app) | SECTIONS == boxes(app)
    assert {key: value for key, value in boxes(app).items() if key not in SECTIONS} == {
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
        *("loss_cells_weight", "loss_cells_gradient", "loss_shares", "loss_pulls"),
    }
    (size,) = app.info  # of two losses that differ in size
    assert "is 0.0715 and that of BCE 0.693, a factor of 9.69" in size.value
    assert app.code[1].value == "python -m dbl_core run --run-dir runs/my-run"
    assert len(dragged(app)[0]["vconcat"]) == 3


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_can_be_shown(open_page, name):
    app = healthy(open_page(PAGE, loss_a=name, loss_b="none"))
    unit = LOSSES[name].unit
    of_cells = unit == "cell"
    assert len(figures(app)) == {"cell": 7, "image": 6, "batch": 5}[unit]
    formulas = [block.value for block in app.latex]
    assert len(formulas) == 1 + bool(LOSSES[name].options)
    assert f"build_loss('{name}'" in app.code[0].value
    numbers = [option for option in LOSSES[name].options if option.kind == "float"]
    assert len(app.get("vega_lite_chart")) == bool(numbers)
    if numbers:
        assert len(dragged(app)[0]["vconcat"]) == (3 if of_cells else 2)
    if not of_cells:
        assert app.info[0].value == "No weight to draw: this loss is no sum of cells."
        assert any("no cell has a weight of its own" in text.value for text in app.caption)


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
    app = healthy(open_page(PAGE, **address))
    assert len(figures(app)) == 7


def test_a_balanced_training_set_has_classes_of_one_group_only(open_page):
    app = healthy(open_page(PAGE, ratio="1"))
    assert len([box for box in app.selectbox if box.disabled and "class" in box.label]) == 2


def test_a_slider_moves_curve_formula_and_command(open_page):
    app = open_page(PAGE)
    before = figures(app)["loss_curves_gradient"]["data"]
    app.slider(key="form_loss_a_mu").set_value(1.2).run()
    healthy(app)
    assert figures(app)["loss_curves_gradient"]["data"] != before
    assert "1.2" in app.latex[1].value
    assert "mu=1.2" in app.code[0].value
    assert "--option mu=1.2" in app.code[1].value
    assert "mu 1.2 lies above the r of every positive" in app.info[0].value


def test_a_dead_worker_leaves_the_rest_of_the_page(open_page, monkeypatch):
    def dead(*_, **__):
        raise WorkerError("the compute worker died twice over 'loss_curves'; the log may tell why")

    monkeypatch.setattr(client, "ask", dead)
    loss_answers._curves.clear()
    loss_answers._cells.clear()
    loss_answers._anatomy.clear()
    loss_answers._scrub.clear()
    app = open_page(PAGE)
    assert not app.exception
    assert len(app.error) == 3
    assert "died twice" in app.error[0].value
    assert not figures(app)
    assert len(app.latex) == 3
    assert len(app.code) == 2


def test_an_answer_is_asked_for_once(open_page, monkeypatch):
    app = open_page(PAGE)
    monkeypatch.setattr(client, "ask", lambda *_, **__: pytest.fail("asked again"))
    healthy(app.run())


def test_the_gallery_sets_loss_a(open_page):
    app = open_page(PAGE, loss_a="ldam")
    assert not [one for one in app.button if one.label == "Use as loss A"]
    app.session_state["loss_gallery"] = True
    app.run()
    assert len([one for one in app.button if one.label == "Use as loss A"]) == len(PRESETS)
    app.button(key="form_gallery_text-pubmed").click().run()
    healthy(app)
    assert boxes(app)["form_loss_a"] == "db_focal"
    assert boxes(app)["form_loss_a_bias"] == "paper"
    assert app.slider(key="form_loss_a_mu").value == 0.05
    assert app.slider(key="form_loss_a_focal_scale").value == 0.5
    assert app.button(key="form_gallery_text-pubmed").disabled
