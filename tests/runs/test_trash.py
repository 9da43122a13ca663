"""Deleting can be undone until the trash is emptied, also after the clock jumped."""

import errno
import os
import time
from pathlib import Path

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import store, trash
from dbl_core.runs.paths import RunPaths, trash_dir
from tests.fake_runs import BCE, write_run


@pytest.fixture
def stopped(runs_dir):
    """A function that leaves a run that was stopped."""
    return lambda name="run": write_run(runs_dir / name, BCE, state="stopped", n_epochs=1)


def test_the_trash_lists_the_last_deletion_first(runs_dir, stopped):
    assert trash.list_trash(runs_dir) == []
    for name in ("a", "b\n'c'"):
        stopped(name)
        trash.delete_run(runs_dir, name)
    found = trash.list_trash(runs_dir)
    assert [each.run_id for each in found] == ["b\n'c'", "a"]
    assert abs(found[0].deleted_at - time.time()) < 60
    assert found[0].folder.is_dir()
    trash.empty_trash(runs_dir)
    assert trash.list_trash(runs_dir) == []


def test_a_run_is_restored_by_its_name_the_last_deletion_of_it(runs_dir, stopped):
    for content in ("first", "second"):
        RunPaths(stopped()).log.write_text(content)
        trash.delete_run(runs_dir, "run")
    assert store.read_log_tail(trash.restore_run(runs_dir, "run")) == "second"
    trash.delete_run(runs_dir, "run")
    assert len(trash.list_trash(runs_dir)) == 2


def test_two_deletions_at_one_moment_are_kept_apart(runs_dir, stopped, monkeypatch):
    """The clock was set back, or is coarse."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    names = []
    for _ in range(3):
        stopped()
        names.append(trash.delete_run(runs_dir, "run"))
    assert len(set(names)) == 3
    assert [each.name for each in trash.list_trash(runs_dir)] == names[::-1]


@pytest.mark.parametrize(("number", "sentence"), [(errno.EROFS, "read-only"), (errno.EACCES, "permission")])
def test_a_folder_that_cannot_be_written_keeps_its_runs(runs_dir, stopped, monkeypatch, number, sentence):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    stopped()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", fail)
        with pytest.raises(RunError, match=sentence):
            trash.delete_run(runs_dir, "run")
    assert [run.id for run in store.list_runs(runs_dir)] == ["run"]
    assert trash.list_trash(runs_dir) == []
    deletion = trash.delete_run(runs_dir, "run")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", fail)
        with pytest.raises(RunError, match=sentence):
            trash.restore_run(runs_dir, deletion)
    assert trash.restore_run(runs_dir, deletion).name == "run"


def test_a_trash_that_somebody_tampered_with(tmp_path, runs_dir, stopped):
    stopped()
    deletion = trash.delete_run(runs_dir, "run")
    folder = trash_dir(runs_dir)
    (folder / "not a deletion").mkdir()
    (folder / "12").mkdir()
    (folder / "13").touch()
    (folder / "14" / "a").mkdir(parents=True)
    (folder / "14" / "b").mkdir()
    assert [each.name for each in trash.list_trash(runs_dir)] == [deletion]
    for name in ("not a deletion", "12", "13", "14", "../x"):
        with pytest.raises(ValueError, match="no deletion"):
            trash.restore_run(runs_dir, name)
    trash.restore_run(runs_dir, deletion)
    outside = tmp_path / "outside"
    outside.mkdir()
    trash.empty_trash(runs_dir)
    folder.symlink_to(outside)
    trash.empty_trash(runs_dir)
    assert outside.is_dir()


def test_a_damaged_run_can_be_deleted_and_restored(runs_dir, stopped):
    folder = stopped()
    RunPaths(folder).config.unlink()
    assert [run.state for run in store.list_runs(runs_dir)] == ["stopped"]
    deletion = trash.delete_run(runs_dir, "run")
    assert store.list_runs(runs_dir) == []
    trash.restore_run(runs_dir, deletion)
    assert [run.id for run in store.list_runs(runs_dir)] == ["run"]
