"""What the world does to a folder of runs: full and read-only disks, clocks that jump, records edited by hand."""

import json
import os
import random
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import archive, budget, process, record, store, trash
from dbl_core.runs import state as states
from dbl_core.runs.outcome import read_epochs, read_outcome
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.progress import progress_of
from tests.fake_runs import BCE, epoch_line, write_run
from tests.waiting import wait_for


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if os.name == "nt" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_process_that_meets_a_full_disk_fails_with_a_sentence(small_disk, command):
    paths = store.create(small_disk / "run", BCE)
    process.launch(paths.folder, command=command(paths, "fill"))
    wait_for(lambda: store.read_run(paths.folder).state not in states.ACTIVE)
    run = store.read_run(paths.folder)
    assert (run.state, "disk is full; free some space" in run.message) == ("failed", True)
    assert len(read_epochs(paths.folder)) > 100
    assert run.map["total"] == 0.5


def test_a_run_is_not_half_imported_onto_a_full_disk(small_disk, exported):
    (small_disk / "filler").write_bytes(bytes(100 << 10))
    with pytest.raises(RunError, match="disk is full"):
        archive.import_run(small_disk, exported)
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    with pytest.raises(RunError, match="disk is full"):
        archive.export_run(archive.import_run(small_disk.parent / "runs", exported), small_disk / "out.zip")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_a_read_only_disk_shows_its_runs_and_changes_nothing(small_disk, tmp_path):
    write_run(small_disk / "run", BCE, state="stopped", n_epochs=2)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    (run,) = store.list_runs(small_disk)
    assert (run.state, len(read_epochs(run.folder))) == ("stopped", 2)
    file = archive.export_run(run.folder, tmp_path / "run.zip").path
    for change in (
        lambda: trash.delete_run(small_disk, "run"),
        lambda: budget.pin(run.folder),
        lambda: archive.import_run(small_disk, file),
        lambda: store.new_run_dir(small_disk, BCE),
    ):
        with pytest.raises(RunError, match="read-only; choose another folder"):
            change()
    assert [run.state for run in store.list_runs(small_disk)] == ["stopped"]


HOUR = 3600.0


@pytest.mark.parametrize("jump", [-30 * 24 * HOUR, -HOUR, -1.0, HOUR])
def test_a_clock_that_jumps_changes_no_state(runs_dir, start, state, monkeypatch, jump):
    """The clock of the machine, as this process sees it from now on; the child lives through it."""
    write_run(runs_dir / "done", BCE)
    write_run(runs_dir / "killed", BCE, state="running")
    paths = start("work")
    wait_for(lambda: state(paths) == "running")
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + jump)
    found = {run.id: run for run in store.list_runs(runs_dir)}
    assert {name: run.state for name, run in found.items()} == {"done": "finished", "killed": "lost", "run": "running"}
    assert all(run.seconds is None or run.seconds >= 0 for run in found.values())
    with pytest.raises(RunError, match="stop it before"):
        trash.delete_run(runs_dir, "run")
    assert trash.restore_run(runs_dir, trash.delete_run(runs_dir, "done")).name == "done"
    (paths.folder / "enough").touch()
    assert process.stop(paths.folder, grace_s=5.0) in ("stopped", "lost")


def test_metrics_of_a_hundred_megabytes(runs_dir):
    """Nonsense in front, real epochs at the end: what is read is bounded, and it is the end."""
    paths = RunPaths(write_run(runs_dir / "run", BCE, state="stopped", n_epochs=0))
    lines = b"".join(record.encoded(epoch_line(epoch)) for epoch in range(1, 51))
    with paths.metrics.open("wb") as file:
        file.truncate(100 << 20)  # sparse: zeros that take no room
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + lines)
    begun = time.perf_counter()
    (run,) = store.list_runs(runs_dir)
    assert time.perf_counter() - begun < 1.0
    assert run.map["total"] > 0
    begun = time.perf_counter()
    assert [epoch.epoch for epoch in read_epochs(paths.folder)] == list(range(1, 51))
    assert time.perf_counter() - begun < 5.0


def test_a_million_epochs(runs_dir):
    paths = RunPaths(write_run(runs_dir / "run", BCE, state="stopped", n_epochs=0))
    paths.metrics.write_bytes(b"".join(b'{"epoch":%d}\n' % epoch for epoch in range(1, 1_000_001)))
    assert [epoch.epoch for epoch in read_epochs(paths.folder)] == list(range(990_001, 1_000_001))


NONSENSE = [
    *(None, True, 0, -1, 10**400, 1e308, 1e999, -1e999, float("nan")),
    *("", "x", "\ud800", "\x00\n`$<b>", "x" * 100_000),
    *([], [[]], {}, {"a": 1}, ["finished"], {"total": "x"}, {"total": 10**400}, {"head": None, "tail": [1]}),
]
RECORDS = ("config", "status", "process", "result", "metrics", "origin")


def looked_at_everywhere(runs_dir):
    """What the pages and the command line read of the runs; nothing but an error with a sentence may come of it."""
    for run in store.list_runs(runs_dir):
        json.dumps(record.strict({"map": run.map, "seconds": run.seconds, "at": run.created_at, "says": run.message}))
        assert run.state in states.STATES
        assert len(run.message) < 100_000
        progress_of(run.status, read_epochs(run.folder))
        store.read_log_tail(run.folder)
        with suppress(RunError):
            read_outcome(run.folder)
        with suppress(RunError):
            archive.export_run(run.folder, runs_dir.parent / "out.zip")


@pytest.mark.parametrize("what", RECORDS)
def test_records_edited_by_hand_into_nonsense(runs_dir, what):
    """Every value of every record is replaced by every nonsense, one at a time."""
    folder = write_run(runs_dir / "run", BCE, n_epochs=1)
    path = getattr(RunPaths(folder), what)
    if what == "origin":
        record.write_json(path, {"id": "a", "seconds": 1.0, "created_at": 1.0})
    whole = json.loads(path.read_text())
    found = sorted(places(whole), key=str)
    for place in [(), *random.Random(0).sample(found, min(12, len(found)))]:
        for value in NONSENSE:
            path.write_text(json.dumps(changed(whole, place, value)) + "\n", encoding="utf-8")
            looked_at_everywhere(runs_dir)


def places(value, at=()):
    """Paths to every value inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from places(inner, (*at, key))


def changed(value, place, new):
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = changed(value[place[0]], place[1:], new)
    return copy


@pytest.mark.parametrize("what", [*RECORDS, "log", "scores", "error"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "link to itself", "link to /dev/zero"])
def test_things_that_are_no_files_in_their_place(runs_dir, what, kind):
    folder = write_run(runs_dir / "run", BCE, n_epochs=1)
    path = getattr(RunPaths(folder), what)
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path if kind == "link to itself" else Path("/dev/zero"))
    looked_at_everywhere(runs_dir)
    assert [run.id for run in store.list_runs(runs_dir)] == ["run"]
    if what != "scores":
        return
    with pytest.raises(RunError, match="no readable scores"):
        store.read_scores(folder)


def test_a_folder_that_lost_its_configuration_is_shown_as_damaged(runs_dir):
    folder = write_run(runs_dir / "run", BCE, n_epochs=2)
    RunPaths(folder).config.unlink()
    (run,) = store.list_runs(runs_dir)
    assert run.config is None
    assert "has no config.json that can be read" in run.message
    assert run.map["total"] > 0


def test_foreign_folders_are_named_apart(tmp_path, runs_dir):
    write_run(runs_dir / "run", BCE, n_epochs=0)
    for name in ("holiday pictures", "new\nline", "\udcff"):
        (runs_dir / name).mkdir()
        (runs_dir / name / "picture.jpg").touch()
    (runs_dir / ".hidden").mkdir()
    (runs_dir / "file").touch()
    (runs_dir / "link").symlink_to(write_run(tmp_path / "outside", BCE, n_epochs=0))
    assert [run.id for run in store.list_runs(runs_dir)] == ["run"]
    assert store.foreign_folders(runs_dir) == ["holiday pictures", "link", "new\nline", "\udcff"]
    assert store.foreign_folders(tmp_path / "none") == []
