"""One question in the worker: one answer, progress in measure, an end when nobody waits."""

import threading

import pytest

from dbl_core.errors import DataError
from dbl_core.worker import jobs
from dbl_core.worker.jobs import Cancelled, Job, Lane


class Line:
    """What was sent, and a moment to wait for."""

    def __init__(self) -> None:
        self.messages: list[dict] = []
        self.answered = threading.Event()
        self.job = Job({"id": 3, "task": "t", "arguments": {}}, self._send)

    def _send(self, message: dict) -> None:
        self.messages.append(message)
        if "progress" not in message:
            self.answered.set()

    def answer(self) -> dict:
        assert self.answered.wait(10)
        return self.messages[-1]


def test_there_is_one_answer():
    line = Line()
    line.job.answer(1)
    line.job.answer(2)
    line.job.refuse(ValueError("no"))
    line.job.cancel()
    assert line.messages == [{"id": 3, "result": 1}]


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ValueError("too much"), "value", "too much"),
        (DataError("gone"), "world", "gone"),
        (Cancelled(), "world", "given up"),
        (RuntimeError("secret"), "world", "failed (RuntimeError)"),
    ],
)
def test_what_goes_wrong_is_a_sentence(capsys, error, kind, words):
    line = Line()
    line.job.refuse(error)
    assert line.messages[0]["kind"] == kind
    assert words in line.messages[0]["error"]
    assert "secret" not in line.messages[0]["error"]
    assert ("secret" in capsys.readouterr().err) == (words == "failed (RuntimeError)")


def test_progress_is_told_in_measure_and_stops_who_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(jobs, "PROGRESS_S", 1000.0)
    line = Line()
    for done in range(100):
        line.job.progress("counting", done, 100)
    assert line.messages == [{"id": 3, "progress": ["counting", 0, 100]}]
    line.job.busy = True
    line.job.cancel()
    assert not line.job.answered
    with pytest.raises(Cancelled):
        line.job.progress("counting", 100, 100)


def test_a_lane_does_one_after_the_other_and_drops_who_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(jobs, "MOST_WAITING", 2)
    lane, go, running = Lane(), threading.Event(), threading.Event()
    lines = [Line() for _ in range(4)]

    def first():
        running.set()
        assert go.wait(10)
        lines[0].job.answer("first")

    lane.put(lines[0].job, first)
    assert running.wait(10)
    lane.put(lines[1].job, lambda: lines[1].job.answer("second"))
    lane.put(lines[2].job, lambda: pytest.fail("nobody waits"))
    lane.put(lines[3].job, lambda: pytest.fail("there was no room"))
    assert "2 questions wait" in lines[3].answer()["error"]
    lines[2].job.cancel()
    assert "given up" in lines[2].answer()["error"]
    go.set()
    assert lines[0].answer()["result"] == "first"
    assert lines[1].answer()["result"] == "second"
