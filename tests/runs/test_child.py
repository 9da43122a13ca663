"""The child's voice, also when the disk is full."""

import errno
import os
import subprocess
import time

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import record, store
from dbl_core.runs.child import FolderSlot, RunStopped, StatusWriter, stop_requested
from dbl_core.runs.resources import Resources


def test_progress_is_throttled_but_ends_are_written(new_run):
    paths = new_run()
    status = StatusWriter(paths.folder, interval_s=60.0)
    seen = []
    for phase in ("features", "training"):
        for done in range(4):
            status.progress(phase, done, 3)
            seen.append((record.read_json(paths.status)["phase"], record.read_json(paths.status)["done"]))
    assert seen == [("features", 0)] * 3 + [("features", 3)] + [("training", 0)] * 3 + [("training", 3)]


def test_what_a_run_takes_is_asked_seldom_and_kept(new_run):
    paths, asked = new_run(), []

    def resources():
        asked.append(None)
        return {"device": "cpu (2 threads)", "memory_mb": 100 + len(asked), "gpu_memory_mb": None}

    status = StatusWriter(paths.folder, interval_s=0.0, resources=resources)
    for done in range(50):
        status.progress("training", done, 100)
    assert len(asked) == 1
    status.stopped()
    assert store.read_run(paths.folder).resources == Resources("cpu (2 threads)", 101, None)


def test_the_time_that_remains_is_said_while_it_trains_only(new_run, monkeypatch):
    paths, clock = new_run(), [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    status = StatusWriter(paths.folder)
    for done in range(5):
        status.progress("training", done, 10)
        clock[0] += 1.0
    assert record.read_json(paths.status)["remaining_s"] == pytest.approx(6.0)
    monkeypatch.setattr(time, "time", lambda: 0.0)  # the clock on the wall jumps back
    status.progress("training", 5, 10)
    assert record.read_json(paths.status)["remaining_s"] == pytest.approx(5.0)
    status.progress("writing the result")
    assert record.read_json(paths.status)["remaining_s"] is None
    status.finished()
    assert "remaining_s" not in record.read_json(paths.status)


def test_a_stop_is_noticed(new_run):
    paths = new_run()
    status = StatusWriter(paths.folder)
    status.check_stop()
    assert not stop_requested(paths.folder)
    paths.stop.touch()
    assert stop_requested(paths.folder)
    with pytest.raises(RunStopped):
        status.check_stop()


def test_a_full_disk_fails_the_run_with_a_sentence(new_run, monkeypatch):
    paths = new_run()
    status = StatusWriter(paths.folder)
    status.progress("training", 5, 10)

    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RunError, match="disk is full") as caught:
        status.progress("testing", 0, 10)
    status.failed(caught.value)
    run = store.read_run(paths.folder)
    assert run.state == "failed"
    assert "disk is full" in run.message


def fill(path):
    for epoch in range(100_000):
        record.append_jsonl(path, {"epoch": epoch})


def test_a_full_file_system_fails_the_run_with_a_sentence(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        paths = store.create(disk / "run", store.RunConfig())
        status = StatusWriter(paths.folder)
        status.progress("training", 1, 10)
        with pytest.raises(RunError, match="disk is full") as caught:
            fill(paths.metrics)
        status.failed(caught.value)
        assert store.read_run(paths.folder).state == "failed"
        lines = paths.metrics.read_text().splitlines()
        assert len(store.read_metrics(paths.folder)) == len(lines) > 100
        with pytest.raises(RunError, match="disk is full"):
            store.create(disk / "next", store.RunConfig())
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_place_that_cannot_be_locked_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot write"), FolderSlot(tmp_path / "file", waiting=lambda: None):
        pass
