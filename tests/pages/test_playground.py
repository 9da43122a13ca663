"""The page Playground, live: fields, the setting before, the pinned baseline, with pretended heads."""

import re

import pytest

from dbl_core.config import DatasetConfig
from pages.ui import play_form
from tests.fake_heads import setting
from tests.pages.playground import LIVE, PAGE, bars
from tests.pages.reading import address_of, figures, healthy, words

pytestmark = pytest.mark.usefixtures("no_heads_kept")


def test_opening_the_page_trains_the_papers_setting(open_page, pretended):
    app = healthy(open_page(PAGE))
    assert list(figures(app)) == LIVE
    ((task, arguments),) = pretended
    assert task == "train_heads"
    (run,) = arguments["runs"]
    assert (run["loss"]["name"], run["train"]["sampler"], run["train"]["max_steps"]) == ("db_focal", "class_aware", 480)
    assert run["train"]["mode"] == "head"
    assert (arguments["evaluate"], arguments["intervals"]) == ("epochs", True)
    assert "50 steps in 0.5 s" in words(app)
    assert "2,500 test images" in words(app)
    assert "This is one seed" in words(app)
    assert not app.query_params
    assert [trace["name"] for trace in figures(app)["play_bars"]["data"]] == ["this setting"]


def test_the_setting_before_becomes_a_ghost_and_going_back_trains_nothing(open_page, pretended):
    app = open_page(PAGE)
    first = bars(app)
    app.slider(key="form_play_loss_mu").set_value(0.8).run()
    healthy(app)
    assert bars(app, "the setting before") == first
    assert bars(app) != first
    assert address_of(app)["play_loss_mu"] == "0.8"
    app.slider(key="form_play_loss_mu").set_value(0.3).run()
    assert bars(app) == first
    assert len(pretended) == 2


def test_a_ghost_of_other_data_or_borders_is_not_shown(open_page, pretended):
    app = open_page(PAGE)
    app.selectbox(key="play_groups").set_value("lvis").run()
    healthy(app)
    assert pretended[-1][1]["convention"] == "lvis"
    assert [trace["name"] for trace in figures(app)["play_bars"]["data"]] == ["this setting"]


def test_every_field_is_in_the_address_and_comes_back(open_page, pretended):
    app = open_page(PAGE)
    app.selectbox(key="form_play_sampler").set_value("uniform").run()
    app.select_slider(key="form_play_rate").set_value(0.05).run()
    app.number_input(key="form_play_steps").set_value(100).run()
    app.number_input(key="form_play_seed").set_value(3).run()
    healthy(app)
    written = address_of(app)
    assert written == {"play_sampler": "uniform", "play_rate": "0.05", "play_steps": "100", "play_seed": "3"}
    again = healthy(open_page(PAGE, **written))
    train = pretended[-1][1]["runs"][0]["train"]
    assert (train["sampler"], train["learning_rate"], train["max_steps"], train["seed"]) == ("uniform", 0.05, 100, 3)
    assert again.select_slider(key="form_play_rate").value == 0.05
    app.select_slider(key="form_play_rate").set_value("automatic").run()
    assert "play_rate" not in app.query_params


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ({"play_steps": "9e99"}, "max_steps", 4000),
        ({"play_steps": "-3"}, "max_steps", 50),
        ({"play_steps": "NaN"}, "max_steps", 480),
        ({"play_seed": "-1"}, "seed", 0),
        ({"play_seed": "1.6"}, "seed", 2),
        ({"play_rate": "1e-30"}, "learning_rate", 1e-7),
        ({"play_rate": "<b>"}, "learning_rate", None),
        ({"play_sampler": "unicorn"}, "sampler", "class_aware"),
        ({"play_loss": "nonsense", "play_loss_mu": "1e9"}, "mode", "head"),
        ({"play_part": "dance", "play_pin": "loss=nonsense", "groups": "x"}, "seed", 0),
        ({"play_pin": "loss=db&mu=1e9&sampler=&learning_rate=x&steps=-1&seed=1e99"}, "seed", 0),
    ],
)
def test_odd_addresses_are_made_valid(open_page, pretended, address, field, value):
    app = healthy(open_page(PAGE, **address))
    assert list(figures(app)) == LIVE
    assert pretended[0][1]["runs"][0]["train"][field] == value


def test_a_diverging_rate_is_said_and_draws_nothing(open_page, pretended):
    app = healthy(open_page(PAGE, play_rate="50"))
    assert [box.value for box in app.warning] == ["The loss became infinite at step 12; lower the learning rate."]
    assert not figures(app)
    app.select_slider(key="form_play_rate").set_value(0.02).run()
    assert list(figures(healthy(app))) == LIVE


def test_pinning_shows_differences_with_intervals_and_calls_noise_noise(open_page, pretended):
    app = open_page(PAGE)
    app.button(key="play_pin_this").click().run()
    healthy(app)
    assert address_of(app)["play_pin"] == "loss=db_focal"
    assert "This setting is the baseline" in words(app)
    app.slider(key="form_play_loss_mu").set_value(0.35).run()
    healthy(app)
    assert "compare_heads" in [task for task, _ in pretended]
    values = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert set(values) == {"Total", "Head", "Medium", "Tail"}
    assert re.fullmatch(r"-?\+?\d\.\d to \+\d\.\d", values["Total"][1])
    assert "Noise, the interval holds 0: total" in words(app)
    assert "baseline" in [trace.get("name") for trace in figures(app)["play_bars"]["data"]]
    table = app.dataframe[0].value
    assert len(table) == 20
    assert list(table["train"]) == sorted(table["train"], reverse=True)
    assert set(table["noise"]) == {"noise"}
    app.button(key="play_unpin").click().run()
    assert "play_pin" not in app.query_params
    assert not app.metric


def test_plain_bce_can_be_pinned_and_clearly_differs(open_page, pretended):
    app = open_page(PAGE)
    app.button(key="play_pin_bce").click().run()
    healthy(app)
    assert address_of(app)["play_pin"] == "loss=bce&sampler=uniform"
    assert "More than the noise of the test images: total +" in words(app)


def test_a_diverged_baseline_is_said(open_page, pretended):
    app = healthy(open_page(PAGE, play_pin="loss=bce&learning_rate=50"))
    assert "has diverged" in words(app)
    assert list(figures(app)) == LIVE


@pytest.mark.parametrize(
    "config",
    [
        setting(max_steps=480),
        setting({"mu": 0.2, "bias": "paper"}, "db", sampler="uniform", seed=7, max_steps=100),
        setting({"beta": 0.99}, "cb_focal", learning_rate=0.3),
    ],
)
def test_a_pinned_setting_survives_the_address(config):
    assert play_form.setting_of(play_form.text_of(config), DatasetConfig()) == config


def test_the_setting_goes_along_to_train_and_to_the_command_line(open_page, pretended):
    app = healthy(open_page(PAGE, play_loss_mu="0.8", play_steps="200", play_sampler="uniform"))
    command = "python -m dbl_core run --run-dir runs/my-run --option mu=0.8 --sampler uniform --max-steps 200"
    assert app.code[0].value == command
