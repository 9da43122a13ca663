"""The line itself: numbers, places, and what is refused before anything starts."""

import threading
import time

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import process, queue


def test_of_many_launchers_each_draws_a_number_of_its_own(runs_dir, new_run):
    folders = [new_run(f"run {number}") for number in range(24)]
    threads = [threading.Thread(target=queue.draw, args=(paths,)) for paths in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = queue.tickets(runs_dir)
    assert [ticket.number for ticket in found] == list(range(1, 25))
    assert sorted(ticket.run for ticket in found) == sorted(paths.folder.name for paths in folders)


def test_a_clock_that_jumps_back_changes_no_order(runs_dir, new_run, monkeypatch):
    queue.draw(new_run("before"))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    queue.draw(new_run("after"))
    assert [ticket.run for ticket in queue.tickets(runs_dir)] == ["before", "after"]


def test_whoever_waits_longest_is_next_and_a_search_draws_again_behind_the_others(runs_dir, new_run):
    def line():
        return [ticket.run for ticket in queue.tickets(runs_dir)]

    trial, *mine = [new_run(name) for name in ("trial 1", "mine 1", "mine 2")]
    drawn = [queue.draw(paths) for paths in (trial, *mine)]
    drawn[0].remove()  # the trial computes, and the search launches its next run
    queue.draw(new_run("trial 2"))
    assert line() == ["mine 1", "mine 2", "trial 2"]


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "65", "٣"])
def test_a_senseless_number_of_runs_at_once_is_refused_before_anything_starts(new_run, monkeypatch, text):
    monkeypatch.setenv(queue.VARIABLE, text)
    paths = new_run()
    with pytest.raises(ValueError, match="must be a whole number from 1 to 64"):
        process.launch(paths.folder, queue=True)
    assert not paths.process.exists()


def test_a_queue_that_cannot_be_written_is_one_sentence(new_run, runs_dir):
    (runs_dir / ".queue").touch()
    with pytest.raises(RunError, match="cannot write"):
        queue.draw(new_run())


def test_runs_ahead_are_those_that_must_end_first(runs_dir, new_run, monkeypatch):
    names = ["a", "b", "c", "d", "e"]
    for name in names:
        queue.draw(new_run(name))
    asked = {"queued": ["b", "c", "e"], "running": ["a"]}  # the process of d is gone, a is about to drop its ticket
    assert queue.runs_ahead(runs_dir, **asked) == {"b": 1, "c": 2, "e": 3}
    monkeypatch.setenv(queue.VARIABLE, "3")
    assert queue.runs_ahead(runs_dir, **asked) == {"b": 0, "c": 0, "e": 1}
    assert queue.runs_ahead(runs_dir / "none", queued=[], running=[]) == {}
