"""A question as the worker sees it: from the line that asked it to the line that answers it."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from dbl_core.errors import DblError

MOST_WAITING = 64
"""Questions that may wait for their turn; more are refused at once."""
PROGRESS_S = 0.1
"""Progress is told at most this often."""
Send = Callable[[dict[str, Any]], None]


class Cancelled(Exception):  # noqa: N818 - an event, not an error of anyone
    """Nobody waits for the answer any more."""


class Job:
    """A question that the worker was asked.

    Args:
        request: ``id``, ``task`` and ``arguments``.
        send: Writes a message to who asked.

    Attributes:
        cancelled: Whether nobody waits for the answer any more.
        answered: Whether it has its answer, or the sentence that it gets none.
        busy: Whether it is being worked on, so that it can only be given up where that work looks for it.
    """

    def __init__(self, request: Mapping[str, Any], send: Send) -> None:
        self.number: int = request["id"]
        self.task: str = request["task"]
        self.arguments: Mapping[str, Any] = request["arguments"]
        self.cancelled = False
        self.answered = False
        self.busy = False
        self._send = send
        self._lock = threading.Lock()
        self._told = 0.0

    def progress(self, what: str, done: int, total: int) -> None:
        """Tell how far it is.

        Raises:
            Cancelled: If nobody waits any more.
        """
        if self.cancelled:
            raise Cancelled
        now = time.monotonic()
        if now - self._told >= PROGRESS_S:
            self._told = now
            self._send({"id": self.number, "progress": [what, done, total]})

    def cancel(self) -> None:
        """Take note that nobody waits any more; one that still has to wait for its turn is over at once."""
        self.cancelled = True
        if not self.busy:
            self.refuse(Cancelled())

    def answer(self, result: Any) -> None:
        """Give the answer."""
        self._finish({"result": result})

    def refuse(self, error: Exception) -> None:
        """Say in a sentence why there is no answer."""
        if isinstance(error, Cancelled):
            self._finish({"error": "the question was given up", "kind": "world"})
        elif isinstance(error, ValueError):
            self._finish({"error": str(error), "kind": "value"})
        elif isinstance(error, DblError):
            self._finish({"error": str(error), "kind": "world"})
        else:  # whatever a task trips over must not end the worker
            traceback.print_exception(error)
            sentence = f"the task {self.task!r} failed ({type(error).__name__}); its traceback is in the worker's log"
            self._finish({"error": sentence, "kind": "world"})

    def _finish(self, answer: dict[str, Any]) -> None:
        with self._lock:
            if self.answered:
                return
            self.answered = True
        self._send({"id": self.number, **answer})


class Lane:
    """Jobs that are done one after the other, in a thread of their own."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Job, Callable[[], None]]] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def put(self, job: Job, act: Callable[[], None]) -> None:
        """Queue a job.

        Args:
            job: The job; what ``act`` raises becomes its sentence.
            act: Answers it or passes it on.
        """
        if self._jobs.qsize() >= MOST_WAITING:
            job.refuse(too_many())
        else:
            self._jobs.put((job, act))

    def _work(self) -> None:
        while True:
            job, act = self._jobs.get()
            job.busy = True
            try:
                if not job.cancelled:
                    act()
            except Exception as error:
                job.refuse(error)
            finally:
                job.busy = False


def too_many() -> DblError:
    """Why a question is refused at once."""
    return DblError(f"{MOST_WAITING} questions wait for the compute worker already; try again in a moment")
