"""One life of the worker process, as the server sees it: start it, send it questions, hand its answers to who waits."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from dbl_core.errors import DblError, WorkerError
from dbl_core.runs.process import end_left_behind, end_piped, start_piped
from dbl_core.worker.wire import decode, encode

LOG_LIMIT_BYTES = 1 << 20
READY = 0
"""The number of the message with which the worker says that it listens."""


class Gone(Exception):  # noqa: N818 - an event between these two modules, not an error of anyone
    """The worker process is gone."""


class Question:
    """A question on its way.

    Attributes:
        number: Its number, unlike that of any other.
        task: What is asked.
        line: How it is written to the worker.
        messages: What the worker says about it; None when the worker is gone, or to have ``superseded`` looked at.
        superseded: Whether a newer question has taken its place.
    """

    def __init__(self, number: int, task: str, arguments: dict[str, Any]) -> None:
        self.number = number
        self.task = task
        self.line = encode({"id": number, "task": task, "arguments": arguments})
        self.messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.superseded = False

    def supersede(self) -> None:
        """Let the thread that waits for the answer know that nobody needs it any more."""
        self.superseded = True
        self.messages.put(None)


class Connection:
    """A worker process and the threads of this process that wait for it.

    Args:
        module: The module to run.
        log: Where what it prints goes; kept short.

    Attributes:
        pid: Its pid.
        ready: Set when it listens, or when it is gone.

    Raises:
        WorkerError: If no process can be started.
    """

    def __init__(self, module: str, log: Path) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: dict[int, Question] = {}
        self._gone = False
        self.ready = threading.Event()
        self._process = _start(module, log)
        self.pid: int = self._process.pid
        threading.Thread(target=self._listen, name="worker", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process lives."""
        return not self._gone and self._process.poll() is None

    @property
    def idle(self) -> bool:
        """Whether nobody waits for an answer."""
        return not self._waiting

    def send(self, question: Question) -> None:
        """Send a question; everything the worker says about it goes to its ``messages`` from now on.

        Raises:
            Gone: If the worker is gone.
        """
        with self._lock:
            if self._gone:
                raise Gone
            self._waiting[question.number] = question
        _trim(self._log)
        self._write(question.line)

    def cancel(self, number: int) -> None:
        """Tell the worker that nobody waits for an answer any more."""
        with self._lock:
            self._waiting.pop(number, None)
        with suppress(Gone):
            self._write(encode({"cancel": number}))

    def ask_to_stop(self, number: int) -> None:
        """Tell the worker to give up a question; it says so, which goes to the question's ``messages``."""
        with suppress(Gone):
            self._write(encode({"cancel": number}))

    def end(self, *, grace_s: float) -> None:
        """End the process; whoever waits learns that it is gone."""
        end_piped(self._process, grace_s=grace_s)

    def _write(self, line: bytes) -> None:
        try:
            with self._writing:
                self._process.stdin.write(line)
                self._process.stdin.flush()
        except (OSError, ValueError) as error:  # a broken pipe, or one that was closed to end the worker
            raise Gone from error

    def _listen(self) -> None:
        """Hand the worker's messages to who waits for them, until its end; then take note of that."""
        with self._process.stdout:
            for line in self._process.stdout:
                message = decode(line)
                if message["id"] == READY:
                    self.ready.set()
                    continue
                with self._lock:
                    final = "progress" not in message
                    waiting = self._waiting.pop if final else self._waiting.get
                    question = waiting(message["id"], None)
                if question is not None:
                    question.messages.put(message)
        with self._lock:
            self._gone = True
            left, self._waiting = list(self._waiting.values()), {}
        for question in left:
            question.messages.put(None)
        self.ready.set()
        end_left_behind(self._process)
        self._process.wait()
        with suppress(OSError):  # nobody reads what is still in the pipe
            self._process.stdin.close()


def _start(module: str, log: Path) -> Any:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        file = log.open("ab")
    except OSError:
        file = None  # no log is better than no worker
    try:
        return start_piped(module, log=file)
    except DblError as error:
        raise WorkerError(str(error)) from error
    finally:
        if file is not None:
            file.close()


def _trim(log: Path) -> None:
    with suppress(OSError):
        if log.stat().st_size > LOG_LIMIT_BYTES:
            log.open("wb").close()
