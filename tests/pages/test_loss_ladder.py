"""The ladder of the paper on the Loss Lab page: rungs, switches of single terms, and what the other loss becomes."""

import pytest

from dbl_core.losses import LADDER, LOSSES
from tests.pages.reading import address_of, healthy

PAGE = "pages/3_Loss_Lab.py"


def boxes(app):
    return {box.key: box.value for box in app.selectbox}


@pytest.mark.parametrize("rung", LADDER)
def test_a_rung_becomes_loss_a_and_keeps_the_values_of_its_terms(open_page, rung):
    start = "bce" if rung == "db_focal" else "db_focal"
    app = open_page(PAGE, loss_a=start, loss_a_mu="0.7", loss_a_gamma="3")
    app.segmented_control(key="form_loss_rung").set_value(rung).run()
    healthy(app)
    assert boxes(app)["form_loss_a"] == rung
    shown = {slider.key: slider.value for slider in app.slider}
    for option, value in (("mu", 0.7), ("gamma", 3.0)):
        known = option in LOSSES[rung].defaults
        assert shown.get(f"form_loss_a_{option}") == (value if known else None)
    assert any(text.value.startswith(f"**{LOSSES[rung].short}**") for text in app.caption)


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
    healthy(app)
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
    assert address_of(healthy(app)) == {"loss_a": "cb_focal", "loss_a_gamma": "3"}


def test_the_second_loss_has_switches_of_its_own(open_page):
    app = open_page(PAGE)
    app.toggle(key="form_loss_b_term_tolerance").set_value(True).run()
    healthy(app)
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
    healthy(app)
    assert boxes(app)["form_loss_b"] == before
    if "mu" in LOSSES[before].defaults:
        assert app.slider(key="form_loss_b_mu").value == 0.7
    assert "loss_b_clip" not in address_of(app)


def test_losses_off_the_ladder_have_a_sentence_for_switches(open_page):
    app = healthy(open_page(PAGE, loss_a="asl", loss_b="ldam"))
    assert [text.value for text in app.caption].count(
        "No switches here: this loss is made of other terms than those of the ladder."
    ) == 2
    assert app.segmented_control(key="form_loss_rung").value is None
    assert next(one for one in app.button if one.label == "Compare with the rung before").disabled
