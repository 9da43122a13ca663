"""Files and room on the page Runs: export, import, the trash, pins, and the budget."""

import os

import pytest

from dbl_core.runs import archive, budget, store, trash
from dbl_core.runs.paths import RunPaths
from pages.ui import run_archive
from tests.fake_runs import BCE, DB_FOCAL, damage, write_run
from tests.pages.reading import healthy, labels, press, words

PAGE = "pages/6_Runs.py"


@pytest.fixture
def light(tmp_path):
    """A function that writes a run without a result: it is made and drawn faster."""
    return lambda folder, state="stopped": write_run(folder, BCE, state=state, n_epochs=1)


@pytest.fixture
def file_of(tmp_path, light):
    """A function that gives the content of an exported run of some name."""
    return lambda name="theirs": archive.export_run(
        light(tmp_path / "lab" / name), tmp_path / "x.zip"
    ).path.read_bytes()


def ids(folder):
    return {run.id for run in store.list_runs(folder)}


def upload(app, content, name="first.run.zip"):
    app.file_uploader[0].set_value((name, content, "application/zip"))
    return app.run()


def test_chosen_runs_are_offered_as_files_and_made_when_asked_for(open_page, runs_folder, light, monkeypatch):
    light(runs_folder / "a b")
    light(runs_folder / "broken")
    damage(runs_folder / "broken", "config")
    monkeypatch.setattr(archive, "export_run", lambda *_, **__: pytest.fail("made before anyone asked"))
    app = healthy(open_page(PAGE, runs="a b,broken"))
    assert [button.label for button in app.get("download_button")] == ["a b"]
    assert "broken is damaged and cannot be exported" in words(app)
    assert "runs export 'a b' --runs-dir" in app.code[-1].value
    assert "Choose runs in the list" in words(open_page(PAGE))


def test_what_a_click_brings_is_the_file_of_the_run(runs_folder, tmp_path, light):
    folder = light(runs_folder / "a")
    content = run_archive._exported(folder, False)
    assert content == archive.export_run(folder, tmp_path / "a.zip").path.read_bytes()


def test_weights_go_along_only_when_asked_for(open_page, runs_folder, light):
    RunPaths(light(runs_folder / "a")).weights.write_bytes(b"x" * 5000)
    app = healthy(open_page(PAGE, runs="a"))
    before = app.get("download_button")[0].help
    box = next(box for box in app.checkbox if box.label == "With the trained weights")
    assert not box.value
    after = healthy(box.check().run()).get("download_button")[0].help
    assert before != after


def test_a_file_becomes_a_run_that_is_chosen(open_page, runs_folder, light, file_of):
    light(runs_folder / "mine")
    file = file_of()
    app = healthy(upload(open_page(PAGE, runs="mine"), file))
    assert ids(runs_folder) == {"mine", "imported-theirs"}
    assert app.query_params["runs"] == "mine,imported-theirs"
    assert app.file_uploader[0].value is None
    assert "note" not in app.dataframe[0].value  # the name says all there is to say
    assert "Imported as imported-theirs" in words(app)
    healthy(app.run())
    assert len(ids(runs_folder)) == 2
    table = healthy(upload(app, file)).dataframe[0].value.set_index("run")
    assert table.loc["imported-theirs-2", "note"] == "imported, was theirs"


def test_an_imported_run_is_compared_like_any_other(open_page, runs_folder, tmp_path):
    write_run(runs_folder / "mine", BCE, skill=0.3)
    theirs = archive.export_run(write_run(tmp_path / "lab" / "theirs", DB_FOCAL, skill=0.6), tmp_path / "x.zip").path
    app = healthy(upload(open_page(PAGE, runs="mine"), theirs.read_bytes()))
    assert "More than noise: total +" in words(app)
    assert "over the same resampled test images" in words(app)
    app = open_page("pages/5_Train.py", run="imported-theirs")
    assert "imported, was theirs" in words(healthy(app))


def test_an_empty_lab_can_import_its_first_run(open_page, runs_folder, file_of):
    app = healthy(upload(open_page(PAGE), file_of("ünï\n*x*")))
    assert [run.origin for run in store.list_runs(runs_folder)] == ["ünï\n*x*"]
    assert "No run yet" not in words(app)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_a_bad_file_is_one_sentence_and_leaves_nothing(open_page, runs_folder, file_of, content):
    app = upload(open_page(PAGE), content, "<b>bad</b>\n.zip")
    assert not app.exception
    assert len(app.error) == 1
    assert "nothing was imported" in words(app)
    assert list(runs_folder.iterdir()) == []
    healthy(upload(app, file_of()))


def test_a_file_that_passed_the_browsers_check(open_page, runs_folder, file_of, monkeypatch):
    monkeypatch.setattr(run_archive, "MIB", 0)
    app = upload(open_page(PAGE), file_of())
    assert "at most 64 MB are taken here" in words(app)
    assert list(runs_folder.iterdir()) == []


def test_a_deleted_run_waits_in_the_trash(open_page, runs_folder, light):
    light(runs_folder / "a")
    light(runs_folder / "b")
    app = healthy(press(open_page(PAGE, runs="a"), "Delete 1 run"))
    assert "1 run moved to the trash" in words(app)
    app = healthy(open_page(PAGE))  # another session: no undo button, but the trash is there
    assert not any(label.startswith("Undo") for label in labels(app))
    app = healthy(press(app, "Restore a"))
    assert ids(runs_folder) == {"a", "b"}
    assert "The trash is empty" in words(app)


def test_the_trash_is_emptied_after_a_question(open_page, runs_folder, light):
    light(runs_folder / "a")
    light(runs_folder / "b")
    app = press(open_page(PAGE, runs="a"), "Delete 1 run")
    app = press(app, "Empty the trash")
    assert len(trash.list_trash(runs_folder)) == 1
    assert "This cannot be undone" in words(app)
    app = healthy(press(app, "Delete for good"))
    assert trash.list_trash(runs_folder) == []
    assert not any(label.startswith("Undo") for label in labels(healthy(app.run())))


def test_pruning_asks_first_takes_the_oldest_and_can_be_undone(open_page, runs_folder, light, monkeypatch):
    for age, name in enumerate(["new", "chosen", "pinned", "old"]):
        folder = light(runs_folder / name)
        os.utime(RunPaths(folder).config, (1.7e9 - age,) * 2)
    size = budget.folder_bytes(folder)
    monkeypatch.setenv(budget.VARIABLE, str(3 * size + 100))
    app = healthy(press(open_page(PAGE, runs="pinned"), "Pin 1 run"))
    assert "pinned" in app.dataframe[0].value.set_index("run").loc["pinned", "note"]
    assert "Unpin 1 run" in labels(app)
    app = healthy(open_page(PAGE, runs="chosen"))
    assert "above the budget" in words(app)
    app = press(app, "Make room")
    assert len(ids(runs_folder)) == 4
    assert "- old, stopped" in words(app)
    app = healthy(press(app, "Move 1 run"))
    assert ids(runs_folder) == {"new", "chosen", "pinned"}
    assert app.query_params["runs"] == "chosen"
    app = healthy(app.run())
    assert "empty the trash" in words(app)
    app = healthy(press(app, "Undo deleting 1 run"))
    assert len(ids(runs_folder)) == 4


def test_a_budget_that_is_no_size_spoils_nothing_else(open_page, runs_folder, light, monkeypatch):
    light(runs_folder / "a")
    monkeypatch.setenv(budget.VARIABLE, "a lot")
    app = open_page(PAGE, runs="a")
    assert not app.exception
    assert [box.value.replace("\\", "") for box in app.error] == [
        "DBL_RUNS_BUDGET: 'a lot' is no size; write it like 500MB or 5GB"
    ]
    assert len(app.file_uploader) == len(app.get("download_button")) == 1


def test_foreign_folders_are_named_and_left_alone(open_page, runs_folder, light):
    light(runs_folder / "a")
    for name in ("holiday *pictures*", "\udcff", "new\nline"):
        (runs_folder / name).mkdir()
    app = healthy(open_page(PAGE, runs="a"))
    assert "Not runs, and left alone: holiday *pictures*, new\nline, ?." in words(app)


def test_names_that_are_hard_to_show(open_page, runs_folder, light):
    for name in ('a "b"', "new\nline", "$x^2$ `code`", "<script>", "-dash", "ünï 猫"):
        light(runs_folder / name)
    app = healthy(open_page(PAGE))
    assert set(app.dataframe[0].value["run"]) == ids(runs_folder)
    for name in ids(runs_folder):
        app = healthy(open_page(PAGE, runs=name))
        assert len(app.get("download_button")) == 1
