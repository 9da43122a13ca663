"""The page Runs: empty, filled, compared, damaged; stop, delete and undo."""

import sys

import pytest

from dbl_core.config import LossConfig, RunConfig
from dbl_core.runs import paths, process, store
from dbl_core.runs.comparison import settings_key
from pages.ui import run_data
from tests.fake_runs import BCE, BY_RATIO, DB_FOCAL, damage, with_seed, write_run

PAGE = "pages/6_Runs.py"
WAIT = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def runs_folder(tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", folder)
    yield folder
    for run in store.list_runs(folder):
        process.stop(run.folder, grace_s=0.05)


def healthy(app):
    assert not app.exception
    assert not app.error, [box.value for box in app.error]
    return app


def words(app):
    return " ".join(
        str(part.value) for part in [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    ).replace("\\", "")


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


def charts(app):
    return len(app.get("plotly_chart"))


def ids(folder):
    return {run.id for run in store.list_runs(folder)}


def test_an_empty_lab_says_what_to_do_next(open_page, runs_folder):
    app = healthy(open_page(PAGE))
    assert "No run yet" in words(app)


def test_the_list_shows_state_numbers_and_only_differing_settings(open_page, runs_folder):
    write_run(runs_folder / "a", RunConfig(loss=LossConfig(options={"mu": 0.1})))
    write_run(runs_folder / "b", RunConfig(), state="stopped", n_epochs=2)
    app = healthy(open_page(PAGE))
    table = app.dataframe[0].value
    assert set(table["run"]) == {"a", "b"}
    assert {"Loss", "Sampler", "Seed", "mu"} <= set(table.columns)
    assert "epochs" not in table.columns
    assert table.set_index("run").loc["a", "tail"] > 0
    assert "choose them" in words(app)
    assert charts(app) == 0


def test_one_chosen_run_offers_its_files_and_asks_for_a_second(open_page, runs_folder):
    write_run(runs_folder / "a")
    app = healthy(open_page(PAGE, runs="a"))
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["Report (HTML)", "Result (JSON)", "Per class (CSV)", "a"]
    assert "Choose a second run" in words(app)


def test_two_runs_are_compared(open_page, runs_folder):
    write_run(runs_folder / "db", DB_FOCAL, skill=0.6)
    write_run(runs_folder / "bce", BCE, skill=0.3)
    app = healthy(open_page(PAGE, runs="bce,db"))
    assert charts(app) == 3 + 4 + 2 + 2
    text = words(app)
    assert "More than noise: total +" in text
    assert "over the same resampled test images" in text
    assert "One seed each" in text
    settings = app.table[0].value
    assert list(settings.index) == ["Loss", "Sampler", "Seeds"]


def test_seeds_of_the_same_settings_are_one_group(open_page, runs_folder):
    for seed in range(3):
        write_run(runs_folder / f"db{seed}", with_seed(DB_FOCAL, seed), skill=0.6)
        write_run(runs_folder / f"bce{seed}", with_seed(BCE, seed), skill=0.3)
    app = healthy(open_page(PAGE, runs=",".join(sorted(ids(runs_folder)))))
    assert "from the spread between the seeds shown, 3 of it against 3" in words(app)
    assert len(app.table[0].value.columns) == 2


def test_runs_that_differ_in_the_seed_only_are_shown_together(open_page, runs_folder):
    write_run(runs_folder / "a", DB_FOCAL)
    write_run(runs_folder / "b", with_seed(DB_FOCAL, 1))
    assert charts(healthy(open_page(PAGE, runs="a,b"))) == 2 + 4 + 2 + 2


def test_the_baseline_can_be_changed(open_page, runs_folder):
    write_run(runs_folder / "db", DB_FOCAL, skill=0.6)
    write_run(runs_folder / "bce", BCE, skill=0.3)
    app = open_page(PAGE, runs="bce,db")
    next(box for box in app.selectbox if box.label == "Baseline").set_value(settings_key(DB_FOCAL)).run()
    assert app.query_params["runs"] == "db,bce"
    assert "total -" in words(healthy(app))


def test_other_training_sets_are_compared_with_a_warning(open_page, runs_folder):
    write_run(runs_folder / "a", DB_FOCAL)
    write_run(runs_folder / "b", BY_RATIO)
    app = healthy(open_page(PAGE, runs="a,b"))
    assert "different training sets" in words(app)
    assert "side by side" in words(app)


def test_unfinished_runs_show_their_curves(open_page, runs_folder):
    write_run(runs_folder / "a", DB_FOCAL, state="stopped", n_epochs=3)
    write_run(runs_folder / "b", BCE, state="failed", n_epochs=0)
    app = healthy(open_page(PAGE, runs="a,b"))
    assert "None of these runs has finished" in words(app)
    assert "Without a finished epoch" in words(app)
    assert charts(app) == 8


@pytest.mark.parametrize("what", ["config", "result", "metrics", "scores", "status", "process"])
def test_a_damaged_run_is_shown_as_such_and_breaks_nothing(open_page, runs_folder, what):
    write_run(runs_folder / "good", BCE)
    write_run(runs_folder / "also", DB_FOCAL)
    write_run(runs_folder / "odd", RunConfig(loss=LossConfig(name="focal")))
    damage(runs_folder / "odd", what)
    app = open_page(PAGE, runs="good,also,odd")
    assert not app.exception
    assert not app.error
    assert charts(app) >= 11
    if what in ("config", "result"):
        assert "odd" in " ".join(box.value for box in app.warning)


def test_unknown_runs_in_the_address_are_left_out(open_page, runs_folder):
    write_run(runs_folder / "a")
    app = healthy(open_page(PAGE, runs="../x,a,,nope"))
    assert "Choose a second run" in words(app)


def test_deleting_can_be_undone(open_page, runs_folder):
    write_run(runs_folder / "a")
    write_run(runs_folder / "b", BCE)
    app = press(open_page(PAGE, runs="a,b"), "Delete 2 runs")
    assert ids(runs_folder) == set()
    assert "No run yet" in words(app)
    app = press(app, "Undo deleting 2 runs")
    assert ids(runs_folder) == {"a", "b"}
    assert "Undo deleting 2 runs" not in [button.label for button in app.button]


def test_a_run_at_work_can_be_stopped_here(open_page, runs_folder):
    folder = runs_folder / "works"
    store.create(folder, RunConfig())
    process.launch(folder, command=WAIT)
    app = healthy(open_page(PAGE, runs="works"))
    labels = [button.label for button in app.button]
    assert "Stop 1 run" in labels
    assert "Delete 1 run" not in labels
    press(app, "Stop 1 run")
    assert paths.RunPaths(folder).stop.exists()


def test_the_last_two_finished_runs_are_one_click_away(open_page, runs_folder):
    write_run(runs_folder / "a")
    write_run(runs_folder / "b", BCE)
    app = press(open_page(PAGE), "Compare the last two")
    assert set(app.query_params["runs"].split(",")) == {"a", "b"}
    assert charts(app) == 11
    app = press(app, "Choose none")
    assert "runs" not in app.query_params


def test_names_with_commas_can_be_chosen(open_page, runs_folder):
    write_run(runs_folder / "100 %, a", DB_FOCAL)
    write_run(runs_folder / "b", BCE)
    address = run_data.ids_text(["100 %, a", "b"])
    assert run_data.ids_in(address) == ["100 %, a", "b"]
    assert charts(healthy(open_page(PAGE, runs=address))) == 11
