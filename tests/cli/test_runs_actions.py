"""``python -m dbl_core runs ACTION``: export, import, tensorboard, delete, restore, pin, prune, trash."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dbl_core.cli import main
from dbl_core.runs import budget, process, store
from dbl_core.runs.paths import RunPaths
from dbl_core.search import start
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Dimension
from tests.fake_runs import BCE, write_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A folder of runs with one run, and a working folder for files."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write_run(tmp_path / "runs" / "first", BCE, state="stopped", n_epochs=2)
    return tmp_path / "runs"


@pytest.fixture
def runs(lab, capsys):
    """A function that calls an action and gives its exit code and what it printed."""

    def call(*words):
        code = main(["runs", *words, "--runs-dir", str(lab)])
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return call


def ids(lab):
    return sorted(run.id for run in store.list_runs(lab))


def test_out_of_one_lab_into_another(tmp_path, lab, runs, capsys):
    assert runs("export", "first") == (0, f"first.run.zip: {budget.size_text(Path('first.run.zip').stat().st_size)}\n")
    assert main(["runs", "--runs-dir", str(tmp_path / "theirs"), "import", "first.run.zip"]) == 0
    assert "imported-first: stopped, was 'first'" in capsys.readouterr().out
    assert ids(tmp_path / "theirs") == ["imported-first"]
    assert main(["runs", "--runs-dir", str(tmp_path / "theirs"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["imported_from"], row["state"], row["loss"]) == ("first", "stopped", "bce")
    assert main(["runs", "--runs-dir", str(tmp_path / "theirs")]) == 0
    assert "imported-first (imported)" in capsys.readouterr().out


def test_an_export_replaces_no_file(runs):
    Path("mine").write_text("precious")
    code, shown = runs("export", "first", "--out", "mine")
    assert (code, Path("mine").read_text()) == (2, "precious")
    assert "is there already" in shown


@pytest.mark.parametrize(
    "words",
    [("export", "../first"), ("export", "none"), ("import", "none.zip"), ("delete", "none"), ("restore", "first")],
)
def test_bad_input_is_one_line(lab, runs, words):
    code, shown = runs(*words)
    assert code == 2
    assert shown.startswith("error: ")
    assert shown.count("\n") == 1
    assert ids(lab) == ["first"]


def test_several_files_become_runs_until_one_is_none(lab, runs):
    runs("export", "first")
    Path("x.zip").write_bytes(b"PK\x03\x04 nothing")
    code, shown = runs("import", "first.run.zip", "first.run.zip", "x.zip")
    assert code == 2
    assert shown.count("was 'first' where it was trained") == 2
    assert "x.zip" in shown
    assert ids(lab) == ["first", "imported-first", "imported-first-2"]


def test_an_import_of_something_else(lab, runs):
    Path("x.zip").write_bytes(b"PK\x03\x04 nothing")
    code, shown = runs("import", "x.zip")
    assert code == 2
    assert "nothing was imported" in shown
    assert [path.name for path in lab.iterdir()] == ["first"]


def test_only_an_import_makes_the_folder_of_runs(tmp_path, capsys):
    for words in (["trash"], ["prune"], ["delete", "x"]):
        assert main(["runs", *words, "--runs-dir", str(tmp_path / "none")]) == 2
        assert "not a folder" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_curves_for_tensorboard(runs):
    code, shown = runs("tensorboard", "first", "--out", "curves")
    assert code == 0
    assert "tensorboard --logdir curves" in shown
    (path,) = Path("curves/first").iterdir()
    assert b"map/tail" in path.read_bytes()


def test_delete_and_restore(lab, runs):
    assert runs("delete", "first")[0] == 0
    assert ids(lab) == []
    assert "first\n" in runs("trash")[1]
    assert runs("restore", "first") == (0, "first is back\n")
    assert ids(lab) == ["first"]
    assert runs("trash") == (0, "the trash is empty\n")


def test_the_trash_is_emptied_only_when_asked_twice(lab, runs):
    runs("delete", "first")
    assert "add --yes" in runs("trash", "--empty")[1]
    assert "deleted for good" in runs("trash", "--empty", "--yes")[1]
    assert runs("restore", "first")[0] == 2


def test_pruning_says_what_it_would_do_and_can_be_undone(lab, runs):
    for age, name in enumerate(["second", "third"]):
        folder = write_run(lab / name, BCE, state="stopped", n_epochs=2)
        os.utime(RunPaths(folder).config, (1e9 - age, 1e9 - age))
    size = budget.folder_bytes(lab / "first")
    limit = ("--budget", str(size + 200))
    code, shown = runs("prune", *limit)
    assert (code, ids(lab)) == (0, ["first", "second", "third"])
    assert "2 runs" in shown
    assert "add --yes" in shown
    runs("pin", "third")
    code, shown = runs("prune", *limit, "--yes")
    assert ids(lab) == ["third"]
    assert shown.index("second") < shown.index("first")
    runs("restore", "second")
    runs("unpin", "third")
    runs("prune", *limit, "--yes")
    assert ids(lab) == ["second"]
    assert "nothing to prune" in runs("prune", *limit)[1]
    assert "is no size" in runs("prune", "--budget", "much")[1]


def test_the_list_says_how_much_room_is_used(lab, runs, monkeypatch):
    assert " of 5 GB used" in runs()[1]
    monkeypatch.setenv(budget.VARIABLE, "100")
    assert "of 100 B used; make room with runs prune" in runs()[1]
    monkeypatch.setenv(budget.VARIABLE, "x")
    assert runs()[0] == 2
    assert runs("--json")[0] == 0


def test_foreign_folders_and_odd_names_are_one_line_each(lab, runs):
    (lab / "holiday\npictures").mkdir()
    write_run(lab / "a\nb\x1b[31m", BCE, state="stopped", n_epochs=0)
    code, shown = runs()
    assert code == 0
    lines = shown.splitlines()
    assert len(lines) == 5
    assert any(line.endswith("a\\nb\\x1b[31m") for line in lines)
    assert lines[3] == "not runs: holiday\\npictures"
    assert "\x1b" not in shown


def test_as_a_command_of_its_own(lab, tmp_path):
    command = [sys.executable, "-m", "dbl_core", "runs", "export", "first", "--runs-dir", str(lab), "--out"]
    command.append(str(tmp_path / "o.zip"))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "o.zip").is_file()


def test_requeue_launches_what_was_lost_while_it_waited_but_no_trial_of_a_search(lab, runs, monkeypatch):
    start.create_search(lab / "search", SearchConfig(space=(Dimension(setting="loss.mu", low=0.1, high=0.9),)))
    for name in ("mine", "search-001", "search-confirm-001-s4"):
        write_run(lab / name, BCE, state="queued", n_epochs=0)
    code, shown = runs()
    assert shown.count("lost") == 3
    real, launched = process.launch, []

    def launch(folder, **options):
        launched.append((folder.name, options["queue"]))
        return real(folder, **options | {"command": [sys.executable, "-c", "import time; time.sleep(60)"]})

    monkeypatch.setattr(process, "launch", launch)
    code, shown = runs("requeue")
    assert code == 0
    assert sorted(launched) == [("mine", True), ("search-confirm-001-s4", True)]
    assert shown.count("waits for its turn again") == 2
    assert runs("requeue") == (0, "nothing to queue again: no run was lost while it waited\n")
    for name, _ in launched:
        assert process.stop(lab / name, grace_s=0.05) == "stopped"
