"""The server's end of the compute worker: ask a task, get its result; imports no torch.

One worker serves all threads of this process, one task after the other. It is started by the first question, started
again when it has died, and ends by itself when this process does, however that ends.
"""

from __future__ import annotations

import atexit
import itertools
import queue
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from dbl_core.errors import DblError, WorkerError
from dbl_core.runs.paths import DEFAULT_CACHE_DIR, worker_log
from dbl_core.runs.process import end_piped, start_piped
from dbl_core.worker.wire import decode, encode

START_LIMIT_S = 120.0
LOG_LIMIT_BYTES = 1 << 20


class _Died(Exception):  # noqa: N818 - an event inside this module, not an error of anyone
    """The worker process is gone."""


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
        self._process: Any = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    @property
    def pid(self) -> int | None:
        """The pid of the worker process, None when there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def ask(self, task: str, *, timeout_s: float = 30.0, **arguments: Any) -> Any:
        """The result of a task of ``dbl_core.worker.tasks``.

        Args:
            task: Its name.
            timeout_s: Seconds the task may take, not counting the start of the worker; one that takes longer is ended
                together with the worker.
            **arguments: What the task takes: numbers, text, lists, mappings, numpy arrays.

        Raises:
            ValueError: What the task refuses, with its own sentence.
            WorkerError: If the worker cannot start, died twice over the task, took too long, or the task failed.
        """
        if not self._lock.acquire(timeout=timeout_s + START_LIMIT_S):
            raise WorkerError("the compute worker is busy with other questions; try again in a moment")
        try:
            message = {"id": next(self._numbers), "task": task, "arguments": arguments}
            return self._ask_twice(message, encode(message), timeout_s)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the worker process, at once if it is still at a task; the next question starts a new one."""
        idle = self._lock.acquire(timeout=1.0)
        try:
            self._end(grace_s=2.0 if idle else 0.0)
        finally:
            if idle:
                self._lock.release()

    def _ask_twice(self, message: dict[str, Any], line: bytes, timeout_s: float) -> Any:
        for _ in range(2):
            with suppress(_Died):
                self._start()
                self._trim_log()
                try:
                    self._process.stdin.write(line)
                    self._process.stdin.flush()
                except OSError as error:
                    raise _Died from error
                return _result(self._receive(message["id"], timeout_s))
            self._end()
        raise WorkerError(f"the compute worker died twice over {message['task']!r}; {self._log} may tell why")

    def _start(self) -> None:
        if self.pid is not None:
            return
        self._end()
        self._answers = queue.SimpleQueue()
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            log = self._log.open("ab")
        except OSError:
            log = None  # no log is better than no worker
        try:
            self._process = start_piped(self._module, log=log)
        except DblError as error:
            raise WorkerError(str(error)) from error
        finally:
            if log is not None:
                log.close()
        threading.Thread(target=_listen, args=(self._process, self._answers), name="worker", daemon=True).start()
        self._receive(0, START_LIMIT_S)

    def _receive(self, number: int, timeout_s: float) -> dict[str, Any]:
        """The answer of that number; answers that nobody waits for any more are passed over."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                line = self._answers.get(timeout=max(deadline - time.monotonic(), 0.0))
            except queue.Empty:
                self._end(grace_s=0.0)
                raise WorkerError(f"the compute worker gave no answer within {timeout_s:g} s; try again") from None
            if line is None:
                raise _Died
            answer = decode(line)
            if answer["id"] == number:
                return answer

    def _end(self, *, grace_s: float = 2.0) -> None:
        process, self._process = self._process, None
        if process is not None:
            end_piped(process, grace_s=grace_s)

    def _trim_log(self) -> None:
        with suppress(OSError):
            if self._log.stat().st_size > LOG_LIMIT_BYTES:
                self._log.open("wb").close()


def _listen(process: Any, answers: queue.SimpleQueue[bytes | None]) -> None:
    """Pass the worker's answers on, None after the last; then take note of its end."""
    with process.stdout:
        for line in process.stdout:
            answers.put(line)
    answers.put(None)
    process.wait()


def _result(answer: dict[str, Any]) -> Any:
    if "error" not in answer:
        return answer["result"]
    raise (ValueError if answer["kind"] == "value" else WorkerError)(answer["error"])


_WORKER = Worker()
atexit.register(_WORKER.close)


def ask(task: str, *, timeout_s: float = 30.0, **arguments: Any) -> Any:
    """Ask the worker of this process, see :meth:`Worker.ask`."""
    return _WORKER.ask(task, timeout_s=timeout_s, **arguments)


def warm_up() -> None:
    """Start the worker in the background, so that the first question finds it ready; returns at once."""
    threading.Thread(target=_warm_up, name="worker-start", daemon=True).start()


def _warm_up() -> None:
    with suppress(WorkerError):  # the first question will say it
        _WORKER.ask("ping")
