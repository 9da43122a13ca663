"""After a reboot: runs that had waited are launched again in one step, in their old order."""

import os
import signal
import time

from dbl_core.runs import process, queue, record, requeue, store, turn
from dbl_core.runs.record import write_json
from tests.fake_runs import BCE, write_run
from tests.waiting import wait_for


def test_after_a_reboot_those_that_waited_stand_in_line_again(new_run, command, runs_dir, state):
    holder = new_run("busy")
    runs = [new_run(name) for name in ("c", "a", "b")]
    with turn.Turn(holder.folder, check=lambda: None, say=lambda words: None):
        for paths in runs:
            process.launch(paths.folder, queue=True, command=command(paths, "queue"))
        wait_for(lambda: "3 runs" in store.read_run(runs[2].folder).message)
        for paths in reversed(runs):  # nobody is left to take a ticket away, as after a reboot
            os.kill(record.read_json(paths.process)["pid"], signal.SIGKILL)
        wait_for(lambda: [state(paths) for paths in runs] == ["lost"] * 3)
        lost = requeue.lost_while_waiting(runs_dir, store.list_runs(runs_dir))
        assert [run.id for run in lost] == ["c", "a", "b"]
        for run in lost:
            requeue.launch_again(run, command=command(queue.RunPaths(run.folder), "turn"))
        assert [ticket.run for ticket in queue.tickets(runs_dir)] == ["c", "a", "b"]
    wait_for(lambda: [state(paths) for paths in runs] == ["finished"] * 3)


def test_who_had_had_its_turn_came_from_elsewhere_or_has_ended_is_left_alone(runs_dir):
    write_run(runs_dir / "had begun", BCE, state="running", n_epochs=1)
    write_run(runs_dir / "stopped", BCE, state="stopped", n_epochs=1)
    imported = queue.RunPaths(write_run(runs_dir / "imported", BCE, state="queued", n_epochs=0))
    write_json(imported.origin, {"id": "theirs"})
    damaged = queue.RunPaths(write_run(runs_dir / "damaged", BCE, state="queued", n_epochs=0))
    damaged.config.write_text("{")
    never = store.create(runs_dir / "never started", BCE)
    os.utime(never.config, (time.time() - 60,) * 2)
    lost = requeue.lost_while_waiting(runs_dir, store.list_runs(runs_dir))
    assert [run.id for run in lost] == ["never started"]
