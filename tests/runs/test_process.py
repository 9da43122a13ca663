"""Launching, following and stopping real processes."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from dbl_core.config import RunConfig
from dbl_core.errors import RunError
from dbl_core.runs import identity, process, record, store
from tests.waiting import wait_for


def pid_of(paths) -> int:
    return record.read_json(paths.process)["pid"]


def dead(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_launched_run_finishes_and_leaves_no_zombie(start, state):
    paths = start("finish")
    pid = pid_of(paths)
    wait_for(lambda: state(paths) == "finished")
    wait_for(lambda: not psutil.pid_exists(pid))
    run = store.read_run(paths.folder)
    assert run.seconds >= 0
    assert run.status["done"] == 3
    assert len(store.read_metrics(paths.folder)) == 3


@pytest.mark.parametrize("name", ["with space", "new\nline", "quo'te\"s", "ünï", "-dash"])
def test_odd_folder_names_reach_the_child(start, state, name):
    paths = start("finish", name=name)
    wait_for(lambda: state(paths) == "finished")


def test_the_child_leads_a_session_of_its_own(start, state):
    paths = start("work")
    wait_for(lambda: state(paths) == "running")
    assert os.getsid(pid_of(paths)) == pid_of(paths) != os.getsid(0)


def test_the_real_child_is_found_from_any_folder(new_run, state, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise RuntimeError('a module of the working folder was imported')")
    monkeypatch.chdir(tmp_path)
    paths = new_run()
    paths.config.write_text("{}}")
    process.launch(paths.folder)
    wait_for(lambda: state(paths) in ("failed", "lost"), seconds=60)
    assert "working folder" not in store.read_log_tail(paths.folder)
    assert state(paths) == "failed"
    assert "config.json" in record.read_json(paths.status)["message"]


def test_much_output_blocks_nothing_and_the_tail_is_short(start, state):
    paths = start("loud")
    wait_for(lambda: state(paths) == "finished")
    assert paths.log.stat().st_size > 9_000_000
    assert len(store.read_log_tail(paths.folder)) <= 256 << 10


def test_a_run_is_launched_once(start, state, runs_dir):
    paths = start("finish")
    with pytest.raises(RunError, match="started or stopped before"):
        process.launch(paths.folder)
    with pytest.raises(RunError, match="is not a run"):
        process.launch(runs_dir)


def test_a_child_that_cannot_be_recorded_is_not_left_alone(new_run, monkeypatch, command):
    paths = new_run()
    children = psutil.Process().children()

    def full(*_, **__):
        raise RunError("the disk is full")

    monkeypatch.setattr(process, "write_json", full)
    with pytest.raises(RunError, match="disk is full"):
        process.launch(paths.folder, command=command(paths, "silent"))
    assert set(psutil.Process().children()) <= set(children)


def test_a_command_that_is_not_there_is_explained(new_run):
    with pytest.raises(RunError, match="no process could be started"):
        process.launch(new_run().folder, command=["/no/such/program"])


@pytest.mark.parametrize("behaviour", ["work", "terminable"])
def test_stop_is_followed(start, state, behaviour):
    paths = start(behaviour)
    wait_for(lambda: state(paths) == "running")
    began = time.monotonic()
    assert process.stop(paths.folder, grace_s=3.0) == "stopped"
    assert time.monotonic() - began < 10
    assert dead(pid_of(paths))
    assert "what it had so far is kept" in store.read_run(paths.folder).message


@pytest.mark.parametrize("behaviour", ["stubborn", "orphan"])
def test_stop_ends_everybody(start, behaviour):
    paths = start(behaviour)
    wait_for((paths.folder / "descendants.json").exists)
    wait_for(paths.status.exists)
    assert process.stop(paths.folder, grace_s=0.5) == "stopped"
    for pid in [pid_of(paths), *record.read_json(paths.folder / "descendants.json")["pids"]]:
        assert dead(pid)


def test_what_was_done_before_the_kill_is_kept(start):
    paths = start("stubborn")
    wait_for(paths.status.exists)
    process.stop(paths.folder, grace_s=0.2)
    status = record.read_json(paths.status)
    assert (status["phase"], status["done"], status["total"]) == ("training", 7, 10)


def test_request_stop_returns_at_once_and_escalates(start, state):
    paths = start("stubborn")
    wait_for(lambda: state(paths) == "running")
    began = time.monotonic()
    process.request_stop(paths.folder, grace_s=0.3)
    assert time.monotonic() - began < 0.5
    wait_for(lambda: state(paths) == "stopped")
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == "stop-run"])


def test_a_stopped_process_of_another_run_is_never_touched(new_run):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        paths = new_run()
        recorded = identity.identify(bystander.pid)
        record.write_json(paths.process, recorded | {"create_time": recorded["create_time"] - 50})
        assert process.stop(paths.folder, grace_s=0.1) == "lost"
        assert bystander.poll() is None
        bystander.kill()


def test_stop_of_a_run_that_is_over_changes_nothing(start, state):
    paths = start("finish")
    wait_for(lambda: state(paths) == "finished")
    assert process.stop(paths.folder) == "finished"


def test_stop_before_the_start(new_run, state):
    paths = new_run()
    assert process.stop(paths.folder, grace_s=0.1) == "stopped"
    assert state(paths) == "stopped"
    with pytest.raises(RunError, match="stopped before"):
        process.launch(paths.folder)


def test_of_two_queued_runs_the_second_waits(start, state):
    first = start("queue", name="first")
    wait_for(lambda: state(first) == "running")
    second = start("queue", name="second")
    wait_for(second.status.exists)
    assert state(second) == "queued"
    assert "waiting" in store.read_run(second.folder).message
    (first.folder / "enough").touch()
    wait_for(lambda: state(first) == "finished")
    wait_for(lambda: state(second) == "running")


def test_a_killed_run_frees_its_place(start, state):
    first = start("queue", name="first")
    wait_for(lambda: state(first) == "running")
    second = start("queue", name="second")
    wait_for(second.status.exists)
    os.kill(pid_of(first), signal.SIGKILL)
    wait_for(lambda: state(second) == "running")
    assert state(first) == "lost"


def test_a_waiting_run_can_be_stopped(start, state):
    first = start("queue", name="first")
    wait_for(lambda: state(first) == "running")
    second = start("queue", name="second")
    wait_for(second.status.exists)
    assert process.stop(second.folder, grace_s=2.0) == "stopped"
    assert state(first) == "running"


@pytest.mark.parametrize(
    ("behaviour", "code", "state"),
    [("finish", 0, "finished"), ("refuse", 2, "failed"), ("crash", 1, "failed"), ("silent", 1, "lost")],
)
def test_in_the_foreground(new_run, behaviour, code, state, command):
    paths, seen = new_run(), []
    assert process.run_foreground(paths.folder, seen.append, command=command(paths, behaviour)) == code
    run = store.read_run(paths.folder)
    assert run.state == state
    if behaviour != "silent":
        assert seen[-1]["state"] == state
    if behaviour == "crash":
        assert run.message == "ZeroDivisionError: division by zero"
        assert "Traceback" in paths.error.read_text()


FOREGROUND = """
import sys
from dbl_core.runs import process
sys.exit(process.run_foreground(sys.argv[1], lambda status: print(status["state"], flush=True), command=sys.argv[2:]))
"""


@pytest.mark.parametrize("behaviour", ["work", "stubborn"])
def test_ctrl_c_stops_the_run(new_run, state, behaviour, command, environment):
    paths = new_run()
    arguments = [sys.executable, "-c", FOREGROUND, str(paths.folder), *command(paths, behaviour)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as terminal:
        terminal.stdout.readline()
        terminal.send_signal(signal.SIGINT)
        if behaviour == "stubborn":
            wait_for(paths.stop.exists)
            terminal.send_signal(signal.SIGINT)
        assert terminal.wait(timeout=15) == process.EXIT_STOPPED
    assert state(paths) == "stopped"


def test_a_run_outlives_the_one_that_started_it(new_run, state, command, environment):
    paths = new_run()
    launch = "import sys; from dbl_core.runs import process; process.launch(sys.argv[1], command=sys.argv[2:])"
    subprocess.run(
        [sys.executable, "-c", launch, str(paths.folder), *command(paths, "work")], check=True, env=environment
    )
    wait_for(lambda: state(paths) == "running")
    assert process.stop(paths.folder, grace_s=2.0) == "stopped"


def test_a_child_started_by_hand_is_known(runs_dir, state, command, environment):
    paths = store.create(runs_dir / "by hand", RunConfig())
    arguments = command(paths, "work")[:-1]
    with subprocess.Popen([*arguments, "work"], env=environment) as child:
        wait_for(lambda: state(paths) == "running")
        second = subprocess.run([*arguments, "finish"], capture_output=True, text=True, check=False, env=environment)
        assert "is being computed by process" in second.stderr
        process.request_stop(paths.folder)
        assert child.wait(timeout=10) == 130
