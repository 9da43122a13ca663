"""Turns with real processes: order, slots, places, and what became of those that were killed."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from dbl_core.config import RunConfig, TrainConfig
from dbl_core.runs import process, queue, record, store, turn
from dbl_core.runs.child import RunStopped
from dbl_core.runs.resume import Reopen
from tests.waiting import wait_for


@pytest.fixture
def enqueue(new_run, command):
    """A function that launches fake runs into the queue, in order."""

    def launched(*names: str, behaviour: str = "turn"):
        runs = [new_run(name) for name in names]
        for paths in runs:
            process.launch(paths.folder, queue=True, command=command(paths, behaviour))
        return runs

    return launched


@pytest.fixture
def busy(runs_dir):
    """The CPU's only slot, held by the test until the block is left."""
    with turn.Turn(store.create(runs_dir / "busy", RunConfig()).folder, check=lambda: None, say=lambda words: None):
        yield


def pid_of(paths) -> int:
    return record.read_json(paths.process)["pid"]


def message(paths) -> str:
    return store.read_run(paths.folder).message


def spans(runs) -> list[tuple[float, float]]:
    return [(span["began"], span["ended"]) for span in (record.read_json(each.folder / "span.json") for each in runs)]


def most_at_once(runs) -> int:
    moments = sorted([(began, 1) for began, _ in spans(runs)] + [(ended, -1) for _, ended in spans(runs)])
    return max(sum(step for _, step in moments[: place + 1]) for place in range(len(moments)))


def all_finished(runs, state) -> bool:
    return all(state(paths) == "finished" for paths in runs)


def test_six_runs_take_turns_in_the_order_of_their_launch(enqueue, state):
    names = ["f", "b", "e", "a", "d", "c"]
    runs = enqueue(*names)
    wait_for(lambda: all_finished(runs, state), seconds=30)
    began = [start for start, _ in spans(runs)]
    assert began == sorted(began)
    assert most_at_once(runs) == 1
    assert queue.tickets(runs[0].folder.parent) == []


def test_with_two_slots_two_compute_and_never_a_third(enqueue, state, monkeypatch):
    monkeypatch.setenv(queue.VARIABLE, "2")
    runs = enqueue("a", "b", "c", "d", behaviour="queue")

    def states():
        return [state(paths) for paths in runs]

    wait_for(lambda: message(runs[3]) == "waiting, 2 runs ahead")
    wait_for(lambda: states() == ["running", "running", "queued", "queued"])
    (runs[1].folder / "enough").touch()
    wait_for(lambda: states() == ["running", "finished", "running", "queued"])
    (runs[0].folder / "enough").touch()
    wait_for(lambda: states() == ["finished", "finished", "running", "running"])


def test_each_waiting_run_says_how_many_are_ahead(enqueue, state, runs_dir):
    runs = enqueue("a", "b", "c", behaviour="queue")
    wait_for(lambda: [message(paths) for paths in runs[1:]] == ["waiting, 1 run ahead", "waiting, 2 runs ahead"])
    listed = {run.id: run.state for run in store.list_runs(runs_dir)}
    running = [run_id for run_id, found in listed.items() if found == "running"]
    queued = [run_id for run_id, found in listed.items() if found == "queued"]
    assert queue.runs_ahead(runs_dir, queued=queued, running=running) == {"b": 1, "c": 2}
    (runs[0].folder / "enough").touch()
    wait_for(lambda: state(runs[1]) == "running")
    wait_for(lambda: message(runs[2]) == "waiting, 1 run ahead")
    assert store.read_run(runs[1].folder).seconds < store.read_run(runs[2].folder).seconds, "waiting is no work"


def test_whoever_is_killed_while_waiting_or_computing_blocks_nobody(enqueue, state):
    runs = enqueue("a", "b", "c", "d", behaviour="queue")
    wait_for(lambda: all(" ahead" in message(paths) for paths in runs[1:]))
    os.kill(pid_of(runs[1]), signal.SIGKILL)
    os.kill(pid_of(runs[2]), signal.SIGKILL)
    wait_for(lambda: message(runs[3]) == "waiting, 1 run ahead")
    assert "while it waited for its turn" in message(runs[1])
    os.kill(pid_of(runs[0]), signal.SIGKILL)
    wait_for(lambda: state(runs[3]) == "running")
    assert [state(paths) for paths in runs[:3]] == ["lost"] * 3


def test_a_waiting_run_is_cancelled_at_once(busy, enqueue, state):
    (waiting,) = enqueue("a", behaviour="queue")
    wait_for(waiting.status.exists)
    began = time.monotonic()
    assert process.stop(waiting.folder) == "stopped"
    assert time.monotonic() - began < 2.0, "it looks for a stop four times a second"
    assert message(waiting) == "stopped while it waited for its turn"
    assert queue.tickets(waiting.folder.parent) == []


def test_a_resumed_run_goes_to_the_end_of_the_line(busy, enqueue, command):
    first, second = enqueue("a", "b", behaviour="queue")
    wait_for(lambda: "2 runs" in message(second))
    process.stop(first.folder)
    process.launch(first.folder, queue=True, command=command(first, "queue"), reopen=Reopen())
    wait_for(lambda: message(first) == "waiting, 2 runs ahead")
    wait_for(lambda: message(second) == "waiting, 1 run ahead")


def test_a_line_for_each_device(busy, enqueue, runs_dir, command, state):
    other = store.create(runs_dir / "gpu", RunConfig(train=TrainConfig(device="cuda")))
    (waiting,) = enqueue("a", behaviour="queue")
    process.launch(other.folder, queue=True, command=command(other, "queue"))
    wait_for(lambda: state(other) == "running")
    assert state(waiting) == "queued"


def test_a_waiting_run_is_a_small_process(busy, new_run):
    paths = new_run("real")
    process.launch(paths.folder, queue=True)
    wait_for(paths.status.exists, seconds=30)
    child = psutil.Process(pid_of(paths))
    before = child.cpu_times()
    time.sleep(2.0)
    after = child.cpu_times()
    assert child.memory_info().rss < 40 << 20, "with torch it is more than ten times as much"
    assert not [each.path for each in child.memory_maps() if "torch" in each.path]
    assert after.user + after.system - before.user - before.system <= 0.06
    assert process.stop(paths.folder) == "stopped"


LAUNCH = """
import sys
from dbl_core.runs import process, store
for folder in sys.argv[2:]:
    paths = store.create(folder, store.RunConfig())
    process.launch(paths.folder, queue=True, command=[sys.executable, sys.argv[1], folder, "turn"])
"""


def test_two_servers_share_one_queue(runs_dir, environment, command, new_run, state):
    child = command(new_run("unused"), "turn")[1]
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", LAUNCH, child, *(str(runs_dir / f"{server}{number}") for number in range(2))],
            env=environment,
        )
        for server in "xy"
    ]
    assert [server.wait(timeout=30) for server in servers] == [0, 0]
    runs = [queue.RunPaths(runs_dir / f"{server}{number}") for server in "xy" for number in range(2)]
    wait_for(lambda: all_finished(runs, state), seconds=30)
    assert most_at_once(runs) == 1
    for own in (runs[:2], runs[2:]):
        began = [start for start, _ in spans(own)]
        assert began == sorted(began)


def test_a_ticket_whose_launcher_was_killed_at_once_is_not_waited_for_long(busy, new_run, monkeypatch):
    monkeypatch.setattr(turn, "START_GRACE_S", 0.3)
    monkeypatch.setattr(turn, "LOOK_S", 0.05)
    never = queue.draw(new_run("never started"))
    said = []

    def check():
        if said and said[-1] == "waiting, 1 run ahead":
            raise RunStopped

    with (
        pytest.raises(RunStopped, match="while it waited"),
        turn.Turn(new_run("behind").folder, check=check, say=said.append),
    ):
        pass
    assert said == ["waiting, 2 runs ahead", "waiting, 1 run ahead"]
    assert not never.path.exists()


def test_a_ticket_that_was_taken_away_by_mistake_is_drawn_anew(busy, new_run, runs_dir, monkeypatch):
    monkeypatch.setattr(turn, "LOOK_S", 0.02)
    rounds = []

    def check():
        rounds.append([ticket.run for ticket in queue.tickets(runs_dir)])
        for ticket in queue.tickets(runs_dir) if len(rounds) == 2 else ():
            ticket.remove()
        if len(rounds) == 4:
            raise RunStopped

    with pytest.raises(RunStopped), turn.Turn(new_run("mine").folder, check=check, say=lambda words: None):
        pass
    assert rounds[0] == []
    assert rounds[1] == rounds[3] == ["mine"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"run": "../../etc"}', b'{"run": "no such run"}', b'{"run": "a\\u0000"}']
)
def test_foreign_tickets_are_cleared_away(runs_dir, new_run, content):
    (runs_dir / ".queue").mkdir()
    (runs_dir / ".queue" / "notes.txt").touch()
    (runs_dir / ".queue" / "000000000001-cpu.json").write_bytes(content)
    with turn.Turn(new_run("mine").folder, check=lambda: None, say=lambda words: None):
        assert queue.tickets(runs_dir) == []
