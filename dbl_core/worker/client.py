"""The server's end of the compute worker: ask a task, get its result; imports no torch.

One worker serves all threads of this process at once. It is started by the first question, started again when it has
died, and ends by itself when this process does, however that ends. A question may belong to a session, whose newest
question of a task is the only one that counts, and may report progress while it waits.
"""

from __future__ import annotations

import atexit
import itertools
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from dbl_core.errors import Superseded, WorkerError
from dbl_core.runs.paths import DEFAULT_CACHE_DIR, worker_log
from dbl_core.worker.connection import LOG_LIMIT_BYTES, Connection, Gone, Question

__all__ = ["LOG_LIMIT_BYTES", "Worker", "ask", "warm_up"]

START_LIMIT_S = 120.0
TICK_S = 0.1
"""How often a waiting question reports its progress and looks whether it is still wanted."""
GIVE_UP_S = 2.0
"""How long the worker may take to give up a question whose time is over, before it is ended."""
Progress = Callable[[str, int, int], None]


class Worker:
    """A worker process and the way to talk to it.

    Args:
        module: The module to run; tests use another one.
        log_dir: Folder of the worker's log, which keeps at most about 1 MiB.
    """

    def __init__(self, *, module: str = "dbl_core.worker", log_dir: Path = DEFAULT_CACHE_DIR) -> None:
        self._module = module
        self._log = worker_log(log_dir)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._connection: Connection | None = None
        self._newest: dict[tuple[str, str], Question] = {}

    @property
    def pid(self) -> int | None:
        """The pid of the worker process, None when there is none."""
        connection = self._connection
        return connection.pid if connection is not None and connection.alive else None

    def ask(
        self,
        task: str,
        *,
        timeout_s: float = 30.0,
        session: str | None = None,
        progress: Progress | None = None,
        **arguments: Any,
    ) -> Any:
        """The result of a task of ``dbl_core.worker.tasks``.

        Args:
            task: Its name.
            timeout_s: Seconds until the answer, not counting the start of the worker. A worker that then does not even
                give the question up is ended.
            session: Whose question it is: a newer question of the same session and task takes the place of this one.
                None never does.
            progress: Called in this thread with (what, done, total) while it waits, several times a second, with
                ("waiting", 0, 0) as long as others come first. What it raises cancels the question and comes out here.
            **arguments: What the task takes: numbers, text, lists, mappings, numpy arrays.

        Raises:
            ValueError: What the task refuses, with its own sentence.
            Superseded: If a newer question of the session took the place of this one.
            WorkerError: If the worker cannot start, died twice over the task, took too long, or the task failed.
        """
        question = Question(next(self._numbers), task, arguments)
        self._enter(session, question)
        try:
            return self._ask_twice(question, timeout_s, progress or _ignore)
        finally:
            self._leave(session, question)

    def close(self) -> None:
        """End the worker process, at once if it is still at a task; the next question starts a new one."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.end(grace_s=2.0 if connection.idle else 0.0)

    def _enter(self, session: str | None, question: Question) -> None:
        if session is None:
            return
        with self._lock:
            older = self._newest.get((session, question.task))
            self._newest[session, question.task] = question
        if older is not None:
            older.supersede()

    def _leave(self, session: str | None, question: Question) -> None:
        with self._lock:
            if session is not None and self._newest.get((session, question.task)) is question:
                del self._newest[session, question.task]

    def _ask_twice(self, question: Question, timeout_s: float, progress: Progress) -> Any:
        for _ in range(2):
            with suppress(Gone):
                return _result(self._ask_once(question, timeout_s, progress))
        raise WorkerError(f"the compute worker died twice over {question.task!r}; {self._log} may tell why")

    def _ask_once(self, question: Question, timeout_s: float, progress: Progress) -> dict[str, Any]:
        question.messages = queue.SimpleQueue()  # what an earlier worker said counts no more
        connection = self._connected()
        try:
            _wait_until_ready(connection, question, progress)
            connection.send(question)
            answer = _wait(question, connection, timeout_s, progress)
        except Gone:
            raise
        except BaseException:  # whatever the page raised: nobody waits for the answer
            connection.cancel(question.number)
            raise
        if answer is None:
            self._give_up(question, connection)
            raise WorkerError(f"the compute worker gave no answer within {timeout_s:g} s; try again")
        return answer

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None or not self._connection.alive:
                self._connection = Connection(self._module, self._log)
            return self._connection

    def _give_up(self, question: Question, connection: Connection) -> None:
        """Have the worker drop a question; one that does not react is stuck in it, and ends."""
        connection.ask_to_stop(question.number)
        deadline = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline:
            with suppress(queue.Empty):
                message = question.messages.get(timeout=TICK_S)
                if message is None or "progress" not in message:
                    return
        connection.end(grace_s=0.0)


def _wait_until_ready(connection: Connection, question: Question, progress: Progress) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not connection.ready.wait(TICK_S):
        _still_wanted(question)
        progress("starting the worker", 0, 0)
        if time.monotonic() > deadline:
            connection.end(grace_s=0.0)
            raise WorkerError(f"the compute worker did not start within {START_LIMIT_S:g} s; try again")


def _wait(question: Question, connection: Connection, timeout_s: float, progress: Progress) -> dict[str, Any] | None:
    """The answer, None when the time is over.

    Raises:
        Gone: If the worker ends before it answers.
        Superseded: If the answer is not wanted any more.
    """
    deadline = time.monotonic() + timeout_s
    told: tuple[str, int, int] = ("waiting", 0, 0)
    while (left := deadline - time.monotonic()) > 0:
        try:
            message = question.messages.get(timeout=min(TICK_S, left))
        except queue.Empty:
            message = {"progress": told}
        _still_wanted(question)
        if message is None:
            raise Gone
        if "progress" not in message:
            return message
        told = tuple(message["progress"])
        progress(*told)
    return None


def _still_wanted(question: Question) -> None:
    if question.superseded:
        raise Superseded("a newer question of the same session took the place of this one")


def _result(answer: dict[str, Any]) -> Any:
    if "error" not in answer:
        return answer["result"]
    raise (ValueError if answer["kind"] == "value" else WorkerError)(answer["error"])


def _ignore(what: str, done: int, total: int) -> None:
    """Nobody watches."""


_WORKER = Worker()
atexit.register(_WORKER.close)


def ask(
    task: str,
    *,
    timeout_s: float = 30.0,
    session: str | None = None,
    progress: Progress | None = None,
    **arguments: Any,
) -> Any:
    """Ask the worker of this process, see :meth:`Worker.ask`."""
    return _WORKER.ask(task, timeout_s=timeout_s, session=session, progress=progress, **arguments)


def warm_up() -> None:
    """Start the worker in the background, so that the first question finds it ready; returns at once."""
    threading.Thread(target=_warm_up, name="worker-start", daemon=True).start()


def _warm_up() -> None:
    with suppress(WorkerError):  # the first question will say it
        _WORKER.ask("ping")
