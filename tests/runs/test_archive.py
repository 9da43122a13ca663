"""A run as one file: out of one lab, into another, with everything that it says and nothing of the machine."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.datasets import own_files
from dbl_core.errors import RunError
from dbl_core.runs import archive, archive_records, budget, process, record, store
from dbl_core.runs.outcome import read_epochs, read_outcome
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import BCE, DB_FOCAL, damage, with_seed, write_run
from tests.waiting import wait_for


def test_an_imported_run_is_the_run_under_a_name_of_its_own(runs_dir, finished, exported):
    folder = archive.import_run(runs_dir, exported)
    run, was = store.read_run(folder), store.read_run(finished)
    assert folder.name == "imported-first_run"
    assert (run.state, run.config, run.map, run.seconds) == ("finished", was.config, was.map, was.seconds)
    assert (run.origin, was.origin) == ("first run", "")
    assert abs(run.created_at - was.created_at) < 0.001
    assert repr(read_epochs(folder)) == repr(read_epochs(finished))
    assert read_outcome(folder).model_dump_json() == read_outcome(finished).model_dump_json()
    assert np.array_equal(store.read_scores(folder)["scores"], store.read_scores(finished)["scores"])
    assert RunPaths(folder).weights.read_bytes() == RunPaths(finished).weights.read_bytes()
    assert store.read_log_tail(folder) == store.read_log_tail(finished)
    assert not RunPaths(folder).process.exists()
    assert not (folder / archive.MANIFEST).exists()
    assert [entry.name for entry in runs_dir.iterdir()] == [folder.name]
    assert archive.import_run(runs_dir, exported).name == "imported-first_run-2"
    assert len(store.list_runs(runs_dir)) == 2


def test_the_same_run_gives_the_same_bytes_here_and_after_the_journey(tmp_path, runs_dir, finished, exported):
    again = archive.export_run(finished, tmp_path / "again.zip")
    assert again.path.read_bytes() == exported.read_bytes()
    assert again.n_bytes == exported.stat().st_size
    back = archive.export_run(archive.import_run(runs_dir, exported), tmp_path / "back.zip")
    assert back.path.read_bytes() == exported.read_bytes()


def test_weights_stay_behind_on_request(tmp_path, finished, members_of):
    whole = archive.export_run(finished, tmp_path / "whole.zip")
    light = archive.export_run(finished, tmp_path / "light.zip", weights=False)
    assert set(members_of(whole.path)) - set(members_of(light.path)) == {"weights.safetensors"}
    n_bytes = RunPaths(finished).weights.stat().st_size
    assert archive.export_size(finished) - archive.export_size(finished, weights=False) == n_bytes


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_how_a_run_ended_travels_with_it(tmp_path, runs_dir, state):
    folder = write_run(tmp_path / "lab" / "run", BCE, state=state, n_epochs=2)
    RunPaths(folder).error.write_text("Traceback: it broke")
    file = archive.export_run(folder, tmp_path / "run.zip").path
    run = store.read_run(archive.import_run(runs_dir, file))
    assert (run.state, run.origin) == (state, "run")
    assert len(read_epochs(run.folder)) == 2
    assert "it broke" in RunPaths(run.folder).error.read_text()


def test_a_run_of_another_machine_is_never_running_here(tmp_path, runs_dir, members_of, packed, refused):
    """Its process may have the number of one that lives here."""
    folder = write_run(tmp_path / "lab" / "run", BCE, state="running", n_epochs=1)
    assert store.read_run(folder).state == "lost"
    file = archive.export_run(folder, tmp_path / "run.zip").path
    members = members_of(file)
    assert "process.json" not in members
    run = store.read_run(archive.import_run(runs_dir, file))
    assert (run.state, run.active) == ("lost", False)
    alive = json.dumps({"pid": os.getpid(), "create_time": 0}).encode()
    refused(packed(members, **{"process.json": alive}), "no run has")
    manifest = json.loads(members[archive.MANIFEST]) | {"state": "running"}
    refused(packed(members, **{archive.MANIFEST: json.dumps(manifest)}), "does not say how the run ended")


def test_an_imported_run_that_had_not_ended_is_lost_at_once(tmp_path, runs_dir, members_of, packed):
    """Also where it was created a moment ago, when a run of this lab would count as starting."""
    folder = write_run(tmp_path / "lab" / "run", BCE, state="running", n_epochs=1)
    members = members_of(archive.export_run(folder, tmp_path / "run.zip").path)
    manifest = json.loads(members[archive.MANIFEST])
    assert abs(manifest["created_at"] - RunPaths(folder).config.stat().st_mtime) < 1
    run = store.read_run(archive.import_run(runs_dir, packed(members)))
    assert run.state == "lost"
    assert "without a word" in run.message


def test_a_run_at_work_is_not_exported(tmp_path, start, state):
    paths = start("work")
    wait_for(lambda: state(paths) == "running")
    with pytest.raises(RunError, match="still running; stop it"):
        archive.export_run(paths.folder, tmp_path / "run.zip")
    process.stop(paths.folder)
    archive.export_run(paths.folder, tmp_path / "run.zip")
    assert [path.name for path in tmp_path.glob("*.zip")] == ["run.zip"]


@pytest.mark.parametrize("name", ["a b", "new\nline", "ünï 猫", ".._..", "$(x)'\"", "a,b%"])
def test_odd_names_travel(tmp_path, runs_dir, name):
    folder = write_run(tmp_path / "lab" / name, BCE, state="stopped", n_epochs=1)
    assert not set(archive.file_name(name)) & set("/\\\n\"' ")
    file = archive.export_run(folder, tmp_path / archive.file_name(name)).path
    run = store.read_run(archive.import_run(runs_dir, file))
    assert run.folder.parent == runs_dir
    assert run.origin == name
    assert run.id.isprintable()


def test_a_torn_line_and_a_long_log_are_cut(tmp_path, runs_dir):
    folder = write_run(tmp_path / "lab" / "run", BCE, state="stopped", n_epochs=3)
    paths = RunPaths(folder)
    with paths.metrics.open("a") as file:
        file.write('{"epoch": 4, "map"')
    paths.log.write_text("".join(f"line {number:07}\n" for number in range(200_000)))
    imported = archive.import_run(runs_dir, archive.export_run(folder, tmp_path / "run.zip").path)
    assert RunPaths(imported).metrics.read_text().endswith("}\n")
    assert len(read_epochs(imported)) == 3
    log = RunPaths(imported).log
    assert log.stat().st_size <= archive.MAX_LOG_BYTES
    assert log.read_text().startswith("line ")
    assert log.read_text().endswith("line 0199999\n")


@pytest.mark.parametrize("what", ["config", "result"])
def test_a_damaged_run_is_not_exported(tmp_path, what):
    folder = write_run(tmp_path / "lab" / "run")
    damage(folder, what)
    with pytest.raises(RunError, match=r"not valid|readable"):
        archive.export_run(folder, tmp_path / "run.zip")
    assert list(tmp_path.glob("*.zip")) == []


def test_damaged_scores_and_links_are_left_out(tmp_path, members_of):
    folder = write_run(tmp_path / "lab" / "run")
    damage(folder, "scores")
    secret = tmp_path / "secret"
    secret.write_bytes(RunPaths(write_run(tmp_path / "lab" / "other")).scores.read_bytes())
    RunPaths(folder).weights.symlink_to(secret)
    RunPaths(folder).log.unlink()
    RunPaths(folder).log.symlink_to(secret)
    found = archive.export_run(folder, tmp_path / "run.zip")
    assert [words.split()[0] for words in found.left_out] == ["scores.safetensors"]
    assert not {"weights.safetensors", "scores.safetensors", "log.txt"} & set(members_of(found.path))


def test_nowhere_to_write_is_one_sentence(tmp_path, finished):
    with pytest.raises(RunError, match="cannot write"):
        archive.export_run(finished, "/proc/nowhere/run.zip")
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="a file where a folder belongs"):
        archive.export_run(finished, tmp_path / "file" / "run.zip")


def test_no_room_in_the_budget(refused, exported, monkeypatch):
    monkeypatch.setenv(budget.VARIABLE, "100 kB")
    refused(exported, "no room for .* of 100 kB; delete runs")


@pytest.mark.parametrize("moment", ["mkdir", "rename", "utime"])
def test_a_full_disk_leaves_nothing(runs_dir, exported, monkeypatch, moment):
    def full(*_, **__):
        raise OSError(28, "full")

    monkeypatch.setattr(os if moment == "utime" else Path, moment, full)
    with pytest.raises(RunError, match="disk is full"):
        archive.import_run(runs_dir, exported)
    monkeypatch.undo()
    assert list(runs_dir.iterdir()) == []


def test_what_a_killed_import_left_is_swept_away_later(runs_dir, exported):
    for name, age in (("old", 86_400), ("new", 60)):
        folder = runs_dir / f".incoming-{name}"
        (folder / "run").mkdir(parents=True)
        os.utime(folder, (folder.stat().st_mtime - age,) * 2)
    archive.import_run(runs_dir, exported)
    assert sorted(path.name for path in runs_dir.iterdir()) == [".incoming-new", "imported-first_run"]
    assert len(store.list_runs(runs_dir)) == 1


def test_the_record_of_the_origin_may_be_damaged(tmp_path, runs_dir, exported):
    folder = archive.import_run(runs_dir, exported)
    record.write_json(RunPaths(folder).origin, {"id": 5, "seconds": "x", "created_at": None})
    assert store.read_run(folder).origin == "5"
    with pytest.raises(RunError, match="records are damaged"):
        archive.export_run(folder, tmp_path / "run.zip")


# Data files and folders of another machine

LABELS = "split,cat,dog\ntrain,1,0\ntrain,1,1\ntrain,0,1\ntest,1,0\ntest,0,1\n"


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """The folder of uploads of this lab, empty."""
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "own"))
    own_files.uploads_dir().mkdir(parents=True)
    return own_files.uploads_dir()


@pytest.fixture
def foreign(tmp_path, own_data):
    """The file of a run on a label file that lay somewhere else."""
    path = tmp_path / "home" / "alice" / "labels.csv"
    path.parent.mkdir(parents=True)
    path.write_text(LABELS)
    config = RunConfig(dataset=DatasetConfig(name="file", path=str(path)))
    return archive.export_run(write_run(tmp_path / "lab" / "run", config), tmp_path / "run.zip").path


def test_folders_of_the_machine_do_not_travel(foreign, members_of):
    members = members_of(foreign)
    assert json.loads(members["config.json"])["dataset"]["path"] == "labels.csv"
    assert b"alice" not in b"".join(members.values())


def test_a_data_file_is_read_only_from_the_own_folder_and_only_if_it_is_the_same(tmp_path, runs_dir, own_data, foreign):
    nowhere = own_data / archive_records.ELSEWHERE / "labels.csv"
    for present, expected in (
        (None, nowhere),
        (LABELS.replace("train,0,1", "train,1,1"), nowhere),
        (LABELS.replace("dog", "cow"), nowhere),
        ("nonsense", nowhere),
        (LABELS, own_data / "labels.csv"),
    ):
        if present is not None:
            (own_data / "labels.csv").write_text(present)
        folder = archive.import_run(runs_dir, foreign)
        assert store.read_config(folder).dataset.path == str(expected)
        assert read_outcome(folder).config.dataset.path == str(expected)
    again = archive.export_run(folder, tmp_path / "again.zip").path
    assert again.read_bytes() == foreign.read_bytes()


@pytest.mark.parametrize(
    "path", ["/dev/zero", "/etc/passwd", "../../etc/passwd", "..", "/", "~", "x/../y", "C:\\x.csv"]
)
def test_a_hostile_path_leads_nowhere(runs_dir, own_data, foreign, members_of, packed, path):
    members = members_of(foreign)
    for name in ("config.json", "result.json"):
        values = json.loads(members[name])
        (values if name == "config.json" else values["config"])["dataset"] |= {"path": path, "images": path}
        members[name] = json.dumps(values).encode()
    folder = archive.import_run(runs_dir, packed(members))
    for config in (store.read_config(folder), read_outcome(folder).config):
        for found in (config.dataset.path, config.dataset.images):
            assert found is None or found.startswith(f"{own_data}{os.sep}{archive_records.ELSEWHERE}{os.sep}")
            assert found is None or ".." not in Path(found).parts


def test_folders_of_published_data_and_weights_do_not_travel(tmp_path, runs_dir, own_data, members_of):
    config = with_seed(DB_FOCAL, 3)
    dataset = DatasetConfig(name="voc", root="/home/alice/voc", split_file="/home/alice/list.txt")
    train = config.train.model_copy(update={"mode": "finetune", "backbone": "resnet18", "weights": "/home/alice/r.pth"})
    config = config.model_copy(update={"dataset": dataset, "train": train})
    folder = write_run(tmp_path / "lab" / "run", config, state="stopped", n_epochs=1)
    file = archive.export_run(folder, tmp_path / "run.zip").path
    assert b"alice" not in b"".join(members_of(file).values())
    found = store.read_config(archive.import_run(runs_dir, file))
    assert (found.dataset.root, found.train.weights) == (None, "r.pth")
    assert archive_records.ELSEWHERE in found.dataset.split_file
