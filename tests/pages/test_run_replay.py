"""Example runs and the replay on the page Runs."""

import pytest

from dbl_core.runs import examples, paths, store
from tests.fake_runs import write_run

PAGE = "pages/6_Runs.py"


@pytest.fixture
def runs_folder(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", folder)
    return folder


def words(app):
    assert not app.exception
    assert not app.error, [box.value for box in app.error]
    return " ".join(str(part.value) for part in [*app.markdown, *app.caption, *app.info]).replace("\\", "")


def charts(app):
    return len(app.get("plotly_chart"))


def test_the_examples_are_shown_when_asked_for_and_compared(open_page, runs_folder):
    app = open_page(PAGE)
    assert not runs_folder.exists()
    next(button for button in app.button if button.label == "Show the recorded examples").click().run()
    assert len(store.list_runs(runs_folder)) == len(examples.example_files())
    assert app.query_params["runs"] == "example-bce-uniform,example-db-focal"
    text = words(app)
    assert "example-db-focal: a recorded example of " in text
    assert "More than noise" in text


def test_a_finished_run_can_be_replayed(open_page, runs_folder):
    write_run(runs_folder / "a")
    app = open_page(PAGE, runs="a")
    before = charts(app)
    (box,) = [each for each in app.expander if each.label == "Replay the training"]
    assert before == 0
    app.session_state["replay_a"] = True
    app.run()
    assert charts(app) == 1
    assert "press Play" in words(app)
    (box,) = [each for each in app.expander if each.label == "Replay the training"]
    assert list(box.dataframe[0].value["epoch"]) == list(range(1, 9))


@pytest.mark.parametrize("n_epochs", [0, 1])
def test_too_few_epochs_are_no_replay(open_page, runs_folder, n_epochs):
    write_run(runs_folder / "a", state="stopped", n_epochs=n_epochs)
    app = open_page(PAGE, runs="a")
    words(app)
    assert "Replay the training" not in [each.label for each in app.expander]
