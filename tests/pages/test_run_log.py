"""The end of a log on the pages Runs and Train, searched."""

import pytest

from dbl_core.runs.paths import RunPaths
from tests.fake_runs import BCE, write_run
from tests.pages.reading import healthy, words

PAGES = [("pages/6_Runs.py", {"runs": "a"}, "runs"), ("pages/5_Train.py", {"run": "a"}, "train")]


def log_of(app):
    return next((block.value for block in app.code if "epoch" in block.value or "Error" in block.value), "")


@pytest.mark.parametrize(("page", "address", "word"), PAGES)
def test_a_log_is_searched_for_words_and_troubles(open_page, runs_folder, page, address, word):
    log = RunPaths(write_run(runs_folder / "a", state="stopped", n_epochs=1)).log
    log.write_text("".join(f"epoch {number}\n" for number in range(300)) + "ValueError: <b>stop</b>\n")
    app = healthy(open_page(page, **address))
    assert log_of(app).count("\n") == 199
    assert "The last 200 of 301 lines." in words(app)
    app = app.text_input(key=f"{word}_log_find").set_value("epoch 29").run()
    fitting = [f"epoch {number}" for number in (29, 129, 229, *range(290, 300))]
    assert log_of(app).split("\n") == fitting
    assert "13 of 301 lines." in words(app)
    app = app.toggle(key=f"{word}_log_troubles").set_value(True).run()
    assert "None of the last 301 lines fits" in words(app)
    app = app.text_input(key=f"{word}_log_find").set_value("").run()
    assert log_of(app) == "ValueError: <b>stop</b>"
    assert "1 of 301 lines" in words(app)


def test_of_several_runs_one_log_is_shown(open_page, runs_folder):
    for name in ("a", "b"):
        RunPaths(write_run(runs_folder / name, BCE, state="stopped", n_epochs=1)).log.write_text(f"epoch of {name}\n")
    app = healthy(open_page("pages/6_Runs.py", runs="a,b"))
    assert log_of(app) == "epoch of a"
    app = app.selectbox(key="runs_log_of").set_value("b").run()
    assert log_of(app) == "epoch of b"


def test_an_empty_log_is_said_to_be_empty(open_page, runs_folder):
    RunPaths(write_run(runs_folder / "a", state="stopped", n_epochs=1)).log.write_text("")
    app = healthy(open_page("pages/6_Runs.py", runs="a"))
    assert "The log is empty" in words(app)
    assert "Lines with" not in [box.label for box in app.text_input]
