"""``python -m dbl_core runs``: list, stop, delete."""

import json

import pytest

from dbl_core.cli import main
from dbl_core.config import RunConfig
from dbl_core.runs import identity, queue, store
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import write_json


@pytest.fixture
def finished(tmp_path):
    paths = store.create(tmp_path / "first", RunConfig())
    write_json(paths.status, {"state": "finished"})
    write_json(paths.result, {"map": {"total": 0.5, "head": 0.6, "medium": 0.5, "tail": 0.4}, "seconds": 3.0})
    return paths


def test_json_names_id_and_state(tmp_path, finished, capsys):
    assert main(["runs", "--runs-dir", str(tmp_path), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["id"], row["state"], row["loss"]) == ("first", "finished", "db_focal")
    assert row["map"]["tail"] == 0.4


def test_table_shows_percent(tmp_path, finished, capsys):
    assert main(["runs", "--runs-dir", str(tmp_path)]) == 0
    assert "finished" in (out := capsys.readouterr().out)
    assert "40.0" in out


def test_a_damaged_run_is_listed(tmp_path, finished, capsys):
    (tmp_path / "torn").mkdir()
    RunPaths(tmp_path / "torn").config.write_text('{"loss": ')
    assert main(["runs", "--runs-dir", str(tmp_path), "--json"]) == 0
    states = {row["id"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert states == {"first": "finished", "torn": "lost"}


def test_an_empty_folder_says_how_to_begin(tmp_path, capsys):
    assert main(["runs", "--runs-dir", str(tmp_path)]) == 0
    assert "dbl_core run" in capsys.readouterr().out


def test_an_empty_folder_as_json(tmp_path, capsys):
    assert main(["runs", "--runs-dir", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_no_such_folder(tmp_path, capsys):
    assert main(["runs", "--runs-dir", str(tmp_path / "none")]) == 2
    assert "not a folder" in capsys.readouterr().err


def test_delete(tmp_path, finished, capsys):
    assert main(["runs", "--runs-dir", str(tmp_path), "--delete", "first", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert not finished.folder.exists()


@pytest.mark.parametrize("name", ["../first", "none", ".", ""])
def test_names_stay_inside(tmp_path, finished, capsys, name):
    assert main(["runs", "--runs-dir", str(tmp_path), "--stop", name]) in (0, 2)
    assert finished.folder.exists()


def test_the_list_shows_places_in_line_progress_and_memory(tmp_path, finished, capsys):
    me = identity.identify()
    for name in ("at work", "next", "last"):
        paths = store.create(tmp_path / name, RunConfig())
        write_json(paths.process, me)
        if name != "at work":
            queue.draw(paths)
            write_json(paths.status, {"state": "queued", "message": "waiting"})
    working = {"state": "running", "phase": "training", "done": 450, "total": 1000, "remaining_s": 42.0}
    used = {"device": "cpu (2 threads)", "memory_mb": 412, "gpu_memory_mb": None}
    write_json(RunPaths(tmp_path / "at work").status, working | used)
    assert main(["runs", "--runs-dir", str(tmp_path), "list", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert {name: row["runs_ahead"] for name, row in rows.items()} == {
        "at work": None,
        "next": 1,
        "last": 2,
        "first": None,
    }
    assert {key: rows["at work"][key] for key in (*used, "phase", "share", "remaining_seconds")} == {
        **used, "phase": "training", "share": 0.45, "remaining_seconds": 42.0,
    }  # fmt: skip
    assert main(["runs", "--runs-dir", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "at work (training, 45 %, about 40 s left)" in shown
    assert "last (waiting, 2 runs ahead)" in shown
