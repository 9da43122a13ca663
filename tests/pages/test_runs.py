"""The page Runs: empty, filled, compared, damaged; stop, delete and undo."""

import json
import os
import re

import pytest

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.runs import paths, process, store
from dbl_core.runs.comparison import settings_key
from dbl_core.runs.record import read_json, write_json
from pages.ui import run_data
from tests.fake_runs import BCE, BY_RATIO, DB_FOCAL, WAIT, damage, with_seed, write_run
from tests.pages.reading import charts, healthy, press, words

PAGE = "pages/6_Runs.py"


def ids(folder):
    return {run.id for run in store.list_runs(folder)}


def test_an_empty_lab_says_what_to_do_next(open_page, runs_folder):
    app = healthy(open_page(PAGE))
    assert "No run yet" in words(app)


def test_the_list_shows_state_numbers_and_only_differing_settings(open_page, runs_folder):
    write_run(runs_folder / "a", RunConfig(loss=LossConfig(options={"mu": 0.1}), train=TrainConfig(device="cpu")))
    write_run(runs_folder / "b", RunConfig(train=TrainConfig(batch_size=16)), state="stopped", n_epochs=2)
    app = healthy(open_page(PAGE))
    table = app.dataframe[0].value
    assert set(table["run"]) == {"a", "b"}
    assert {"Loss", "Sampler", "Seed", "mu", "Batch size"} <= set(table.columns)
    columns = list(table.columns)  # mAP stands where it is seen without scrolling
    assert columns.index("Seed") < columns.index("tail") < columns.index("mu") < columns.index("device")
    assert "Epochs" not in table.columns
    assert table.set_index("run").loc["a", "tail"] > 0
    assert "choose them" in words(app)
    assert charts(app) == 0
    assert dict(table[["run", "state"]].values) == {"a": "✓ finished", "b": "⊘ stopped"}
    assert set(table["device"]) == {"cpu (2 threads)", ""}
    assert "memory" not in table.columns  # nobody recorded it


def test_why_a_run_has_not_finished_stands_beside_its_state(open_page, runs_folder):
    for state, message in (("failed", "the loss became nan"), ("stopped", "stopped on request")):
        status = paths.RunPaths(write_run(runs_folder / state, state=state, n_epochs=1)).status
        write_json(status, {"state": state, "message": message})
    write_run(runs_folder / "lost", state="running", n_epochs=1)
    table = healthy(open_page(PAGE)).dataframe[0].value
    reasons = dict(table[["run", "reason"]].values)
    assert reasons["failed"] == "the loss became nan"
    assert reasons["stopped"] == "stopped on request"
    assert "ended without a word" in reasons["lost"]
    assert list(table.columns[1:3]) == ["state", "reason"]


def test_memory_is_shown_where_it_was_recorded(open_page, runs_folder):
    result = paths.RunPaths(write_run(runs_folder / "a")).result
    write_json(result, read_json(result) | {"memory_mb": 812, "gpu_memory_mb": "much"})
    table = healthy(open_page(PAGE)).dataframe[0].value
    assert table["memory"][0] == 812
    assert "gpu_memory" not in table.columns


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
    assert charts(app) == 2 + 4 + 2 + 2
    text = words(app)
    assert "More than noise: total +" in text
    assert text.index("More than noise") < text.index("Mean average precision by group")  # the answer comes first
    assert "over the same resampled test images" in text
    assert "One seed each" in text
    settings = app.table[0].value
    assert list(settings.index) == ["Loss", "Sampler", "Seeds"]
    numbers = app.table[1].value
    assert list(numbers["Seeds"]) == ["1", "1"]
    assert re.fullmatch(r"\d+\.\d \(\d+\.\d to \d+\.\d\)", numbers["Tail"].iloc[0])


def test_seeds_of_the_same_settings_are_one_group(open_page, runs_folder):
    for seed in range(3):
        write_run(runs_folder / f"db{seed}", with_seed(DB_FOCAL, seed), skill=0.6)
        write_run(runs_folder / f"bce{seed}", with_seed(BCE, seed), skill=0.3)
    app = healthy(open_page(PAGE, runs=",".join(sorted(ids(runs_folder)))))
    assert "from the spread between the seeds shown, 3 against 3" in words(app)
    assert len(app.table[0].value.columns) == 2
    numbers = app.table[1].value
    assert list(numbers["Seeds"]) == ["3", "3"]
    assert re.fullmatch(r"\d+\.\d ± \d+\.\d \(\d+\.\d to \d+\.\d\)", numbers["Total"].iloc[0])


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


def test_everything_can_be_shown_as_differences_to_the_baseline(open_page, runs_folder):
    for seed in range(2):
        write_run(runs_folder / f"db{seed}", with_seed(DB_FOCAL, seed), skill=0.6)
        write_run(runs_folder / f"bce{seed}", with_seed(BCE, seed), skill=0.3)
    write_run(runs_folder / "focal", RunConfig(loss=LossConfig(name="focal")), skill=0.6)
    app = open_page(PAGE, runs="bce0,bce1,db0,db1,focal", runs_show="Differences to the baseline")
    assert charts(healthy(app)) == 2 + 4 + 2 + 2
    gains = app.table[1].value
    assert list(gains["Seeds"]) == ["2", "1"]
    assert gains["Tail"].str.contains(" to ").all()
    axes = [json.loads(chart.proto.spec)["layout"]["yaxis"]["title"]["text"] for chart in app.get("plotly_chart")]
    assert axes[:3] == ["mAP gained (points)", "AP gained (points)", "total mAP gained (points)"]
    notes = app.dataframe[0].value.set_index("run")["note"]
    assert {run for run in notes.index if notes[run] == "baseline"} == {"bce0", "bce1"}
    app = next(box for box in app.selectbox if box.label == "Baseline").set_value(settings_key(DB_FOCAL)).run()
    assert app.query_params["runs"] == "db0,db1,bce0,bce1,focal"
    assert app.table[1].value["Tail"].iloc[0].startswith("-")


@pytest.mark.parametrize(
    ("view", "axis"),
    [
        ("Gain against training images", "AP gained (points)"),
        ("Gain, class by class", "class (training images)"),
        ("AP against training images", "average precision (%)"),
    ],
)
def test_classes_are_compared_in_three_ways(open_page, runs_folder, view, axis):
    write_run(runs_folder / "db", DB_FOCAL, skill=0.6)
    write_run(runs_folder / "bce", BCE, skill=0.3)
    app = healthy(open_page(PAGE, runs="bce,db", runs_by_class=view))
    shown = [json.loads(chart.proto.spec)["layout"]["yaxis"]["title"]["text"] for chart in app.get("plotly_chart")]
    assert shown[1] == axis


def test_a_run_has_the_same_mark_whatever_is_chosen(open_page, runs_folder):
    for number, name in enumerate(("bce", "focal", "asl", "db_focal")):
        write_run(runs_folder / name, RunConfig(loss=LossConfig(name=name)), n_epochs=1, state="stopped")
        os.utime(paths.RunPaths(runs_folder / name).config, (number, number))
    marks = [
        dict(open_page(PAGE, runs=chosen).dataframe[0].value[["run", "mark"]].values)
        for chosen in ("", "asl", "db_focal,bce", "bce,db_focal,focal")
    ]
    assert marks[0] == marks[1] == marks[2] == marks[3]
    assert len(set(marks[0].values())) == 4


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
    assert charts(app) >= 10
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
    assert charts(app) == 10
    app = press(app, "Choose none")
    assert "runs" not in app.query_params


def test_names_with_commas_can_be_chosen(open_page, runs_folder):
    write_run(runs_folder / "100 %, a", DB_FOCAL)
    write_run(runs_folder / "b", BCE)
    address = run_data.ids_text(["100 %, a", "b"])
    assert run_data.ids_in(address) == ["100 %, a", "b"]
    assert charts(healthy(open_page(PAGE, runs=address))) == 10
