"""Opening a run again: which may be, what is taken away, that only one does it."""

import os
import signal
import sys
import threading

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import process, record, store
from dbl_core.runs.resume import Reopen, checkpoint_epoch, keep_epochs
from tests.waiting import wait_for

WAIT = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.mark.parametrize("end", ["kill", "stop", "refuse", "crash"])
def test_a_run_that_did_not_finish_can_be_started_again(start, state, command, end):
    paths = start({"kill": "work", "stop": "work"}.get(end, end))
    if end == "kill":
        wait_for(lambda: state(paths) == "running")
        os.kill(record.read_json(paths.process)["pid"], signal.SIGKILL)
    if end == "stop":
        wait_for(lambda: state(paths) == "running")
        process.stop(paths.folder)
    wait_for(lambda: state(paths) in ("lost", "stopped", "failed"))
    paths.metrics.write_text('{"epoch": 1}\n')
    (paths.folder / ".status.json.1.2.tmp").touch()
    process.launch(paths.folder, command=command(paths, "finish"), reopen=Reopen())
    wait_for(lambda: state(paths) == "finished")
    assert not paths.stop.exists()
    assert not paths.error.exists()
    assert not list(paths.folder.glob(".*.tmp"))
    assert len(store.read_metrics(paths.folder)) == 4  # its own three lines and the one there was


def test_starting_over_forgets_the_epochs(start, state, command):
    paths = start("crash")
    wait_for(lambda: state(paths) == "failed")
    for path in (paths.metrics, paths.checkpoint, paths.scores):
        path.write_text("old")
    process.launch(paths.folder, command=command(paths, "finish"), reopen=Reopen(start_over=True))
    wait_for(lambda: state(paths) == "finished")
    assert "old" not in paths.metrics.read_text()
    assert not paths.checkpoint.exists()
    assert not paths.scores.exists()


def test_a_run_at_work_or_finished_is_left_alone(start, state):
    paths = start("work", name="busy")
    wait_for(lambda: state(paths) == "running")
    with pytest.raises(RunError, match="still running; stop it"):
        process.launch(paths.folder, command=WAIT, reopen=Reopen())
    assert process.stop(paths.folder) == "stopped"
    done = start("finish", name="done")
    wait_for(lambda: state(done) == "finished")
    with pytest.raises(RunError, match="is finished; there is nothing left"):
        process.launch(done.folder, command=WAIT, reopen=Reopen(start_over=True))
    with pytest.raises(RunError, match="is not a run"):
        process.launch(paths.folder.parent, command=WAIT, reopen=Reopen())


def test_of_many_who_resume_at_once_one_does(start, state):
    paths = start("silent")
    wait_for(lambda: state(paths) == "lost")
    outcomes = []

    def resume():
        try:
            outcomes.append(process.launch(paths.folder, command=WAIT, reopen=Reopen()))
        except RunError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=resume) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(outcome) for outcome in outcomes].count(int) == 1
    assert all("still queued" in outcome for outcome in outcomes if isinstance(outcome, str))


def test_the_epoch_of_a_checkpoint_is_read_or_refused(new_run):
    paths = new_run()
    assert checkpoint_epoch(paths.folder) == 0
    paths.checkpoint.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}")
    with pytest.raises(RunError, match="'Start over'"):
        checkpoint_epoch(paths.folder)


LINES = [b'{"epoch":1,"loss":0.5}\n', b'{"epoch":2,"loss":0.25}\n', b'{"epoch":3,"loss":0.1}\n']


@pytest.mark.parametrize(
    ("found", "epoch", "left"),
    [
        (LINES, 2, LINES[:2]),
        (LINES, 3, LINES),
        (LINES, 0, []),
        ([*LINES, b'{"epoch":4,"lo'], 3, LINES),
        ([*LINES[:2], b'{"epo\n', b"[]\n", b'"text"\n'], 2, LINES[:2]),
        ([*LINES[:2], *LINES[1:]], 3, LINES),
        ([], 0, None),
    ],
)
def test_only_the_lines_of_the_first_epochs_stay_as_they_were(tmp_path, found, epoch, left):
    path = tmp_path / "metrics.jsonl"
    if found:
        path.write_bytes(b"".join(found))
    keep_epochs(path, epoch)
    assert path.exists() == (left is not None)
    assert left is None or path.read_bytes() == b"".join(left)


@pytest.mark.parametrize("found", [[], LINES[:1], [LINES[0], LINES[2]], [LINES[0], LINES[1][:-1]]])
def test_lines_that_the_checkpoint_counts_on_must_be_there(tmp_path, found):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"".join(found))
    with pytest.raises(RunError, match=r"lacks epoch [12], which its checkpoint holds; start the run over"):
        keep_epochs(path, 2)
    assert path.read_bytes() == b"".join(found)


def test_resuming_leaves_the_old_log(start, state, command):
    paths = start("crash")
    wait_for(lambda: state(paths) == "failed")
    paths.log.write_text("what was said before\n")
    process.launch(paths.folder, command=command(paths, "loud"), reopen=Reopen())
    wait_for(lambda: state(paths) == "finished", seconds=30)
    with paths.log.open() as log:
        assert log.readline() == "what was said before\n"
