"""The Loss Lab page: filled, from odd addresses, with every loss, and with a worker that gives no answer."""

import json
import re

import pytest

from dbl_core.config import LossConfig
from dbl_core.errors import WorkerError
from dbl_core.losses import LOSSES, PRESETS
from dbl_core.worker import client
from pages.ui import loss_answers, loss_card
from pages.ui.loss_ladder import RUNGS

PAGE = "pages/3_Loss_Lab.py"
SECTIONS = {
    "loss_run_cells": "",
    "loss_run_anatomy": "",
    "loss_shows_box": "cow",
    "loss_formula_class": "cow",
}
"""Boxes of the sections below the curves, which have tests of their own."""


def figures(app):
    return {chart.proto.id.rsplit("-", 1)[-1]: json.loads(chart.proto.spec) for chart in app.get("plotly_chart")}


def sound(app):
    assert not app.exception
    assert not app.error, [error.value for error in app.error]
    return app


def dragged(app):
    """The description and the table of the chart that follows its own slider."""
    (chart,) = app.get("vega_lite_chart")
    return json.loads(chart.proto.spec), chart.proto.data.data


def address(app):
    return {key: values[0] if isinstance(values, list) else values for key, values in app.query_params.items()}


def boxes(app):
    return {box.key: box.value for box in app.selectbox}


def test_the_default_compares_db_focal_with_bce(open_page):
    app = sound(open_page(PAGE))
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
    assert "is 0.0715 and that of bce 0.693, a factor of 9.69" in size.value
    assert app.code[1].value == "python -m dbl_core run --run-dir runs/my-run"
    assert len(dragged(app)[0]["vconcat"]) == 3


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_can_be_shown(open_page, name):
    app = sound(open_page(PAGE, loss_a=name, loss_b="none"))
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
    app = sound(open_page(PAGE, **address))
    assert len(figures(app)) == 7


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
    sound(app.run())


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


@pytest.mark.parametrize("rung", RUNGS)
def test_a_rung_becomes_loss_a_and_keeps_the_values_of_its_terms(open_page, rung):
    start = "bce" if rung == "db_focal" else "db_focal"
    app = open_page(PAGE, loss_a=start, loss_a_mu="0.7", loss_a_gamma="3")
    app.segmented_control(key="form_loss_rung").set_value(rung).run()
    sound(app)
    assert boxes(app)["form_loss_a"] == rung
    shown = {slider.key: slider.value for slider in app.slider}
    for option, value in (("mu", 0.7), ("gamma", 3.0)):
        known = option in LOSSES[rung].defaults
        assert shown.get(f"form_loss_a_{option}") == (value if known else None)
    assert any(text.value.startswith(f"**{RUNGS[rung]}**") for text in app.caption)


@pytest.mark.parametrize(
    ("start", "term", "expected"),
    [
        ("db_focal", "rebalanced", "ntr_focal"),
        ("db_focal", "tolerance", "r_bce_focal"),
        ("db_focal", "focal", "db"),
        ("bce", "focal", "focal"),
        ("r_bce", "tolerance", "db"),
        ("ntr_focal", "focal", "ntr"),
    ],
)
def test_a_switch_turns_one_term(open_page, start, term, expected):
    app = open_page(PAGE, loss_a=start)
    switch = app.toggle(key=f"form_loss_a_term_{term}")
    switch.set_value(not switch.value).run()
    sound(app)
    assert boxes(app)["form_loss_a"] == expected
    assert app.toggle(key=f"form_loss_a_term_{term}").value == (term in LOSSES[expected].terms)


def test_a_term_that_comes_back_has_the_values_it_had(open_page):
    app = open_page(PAGE, loss_a_mu="0.7", loss_a_gamma="3")
    for on in (False, True):
        app.toggle(key="form_loss_a_term_rebalanced").set_value(on).run()
    assert app.slider(key="form_loss_a_mu").value == 0.7
    assert app.slider(key="form_loss_a_gamma").value == 3.0
    app.toggle(key="form_loss_a_term_rebalanced").set_value(False).run()
    app.selectbox(key="form_loss_a").set_value("cb_focal").run()  # another loss takes with it what it shares
    assert address(sound(app)) == {"loss_a": "cb_focal", "loss_a_gamma": "3"}


def test_the_second_loss_has_switches_of_its_own(open_page):
    app = open_page(PAGE)
    app.toggle(key="form_loss_b_term_tolerance").set_value(True).run()
    sound(app)
    assert (boxes(app)["form_loss_a"], boxes(app)["form_loss_b"]) == ("db_focal", "ntr")


@pytest.mark.parametrize(
    ("start", "before"), [("db_focal", "db"), ("db", "ntr"), ("focal", "bce"), ("r_bce_focal", "r_bce"), ("bce", None)]
)
def test_the_rung_before_becomes_loss_b_with_the_same_values(open_page, start, before):
    app = open_page(PAGE, loss_a=start, loss_a_mu="0.7", loss_b="asl", loss_b_clip="0.2")
    button = next(one for one in app.button if one.label == "Compare with the rung before")
    assert button.disabled == (before is None)
    if before is None:
        return
    button.click().run()
    sound(app)
    assert boxes(app)["form_loss_b"] == before
    if "mu" in LOSSES[before].defaults:
        assert app.slider(key="form_loss_b_mu").value == 0.7
    assert "loss_b_clip" not in address(app)


def test_losses_off_the_ladder_have_a_sentence_for_switches(open_page):
    app = sound(open_page(PAGE, loss_a="asl", loss_b="ldam"))
    assert [text.value for text in app.caption].count(
        "No switches here: this loss is made of other terms than those of the ladder."
    ) == 2
    assert app.segmented_control(key="form_loss_rung").value is None
    assert next(one for one in app.button if one.label == "Compare with the rung before").disabled


def test_the_option_to_drag_is_chosen_and_kept_where_the_next_loss_has_it(open_page):
    app = open_page(PAGE)
    place = next(one for one in dragged(app)[0]["params"] if one["name"] == "place")
    assert (place["value"], place["bind"]["name"]) == (0.3, "μ ")
    app.segmented_control(key="form_loss_drag").set_value("gamma").run()
    assert address(app)["loss_drag"] == "gamma"
    assert next(one for one in dragged(sound(app))[0]["params"] if one["name"] == "place")["bind"]["name"] == "γ "
    app.selectbox(key="form_loss_a").set_value("focal").run()
    assert app.segmented_control(key="form_loss_drag").value == "gamma"
    app.selectbox(key="form_loss_a").set_value("ldam").run()
    assert app.segmented_control(key="form_loss_drag").value == "max_margin"
    app.selectbox(key="form_loss_a").set_value("bce").run()
    assert not sound(app).get("vega_lite_chart")
    assert any(text.value == "bce has no number to drag." for text in app.caption)


def test_the_table_to_drag_through_is_small_and_does_not_depend_on_where_the_option_stands(open_page, monkeypatch):
    app = open_page(PAGE)
    chart, table = dragged(app)
    assert len(table) + len(json.dumps(chart)) < 700_000
    real, asked = client.ask, []
    monkeypatch.setattr(client, "ask", lambda task, **more: (asked.append(task), real(task, **more))[1])
    app.slider(key="form_loss_a_mu").set_value(1.0).run()
    assert "loss_scrub" not in asked
    moved = dragged(sound(app))
    assert moved[1] == table
    assert next(one for one in moved[0]["params"] if one["name"] == "place")["value"] == 1.0


def test_logarithmic_options_are_dragged_over_their_logarithm(open_page):
    app = open_page(PAGE, loss_a="cb_focal", loss_drag="beta")
    params = {one["name"]: one for one in dragged(sound(app))[0]["params"]}
    assert params["place"]["bind"]["name"] == "-log₁₀(1 - β) "
    assert params["place"]["value"] == pytest.approx(4)
    assert params["named"]["value"][0] == "0"
    assert "0.9999" in params["named"]["value"]


def test_the_gallery_sets_loss_a(open_page):
    app = open_page(PAGE, loss_a="ldam")
    assert not [one for one in app.button if one.label == "Use as loss A"]
    app.session_state["loss_gallery"] = True
    app.run()
    assert len([one for one in app.button if one.label == "Use as loss A"]) == len(PRESETS)
    app.button(key="form_gallery_text-pubmed").click().run()
    sound(app)
    assert boxes(app)["form_loss_a"] == "db_focal"
    assert boxes(app)["form_loss_a_bias"] == "paper"
    assert app.slider(key="form_loss_a_mu").value == 0.05
    assert app.slider(key="form_loss_a_focal_scale").value == 0.5
    assert app.button(key="form_gallery_text-pubmed").disabled
