"""States come from the identity of the process and its files."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from dbl_core.errors import RunError
from dbl_core.runs import identity, record, store, trash
from tests.waiting import wait_for


@pytest.fixture
def sleeper():
    """A process that does nothing, to stand for the child of a run."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_killed_child_is_lost_and_says_when_it_was_heard(start, state):
    paths = start("work")
    wait_for(lambda: state(paths) == "running")
    os.kill(record.read_json(paths.process)["pid"], signal.SIGKILL)
    wait_for(lambda: state(paths) == "lost")
    assert "last heard of at 20" in store.read_run(paths.folder).message


def test_a_child_that_ends_without_a_word_is_lost(start, state):
    paths = start("silent")
    wait_for(lambda: state(paths) == "lost")


def test_a_zombie_is_dead(new_run, state, sleeper):
    paths = new_run()
    record.write_json(paths.process, identity.identify(sleeper.pid))
    record.write_json(paths.status, {"state": "running", "updated_at": time.time()})
    assert state(paths) == "running"
    sleeper.kill()
    wait_for(lambda: psutil.Process(sleeper.pid).status() == psutil.STATUS_ZOMBIE)
    assert state(paths) == "lost"


def test_another_process_with_the_same_pid_is_not_the_run(new_run, state, sleeper):
    paths = new_run()
    recorded = identity.identify(sleeper.pid)
    record.write_json(paths.process, recorded)
    assert state(paths) == "queued"
    record.write_json(paths.status, {"state": "running"})
    assert state(paths) == "running"
    for wrong in ({"create_time": recorded["create_time"] - 100}, {"pid": 2**22 + 5}, {"pid": "1"}, {"pid": -1}):
        record.write_json(paths.process, recorded | wrong)
        assert state(paths) == "lost"


def test_a_record_without_the_start_of_the_machine_will_do(new_run, state, sleeper):
    paths = new_run()
    record.write_json(paths.process, {"pid": sleeper.pid, "create_time": psutil.Process(sleeper.pid).create_time()})
    assert state(paths) == "queued"


def test_setting_the_clock_loses_no_run(new_run, state, sleeper, monkeypatch):
    paths = new_run()
    record.write_json(paths.process, identity.identify(sleeper.pid))
    booted, created = psutil.boot_time(), psutil.Process(sleeper.pid).create_time()
    monkeypatch.setattr(psutil, "boot_time", lambda: booted - 3600)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: created - 3600)
    assert state(paths) == "queued"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": null}'])
def test_a_damaged_process_record_is_lost(new_run, state, content):
    paths = new_run()
    paths.process.write_bytes(content)
    assert state(paths) == "lost"


def test_a_run_that_nobody_started_is_lost_after_a_while(new_run, state):
    paths = new_run()
    assert state(paths) == "queued"
    os.utime(paths.config, (time.time() - 60, time.time() - 60))
    assert state(paths) == "lost"
    assert "never started" in store.read_run(paths.folder).message


def test_the_last_word_counts_even_while_the_process_lives(new_run, state, sleeper):
    paths = new_run()
    record.write_json(paths.process, identity.identify(sleeper.pid))
    record.write_json(paths.status, {"state": "finished", "message": "done", "updated_at": "nonsense"})
    run = store.read_run(paths.folder)
    assert (run.state, run.message, run.seconds) == ("finished", "done", None)
    with pytest.raises(RunError, match="still finished"):
        trash.delete_run(paths.folder.parent, "run")
    record.write_json(paths.status, {"state": "paused"})
    assert state(paths) == "running"
