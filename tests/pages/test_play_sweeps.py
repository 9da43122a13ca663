"""Sweeps and the paper's table on the page Playground, with pretended heads."""

import re

import pytest

from tests.pages.playground import PAGE
from tests.pages.reading import address_of, figures, healthy, words

pytestmark = pytest.mark.usefixtures("no_heads_kept")


def keys(app):
    return {button.key for button in app.button}


def test_one_option_is_swept_on_demand(open_page, pretended):
    app = healthy(open_page(PAGE, play_part="sweep", play_seeds="2", play_nx="5", play_from_mu="0.1"))
    assert not figures(app)
    assert not pretended
    app.button(key="play_train_many").click().run()
    healthy(app)
    assert list(figures(app)) == ["play_line", "play_front"]
    runs = pretended[0][1]["runs"]
    assert len(runs) == 10
    assert [run["loss"]["options"]["mu"] for run in runs[::2]] == [0.1, 0.45, 0.8, 1.15, 1.5]
    assert pretended[0][1]["evaluate"] == "end"
    assert "is optimistic" in words(app)
    assert "cannot be told apart" in words(app)
    assert "play_train_many" not in keys(app)
    app.button(key="play_use").click().run()
    assert address_of(app)["play_loss_mu"] == "0.45"
    assert len(pretended) == 1  # what is swept does not depend on where the swept option stands


def test_two_options_are_a_surface_and_a_changed_setting_asks_again(open_page, pretended):
    app = open_page(
        PAGE, play_part="sweep", play_y="learning_rate", play_nx="2", play_ny="3", play_to_learning_rate="10"
    )
    app.button(key="play_train_many").click().run()
    healthy(app)
    assert list(figures(app)) == ["play_surface", "play_front"]
    assert "2 of 6 heads diverged, blank" in words(app)
    assert "With one seed each" in words(app)
    app.slider(key="form_play_loss_kappa").set_value(0.5).run()
    assert not figures(healthy(app))
    assert "play_train_many" in keys(app)


@pytest.mark.parametrize(
    "address",
    [
        {"play_x": "unicorn", "play_y": "mu", "play_nx": "99", "play_ny": "x", "play_key": "y", "play_seeds": "9"},
        {"play_loss": "bce", "play_x": "mu", "play_y": "none"},
        {"play_loss": "cb_focal", "play_x": "beta", "play_y": "gamma", "play_from_beta": "2", "play_to_beta": "-1"},
        {"play_x": "mu", "play_from_mu": "0.7", "play_to_mu": "0.7"},
        {"play_x": "focal_scale", "play_y": "focal_scale"},
    ],
)
def test_odd_sweeps_can_be_trained(open_page, pretended, address):
    app = healthy(open_page(PAGE, play_part="sweep", **address))
    app.button(key="play_train_many").click().run()
    healthy(app)
    assert "play_front" in figures(app)


def test_a_group_without_classes_has_no_surface(open_page, pretended):
    app = open_page(PAGE, play_part="sweep", play_key="tail", ratio="1", preset="by-ratio", play_nx="2")
    app.button(key="play_train_many").click().run()
    healthy(app)
    assert "No setting has a tail mAP" in words(app)


def test_the_papers_table_is_rebuilt_beside_the_published_one(open_page, pretended):
    app = healthy(open_page(PAGE, play_part="table", play_steps="50"))
    assert len(app.dataframe) == 1
    app.button(key="play_rebuild").click().run()
    healthy(app)
    assert len(pretended[0][1]["runs"]) == 50
    ours, published = (table.value for table in app.dataframe)
    assert list(ours["Method"]) == list(published["Method"])
    assert re.fullmatch(r"\d\d\.\d ± \d\.\d", ours["Tail"][0])
    assert published["Total"].tolist()[-1] == "78.94"
    assert published["Source"].tolist()[-1] == "public file"
    assert set(published["Source"][:-1]) == {"recalled"}
    assert "ResNet-50 on photographs" in words(app)
    assert "More than the seeds explain" in words(app)
    assert list(figures(app)) == ["play_methods"]
    assert [button.proto.label for button in app.get("download_button")] == ["The whole table (CSV)"]
    app.button_group(key="form_play_published").set_value("COCO-MLT").run()
    assert app.dataframe[1].value["Total"][0] == "41.27 ?"
    assert len(pretended) == 1
