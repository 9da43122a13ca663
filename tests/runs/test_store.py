"""Creating, finding, reading, deleting and restoring runs."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel
from safetensors.numpy import save_file

from dbl_core.config import RunConfig
from dbl_core.errors import RunError
from dbl_core.runs import record, state, store, trash
from dbl_core.runs.paths import RunPaths

ODD_NAMES = ["with space", "quo'te\"s", "new\nline", "ünïcødé 猫", "-dash", "$(echo)", "~", "a;b&c", "100%"]


def test_a_created_run_is_queued_and_reads_back(runs_dir):
    config = RunConfig.model_validate({"loss": {"name": "bce"}, "train": {"sampler": "uniform", "seed": 3}})
    paths = store.create(runs_dir / "deep" / "er", config)
    run = store.read_run(paths.folder)
    assert (run.id, run.state, run.config, run.active) == ("er", "queued", config, True)
    assert run.created_at > 1e9
    assert run.seconds is None
    assert run.map is None


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_names(runs_dir, name):
    store.create(runs_dir / name, RunConfig())
    assert [run.id for run in store.list_runs(runs_dir)] == [name]
    assert store.resolve(runs_dir, name) == runs_dir / name
    trash.restore_run(runs_dir, _delete_lost(runs_dir, name))
    assert store.resolve(runs_dir, name).is_dir()


def _delete_lost(runs_dir, name):
    """Delete a run that was created long ago and never started."""
    os.utime(RunPaths(runs_dir / name).config, (1e9, 1e9))
    return trash.delete_run(runs_dir, name)


def test_a_folder_that_holds_something_is_refused(runs_dir, new_run):
    paths = new_run()
    with pytest.raises(RunError, match="not empty"):
        store.create(paths.folder, RunConfig())
    with pytest.raises(RunError, match="is a file"):
        store.create(paths.config, RunConfig())
    with pytest.raises(RunError, match="is a file, not a folder"):
        store.create(paths.config / "below", RunConfig())
    with pytest.raises(RunError, match="too long"):
        store.create(runs_dir / ("x" * 300), RunConfig())


def test_an_empty_folder_is_taken(runs_dir):
    (runs_dir / "empty").mkdir()
    assert store.create(runs_dir / "empty", RunConfig()).config.is_file()


def test_a_full_disk_leaves_no_half_made_run(runs_dir, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RunError, match="disk is full"):
        store.create(runs_dir / "run", RunConfig())
    assert list(runs_dir.iterdir()) == []


def test_names_tell_the_loss_and_never_repeat(runs_dir):
    folders = [store.new_run_dir(runs_dir, RunConfig()) for _ in range(5)]
    assert len(set(folders)) == 5
    assert all("db_focal-class_aware" in folder.name for folder in folders)
    assert store.list_runs(runs_dir) == []  # folders that no run was created in yet


def test_jobs_of_another_kind_bring_their_own_config(tmp_path):
    class Errand(BaseModel):
        place: Path = Path("/somewhere")

    folder = store.unused_folder(tmp_path / "jobs", "errand")
    assert store.unused_folder(tmp_path / "jobs", "errand").name == "errand-2"
    paths = store.create(folder, Errand())
    assert record.read_json(paths.config) == {"place": "/somewhere"}
    assert state.standing(paths).state == "queued"


CREATE = """
import sys
from dbl_core.config import RunConfig
from dbl_core.errors import RunError
from dbl_core.runs import store
sys.stdin.readline()
names, won = [], 0
for number in range(40):
    names.append(store.create(store.new_run_dir(sys.argv[1], RunConfig()), RunConfig()).folder.name)
    try:
        store.create(f"{sys.argv[1]}/same{number}", RunConfig())
        won += 1
    except RunError:
        pass
print(won, *names)
"""


def test_two_processes_never_share_a_run(runs_dir, environment):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    racers = [subprocess.Popen([sys.executable, "-c", CREATE, str(runs_dir)], **pipes) for _ in range(2)]
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = [racer.communicate()[0].split() for racer in racers]
    assert sum(int(answer[0]) for answer in answers) == 40
    names = [name for answer in answers for name in answer[1:]]
    assert len(set(names)) == 80
    assert len(store.list_runs(runs_dir)) == 120


def test_the_list_is_newest_first_and_survives_damage(runs_dir, new_run):
    for age, name in enumerate(["new", "old", "nonsense", "foreign", "from-the-future"]):
        os.utime(new_run(name).config, (2e9 - 1000 * age, 2e9 - 1000 * age))
    (runs_dir / "nonsense" / "config.json").write_bytes(b"\xff{")
    (runs_dir / "nonsense" / "metrics.jsonl").mkdir()
    (runs_dir / "foreign" / "config.json").write_text('{"model_type": "bert"}')
    (runs_dir / "from-the-future" / "config.json").write_text('{"loss": {"name": "not_yet_invented"}}')
    for name in ("nonsense", "foreign", "from-the-future"):
        os.utime(runs_dir / name / "config.json", (1e9, 1e9))
    (runs_dir / "not-a-run").mkdir()
    (runs_dir / "a file").touch()
    (runs_dir / ".hidden").mkdir()
    runs = store.list_runs(runs_dir)
    assert [run.id for run in runs][:2] == ["new", "old"]
    damaged = {run.id: run for run in runs[2:]}
    assert set(damaged) == {"nonsense", "foreign", "from-the-future"}
    assert {run.state for run in damaged.values()} == {"lost"}
    assert "not_yet_invented" in damaged["from-the-future"].message
    assert "model_type" in damaged["foreign"].message


def test_no_folder_of_runs_is_an_empty_list(tmp_path):
    assert store.list_runs(tmp_path / "none") == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../run", "run/", "/", "a/b", "a\\b", ".trash", "\0", "\udcff", "nothing", None, 3]
)
def test_names_from_outside_stay_inside(runs_dir, new_run, name):
    new_run("run")
    with pytest.raises(ValueError, match="run"):
        store.resolve(runs_dir, name)


def test_links_lead_nowhere(tmp_path, runs_dir):
    outside = store.create(tmp_path / "outside", RunConfig()).folder
    (runs_dir / "link").symlink_to(outside)
    (runs_dir / "loop").symlink_to(runs_dir / "loop")
    for name in ("link", "loop"):
        with pytest.raises(ValueError, match="no run named"):
            store.resolve(runs_dir, name)
    assert store.list_runs(runs_dir) == []


def test_records_of_a_run(new_run):
    paths = new_run()
    assert store.read_metrics(paths.folder) == []
    assert store.read_log_tail(paths.folder) == ""
    with pytest.raises(RunError, match="no readable result"):
        store.read_result(paths.folder)
    with pytest.raises(RunError, match="no readable scores"):
        store.read_scores(paths.folder)
    record.append_jsonl(paths.metrics, {"epoch": 1, "map": {"total": 0.25, "tail": float("nan")}})
    assert store.read_run(paths.folder).map == {"total": 0.25, "tail": None}
    record.write_json(paths.result, {"map": {"total": 0.5}, "seconds": 12.5})
    run = store.read_run(paths.folder)
    assert (run.map, run.seconds) == ({"total": 0.5}, 12.5)
    save_file({"scores": np.eye(3, dtype=np.float32)}, paths.scores)
    assert np.array_equal(store.read_scores(paths.folder)["scores"], np.eye(3))
    paths.scores.write_bytes(paths.scores.read_bytes()[:-5])
    with pytest.raises(RunError, match="no readable scores"):
        store.read_scores(paths.folder)


def test_delete_can_be_undone(runs_dir, new_run):
    paths = new_run()
    deletion = _delete_lost(runs_dir, "run")
    assert store.list_runs(runs_dir) == []
    assert trash.restore_run(runs_dir, deletion) == paths.folder
    assert [run.id for run in store.list_runs(runs_dir)] == ["run"]
    with pytest.raises(ValueError, match="no deletion"):
        trash.restore_run(runs_dir, deletion)


def test_two_deletions_of_one_name_are_kept_apart(runs_dir, new_run):
    new_run()
    first = _delete_lost(runs_dir, "run")
    new_run()
    second = _delete_lost(runs_dir, "run")
    trash.restore_run(runs_dir, first)
    with pytest.raises(RunError, match="another run is named"):
        trash.restore_run(runs_dir, second)
    trash.empty_trash(runs_dir)
    with pytest.raises(ValueError, match="no deletion"):
        trash.restore_run(runs_dir, second)


@pytest.mark.parametrize("deletion", ["", "..", "../run", "1"])
def test_only_deletions_are_undone(runs_dir, new_run, deletion):
    new_run()
    with pytest.raises(ValueError, match="no deletion"):
        trash.restore_run(runs_dir, deletion)


def test_nothing_outside_is_deleted(runs_dir, new_run):
    new_run()
    with pytest.raises(ValueError, match="not the name of a run"):
        trash.delete_run(runs_dir / "run", "../run")
    with pytest.raises(RunError, match="stop it before"):
        trash.delete_run(runs_dir, "run")  # created a moment ago: its process may be starting
