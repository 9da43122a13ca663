"""The button that makes a report: where it is offered, what it makes, and what it says when there is nothing left."""

import shutil
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dbl_core.report import MOST_RUNS
from dbl_core.runs import paths, store
from pages.ui import run_report
from tests.fake_runs import BCE, DB_FOCAL, write_run


@pytest.fixture(scope="module")
def runs_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab") / "runs"
    folder.mkdir()
    write_run(folder / "bce", BCE, skill=0.3)
    write_run(folder / "db", DB_FOCAL, skill=0.6)
    write_run(folder / "stopped", DB_FOCAL, state="stopped", n_epochs=1)
    return folder


@pytest.fixture
def offered(open_page, runs_folder, monkeypatch):
    """A function that gives the report buttons of a page."""
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", runs_folder)

    def buttons(page, **address):
        app = open_page(page, **address)
        assert not app.exception
        assert not app.error
        return [one for one in app.get("download_button") if one.label == "Report (HTML)"]

    return buttons


def test_chosen_runs_with_a_finished_one_offer_a_report(offered):
    (button,) = offered("pages/6_Runs.py", runs="bce,db,stopped")
    assert button.proto.deferred_file_id  # made on the click, not while the page is drawn
    assert offered("pages/6_Runs.py", runs="stopped") == []
    assert offered("pages/6_Runs.py") == []


def test_a_finished_run_on_train_offers_one(offered):
    assert len(offered("pages/5_Train.py", run="db")) == 1
    assert offered("pages/5_Train.py", run="stopped") == []


def button_for(runs):
    def page():
        import streamlit as st

        from pages.ui import run_report

        run_report.report_button(st.session_state["chosen"], "runs")

    app = AppTest.from_function(page)
    app.session_state["chosen"] = runs
    (button,) = app.run().get("download_button")
    return button.proto


def test_it_waits_for_the_chosen_runs_and_says_how_many_it_holds(runs_folder):
    done = store.read_run(runs_folder / "bce")
    assert not button_for([done]).disabled
    waits = button_for([done, replace(done, id="works", state="running")])
    assert waits.disabled
    assert waits.help == "When the chosen runs have ended."
    many = button_for([done] * (MOST_RUNS + 1))
    assert many.help.endswith(f"It holds the first {MOST_RUNS} of the {MOST_RUNS + 1} runs.")


def test_what_the_button_makes(runs_folder):
    html = run_report.made((runs_folder / "bce", runs_folder / "db"), "db")
    assert "More than noise: total" in html
    assert "2 runs, reported by Long-Tail Lab" in html


def test_runs_that_are_gone_by_then_are_said_on_a_page(runs_folder, tmp_path):
    shutil.copytree(runs_folder / "db", tmp_path / "<gone>")
    (tmp_path / "<gone>" / "result.json").unlink()
    html = run_report.made((tmp_path / "<gone>",), "db")
    assert "<h1>No report</h1>" in html
    assert "&lt;gone&gt; is left out" in html
