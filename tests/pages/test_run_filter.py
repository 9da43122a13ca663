"""The filter above the list of runs."""

import pytest

from dbl_core.config import DatasetConfig, LossConfig, RunConfig
from dbl_core.runs.store import Run
from pages.ui.run_filter import fits
from tests.fake_runs import BCE, DB_FOCAL, with_seed, write_run
from tests.pages.reading import healthy, press, words

PAGE = "pages/6_Runs.py"


@pytest.fixture
def five(runs_folder):
    for seed, name in enumerate(("bce-a", "bce-b")):
        write_run(runs_folder / name, with_seed(BCE, seed), state="stopped", n_epochs=1)
    for name, state in (("db-a", "failed"), ("db-b", "stopped"), ("db-c", "running")):
        write_run(runs_folder / name, DB_FOCAL, state=state, n_epochs=1)
    return runs_folder


def listed(app):
    return set(healthy(app).dataframe[0].value["run"])


def test_words_and_states_leave_the_runs_that_fit(open_page, five):
    app = open_page(PAGE)
    assert len(listed(app)) == 5
    app = app.text_input(key="runs_find").set_value("BCE seed=1").run()
    assert listed(app) == {"bce-b"}
    assert "1 of 5 runs fit" in words(app)


def test_the_address_keeps_the_filter(open_page, five):
    app = open_page(PAGE, runs_states="failed")
    assert listed(app) == {"db-a"}
    app = app.button_group(key="runs_states").set_value(["failed", "lost"]).run()
    assert listed(app) == {"db-a", "db-c"}


def test_chosen_runs_stay_in_the_list(open_page, five):
    app = open_page(PAGE, runs="bce-a", runs_find="db-")
    assert listed(app) == {"bce-a", "db-a", "db-b", "db-c"}
    assert "The chosen ones stay" in words(app)
    assert listed(press(app, "Choose none")) == {"db-a", "db-b", "db-c"}


def test_a_filter_that_nothing_fits_leaves_no_list(open_page, five):
    app = healthy(open_page(PAGE, runs_find="no such run"))
    assert "0 of 5 runs fit" in words(app)
    assert not app.dataframe


def test_few_runs_need_no_filter(open_page, runs_folder):
    write_run(runs_folder / "a", state="stopped", n_epochs=1)
    assert not open_page(PAGE, runs_find="b").text_input


@pytest.mark.parametrize("words", ["", "asl", "Asymmetric", "learning_rate=0.005 RATIO=50", "abc", "boom", "running"])
def test_names_settings_and_messages_are_searched(tmp_path, words):
    config = RunConfig(dataset=DatasetConfig(ratio=50), loss=LossConfig(name="asl"))
    config = config.model_copy(update={"train": config.train.model_copy(update={"learning_rate": 0.005})})
    run = Run("abc", tmp_path, "running", message="Boom", config=config)
    assert fits(run, words)
    assert fits(run, words, ["running"])
    assert not fits(run, words, ["lost"])
    assert not fits(run, f"{words} xyz")


def test_a_damaged_run_is_found_by_its_name_and_state(tmp_path):
    assert fits(Run("odd [", tmp_path, "lost"), "odd [ lost")
