"""The loss form: what an address says is shown and made valid; what a user moves is written to the address."""

import json
import math
from itertools import groupby, pairwise

import pytest
from streamlit.testing.v1 import AppTest

from dbl_core.config import LossConfig
from dbl_core.losses import LOSSES
from dbl_core.losses.families import family_of, in_order
from dbl_core.losses.positions import positions
from pages.ui.loss_form import symbol, valid


def form_page():
    import streamlit as st

    from pages.ui.loss_form import address, loss_form

    config = loss_form("loss_b", label="Second", default="bce", optional=True)
    st.json({} if config is None else {"name": config.name, "options": config.options})
    named = address("train_loss", config) if config else {}
    st.text("&".join(f"{key}={value}" for key, value in named.items()))


def opened(**query):
    app = AppTest.from_function(form_page, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def chosen(app):
    return json.loads(app.json[0].value)


def query(app):
    return {key: values[0] if isinstance(values, list) else values for key, values in app.query_params.items()}


def test_an_empty_address_means_the_default():
    app = opened()
    assert chosen(app) == {"name": "bce", "options": {}}
    assert [caption.value for caption in app.caption] == ["Plain and focusing", "This loss has no options."]


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_shows_its_options_at_their_defaults(name):
    app = opened(loss_b=name)
    assert chosen(app) == {"name": name, "options": LOSSES[name].defaults}
    assert len(app.slider) + len(app.select_slider) + len(app.selectbox) - 1 == len(LOSSES[name].options)
    assert app.text[0].value.startswith(f"train_loss={name}")


def test_none_is_a_choice_where_it_is_offered():
    app = opened(loss_b="none", loss_b_mu="0.2")
    assert chosen(app) == {}
    assert not app.slider


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.25", 0.25), ("3", 3.0), ("99", 10.0), ("-1", 0.0), ("inf", 10.0), ("nan", 0.3), ("", 0.3), ("ten", 0.3)],
)
def test_numbers_of_an_address_are_moved_into_the_allowed_range(text, expected):
    app = opened(loss_b="db", loss_b_mu=text)
    assert chosen(app)["options"]["mu"] == expected
    assert app.slider(key="form_loss_b_mu").value == expected


def test_words_of_an_address_fall_to_the_default():
    app = opened(loss_b="db", loss_b_bias="sideways")
    assert chosen(app)["options"]["bias"] == "official"
    assert chosen(opened(loss_b="DROP TABLE"))["name"] == "bce"


def test_moving_a_slider_writes_the_address_and_the_default_leaves_it():
    app = opened(loss_b="db_focal")
    app.slider(key="form_loss_b_mu").set_value(0.2).run()
    assert query(app) == {"loss_b": "db_focal", "loss_b_mu": "0.2"}
    assert chosen(app)["options"]["mu"] == 0.2
    app.slider(key="form_loss_b_mu").set_value(0.3).run()
    assert query(app) == {"loss_b": "db_focal"}


def test_a_new_loss_keeps_what_both_have_and_drops_the_rest():
    app = opened(loss_b="db_focal", loss_b_beta="5", loss_b_gamma="1", loss_b_mu="0.2")
    app.selectbox[0].set_value("cb_focal").run()
    assert query(app) == {"loss_b": "cb_focal", "loss_b_gamma": "1"}
    assert chosen(app)["options"]["beta"] == 0.9999
    app.selectbox[0].set_value("bce").run()
    assert query(app) == {}


def test_a_preset_sets_all_options_and_can_then_not_be_pressed():
    app = opened(loss_b="db_focal", loss_b_alpha="0.9")
    app.button(key="form_loss_b_Paper, COCO-MLT").click().run()
    assert query(app) == {"loss_b": "db_focal", "loss_b_mu": "0.2", "loss_b_lam": "2"}
    assert app.button(key="form_loss_b_Paper, COCO-MLT").disabled
    assert not app.button(key="form_loss_b_Paper, VOC-MLT").disabled


def test_a_value_between_two_positions_of_a_logarithmic_slider_is_a_position_of_its_own():
    app = opened(loss_b="cb_focal", loss_b_beta="0.95")
    assert app.select_slider[0].value == 0.95
    assert chosen(app)["options"]["beta"] == 0.95


def test_the_positions_of_a_log1m_slider_are_evenly_apart_from_one():
    option = LOSSES["cb_focal"].options[0]
    values = positions(option)
    assert values[0] == option.low
    assert values[-1] == pytest.approx(option.high, abs=1e-9)
    assert option.default in values
    steps = [math.log10((1 - a) / (1 - b)) for a, b in pairwise(values)]
    assert steps == pytest.approx([0.1] * len(steps), abs=0.003)


def test_valid_never_leaves_the_allowed_range():
    for description in LOSSES.values():
        for option in description.options:
            for text in ("", "nan", "-inf", "inf", "1e99", "-5", "0x1", "öäü", "1,5"):
                assert option.check(valid(option, text)) is not None


def test_the_address_of_a_loss_names_all_its_options():
    app = opened(loss_b="db", loss_b_kappa="0.5")
    values = dict(pair.split("=") for pair in app.text[0].value.split("&"))
    assert values.pop("train_loss") == "db"
    named = {key.removeprefix("train_loss_"): value for key, value in values.items()}
    assert LossConfig(name="db", options=named).options == {**LOSSES["db"].defaults, "kappa": 0.5}


def test_the_list_names_whose_a_loss_is_and_goes_family_by_family():
    box = opened().selectbox[0]
    assert len(box.options) == 1 + len(LOSSES)
    assert box.options[:3] == ["None", "Binary cross-entropy · Cox 1958", "Focal loss · Lin et al. 2017"]
    families = [family_of(name) for name in in_order()]
    assert len(list(groupby(families))) == len(set(families))


@pytest.mark.parametrize("name", LOSSES)
def test_no_label_is_spelled_in_latex(name):
    for option in LOSSES[name].options:
        assert not set("\\_{}") & set(symbol(option)), symbol(option)


def test_a_loss_is_written_whole_and_what_was_there_leaves():
    def page():
        import streamlit as st

        from dbl_core.config import LossConfig
        from pages.ui.loss_form import loss_form, write_loss

        loss_form("loss_b", default="bce", optional=True)
        st.button("set", on_click=write_loss, args=("loss_b", LossConfig(name="asl", options={"clip": 0.2}), "bce"))

    app = AppTest.from_function(page, default_timeout=30)
    app.query_params["loss_b"] = "db"
    app.query_params["loss_b_mu"] = "0.9"
    app.run()
    next(one for one in app.button if one.label == "set").click().run()
    assert query(app) == {"loss_b": "asl", "loss_b_clip": "0.2"}
