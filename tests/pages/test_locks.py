"""Links for a class: what they lock is shown but cannot be changed, what they hide is not drawn."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import locks
from tests.pages.links import address_of, link_of, query_of

LOSS_LAB, TRAIN, DATASET = "pages/3_Loss_Lab.py", "pages/5_Train.py", "pages/1_Dataset.py"


@pytest.mark.parametrize(
    ("words", "locked", "free"),
    [
        ("", [], ["ratio", "loss_a", "train_epochs"]),
        ("ratio", ["ratio", "preset"], ["seed", "profile", "data", "loss_a"]),
        ("data", ["data", "file", "preset", "ratio", "profile", "seed"], ["train_seed", "groups", "loss_a"]),
        ("loss", ["loss_a", "loss_b", "play_loss", "train_loss"], ["loss_a_mu", "loss_axis", "train_epochs"]),
        ("options", ["loss_a_mu", "train_loss_mu", "play_loss_gamma"], ["loss_a", "train_epochs", "loss_axis"]),
        ("mu, gamma", ["loss_b_mu", "play_loss_mu", "train_loss_gamma"], ["loss_a_alpha", "mu_of_something"]),
        ("train", ["train_epochs", "train_sampler", "play_rate", "play_seed"], ["train_loss", "seed", "play_part"]),
        ("labels_order,groups", ["labels_order", "groups"], ["labels_measure"]),
        ("x" * 401, [], ["x", "ratio"]),
    ],
)
def test_what_words_lock(words, locked, free):
    found = locks.words_in(words)
    assert all(locks.locks(found, key) for key in locked)
    assert not any(locks.locks(found, key) for key in free)


def test_a_locked_ratio_is_shown_and_stays(open_page):
    app = open_page(DATASET, ratio="50", seed="3", lock="ratio")
    ratio = app.select_slider(key="form_ratio")
    assert (ratio.value, ratio.disabled) == (50, True)
    assert not app.number_input(key="form_seed").disabled
    assert any("locked: Imbalance ratio" in caption.value.replace("\\", "") for caption in app.caption)
    app.number_input(key="form_seed").set_value(9).run()
    assert address_of(app)["seed"] == "9"
    assert address_of(app)["ratio"] == "50"


def test_what_is_locked_cannot_be_written():
    def script():
        from pages.ui import state

        state.choose_dataset(ratio=100)
        state.write_address("loss_a_mu", "1")
        state.write_address("loss_a_alpha", "1")

    app = AppTest.from_function(script)
    app.query_params.update({"ratio": "50", "lock": "ratio,mu"})
    app.run()
    assert not app.exception
    assert query_of(app) == {"ratio": "50", "lock": "ratio,mu", "loss_a_alpha": "1"}


def test_locked_losses_leave_their_buttons_without_effect(open_page):
    app = open_page(LOSS_LAB, loss_a_mu="0.7", loss_b="none", lock="loss,options")
    assert app.selectbox(key="form_loss_a").disabled
    mu = app.slider(key="form_loss_a_mu")
    assert (mu.value, mu.disabled) == (0.7, True)
    presets = [button for button in app.button if str(button.key).startswith(("form_loss_a_", "loss_a_start"))]
    assert presets
    assert all(button.disabled for button in presets)
    assert address_of(app)["loss_a_mu"] == "0.7"


def test_locked_training_settings(open_page):
    app = open_page(TRAIN, train_epochs="4", lock="train,loss", train_loss="ntr")
    assert app.number_input(key="train_epochs").disabled
    assert app.number_input(key="train_epochs").value == 4
    assert app.selectbox(key="form_train_sampler").disabled
    assert app.selectbox(key="form_train_loss").disabled
    assert not app.slider(key="form_train_loss_kappa").disabled


def test_hidden_parts_are_not_drawn(open_page):
    whole = open_page(TRAIN)
    assert whole.button(key="train_launch")
    assert whole.sidebar.get("page_link")
    app = open_page(TRAIN, hide="navigation,launch,options")
    assert not app.get("page_link")
    assert not any(button.key == "train_launch" for button in app.button)
    assert not any(str(slider.key).startswith("form_train_loss_") for slider in app.slider)
    assert "Drawn scenes" in " ".join(text.value for text in app.sidebar.markdown), "the sidebar itself is there"
    assert not open_page(TRAIN, hide="sidebar").sidebar.markdown


def test_home_without_links_has_no_cards_of_steps(open_page):
    steps = {"How often each label occurs, and which come together."}
    assert steps <= {caption.value for caption in open_page().caption}
    assert not steps & {caption.value for caption in open_page(hide="navigation").caption}


def test_locks_go_along_to_other_pages(open_page):
    links = open_page(DATASET, lock="ratio", hide="launch", ratio="50").sidebar.get("page_link")
    assert links
    assert all("lock=ratio" in link.proto.query_string and "hide=launch" in link.proto.query_string for link in links)


def test_the_link_for_a_class_says_what_is_locked_and_hidden(open_page):
    app = open_page(TRAIN, train_epochs="4")
    app.multiselect(key="share_lock").set_value(["train", "mu"]).run()
    app.multiselect(key="share_hide").set_value(["navigation"]).run()
    link = link_of(app, label="Copy the class's link")
    assert (link["lock"], link["hide"]) == ("train,mu", "navigation")
    assert link["v"] == link_of(app)["v"]
    assert any("protects nothing" in caption.value for caption in app.sidebar.caption)
    student = open_page(TRAIN, train_epochs="4", **link)
    assert student.number_input(key="train_epochs").disabled
    assert student.slider(key="form_train_loss_mu").disabled
    assert not any(box.key == "share_lock" for box in student.multiselect), "who came by such a link makes no other"
