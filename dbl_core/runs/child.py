"""What the child process of a run uses: say who it is, report, notice a stop, wait for its turn."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import filelock
import psutil

from dbl_core.errors import DblError, RunError
from dbl_core.runs import identity
from dbl_core.runs.pace import Pace
from dbl_core.runs.paths import RunPaths, folder_slot
from dbl_core.runs.record import overwrite_json, read_json, write_json, writing
from dbl_core.runs.state import FINAL

MEASURE_S = 1.0
"""Least seconds between two looks at what a run takes."""


class RunStopped(BaseException):
    """The run was asked to stop, or has reached a limit; its text then says which.

    Not an ``Exception``, as ``KeyboardInterrupt`` is none: no ``except Exception`` on the way may swallow it.
    """


def stop_requested(run_dir: Path | str) -> bool:
    """Whether someone asked this run to stop; cheap enough to ask at every step."""
    return RunPaths(Path(run_dir)).stop.exists()


class StatusWriter:
    """The child's voice: phase and progress while it runs, one final word at its end.

    Creating it records this process as the run's, so that a run started by hand is known as well. Progress is written
    at most every ``interval_s`` seconds; a new phase and the last step of one are always written.

    Args:
        run_dir: The run folder.
        interval_s: Least seconds between two writes of progress.
        resources: What this process takes, for the status; asked at most once a second. It may be given later.

    Raises:
        RunError: If the folder cannot be written, or another process computes this run.
    """

    def __init__(
        self,
        run_dir: Path | str | RunPaths,
        *,
        interval_s: float = 0.2,
        resources: Callable[[], Mapping[str, Any]] | None = None,
    ) -> None:
        self.paths = RunPaths.at(run_dir)
        self.resources = resources
        self._interval_s = interval_s
        self._next_write = self._next_measure = 0.0
        self._pace = Pace()
        self._last: dict[str, Any] = {"state": "queued", "phase": "", "done": 0, "total": 0, "message": ""}
        self._register()

    def _register(self) -> None:
        holder, me = identity.find(read_json(self.paths.process)), psutil.Process()
        if holder is None:
            write_json(self.paths.process, identity.identify())
        elif holder != me and holder not in me.parents():
            raise RunError(f"run {self.paths.folder.name!r} is being computed by process {holder.pid}; stop that first")

    def queued(self, message: str) -> None:
        """Say that the run waits for its turn, and at which place."""
        self._write("queued", {"phase": "queued", "done": 0, "total": 0, "message": message})

    def progress(self, phase: str, done: int = 0, total: int = 0, *, message: str = "") -> None:
        """Say how far the run is.

        Args:
            phase: What it does, for example ``features`` or ``training``.
            done: Steps done, out of ``total``; 0 of 0 when there is nothing to count.
            total: Steps of this phase.
            message: A few words beside the bar.

        Raises:
            RunError: If it cannot be written, for example on a full disk.
        """
        begins = phase != self._last["phase"] or self._last["state"] != "running"
        now = time.monotonic()
        if begins or done == total or now >= self._next_write:
            self._next_write = now + self._interval_s
            self._pace = Pace() if begins else self._pace
            self._last.setdefault("began_at", time.time())
            values = {"phase": phase, "done": done, "total": total, "message": message}
            values["remaining_s"] = self._pace.remaining(done, total, now=now) if total else None
            self._write("running", values | self._measured(now))

    def _measured(self, now: float) -> Mapping[str, Any]:
        if self.resources is None or now < self._next_measure:
            return {}
        self._next_measure = now + MEASURE_S
        return self.resources()

    def warn(self, sentence: str) -> None:
        """Say something that stays beside all that follows, and in the log."""
        logging.getLogger(__name__).warning("%s", sentence)
        self._write(self._last["state"], {"warning": sentence})

    def check_stop(self) -> None:
        """Leave the run if someone asked for it.

        Raises:
            RunStopped: If the run was asked to stop.
        """
        if self.paths.stop.exists():
            raise RunStopped

    def finished(self, message: str = "") -> None:
        """Say that everything is done; call it after the result is written."""
        self._final("finished", message)

    def stopped(self, message: str = "stopped on request; what it had so far is kept") -> None:
        """Say that the run ended because it was asked to."""
        self._final("stopped", message)

    def failed(self, error: BaseException) -> None:
        """Leave the traceback in the run folder and one sentence in the status.

        A ``ValueError`` or ``DblError`` speaks for itself; of anything else kind and message are shown.
        """
        sentence = " ".join(str(error).split())[:1000]
        if not isinstance(error, ValueError | DblError):
            sentence = f"{type(error).__name__}: {sentence}" if sentence else type(error).__name__
        with suppress(OSError):
            self.paths.error.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="replace")
        self._final("failed", sentence)

    def _final(self, state: str, message: str) -> None:
        try:
            self._write(state, {"message": message}, durable=True)
        except RunError:
            # A full disk must not turn a failed run into a lost one: the old file's own blocks are still there.
            overwrite_json(self.paths.status, self._last)

    def _write(self, state: str, values: dict[str, Any], *, durable: bool = False) -> None:
        if state in FINAL:
            self._last.pop("remaining_s", None)
        self._last |= {"state": state, "updated_at": time.time(), **values}
        write_json(self.paths.status, self._last, durable=durable)


class FolderSlot:
    """The right to work in a folder, held by at most one job at a time, such as a download.

    An operating-system lock: it is free again the moment its holder is gone, however that ended. Who waits longest is
    not always next; runs, which wait in order, have ``dbl_core.runs.queue``.

    Args:
        folder: The folder.
        waiting: Called while waiting, several times a second; it may raise, for example ``RunStopped``, to give up.
        poll_s: Seconds between two attempts.

    Example:
        ``with FolderSlot(data_folder, waiting=status.check_stop): download()``
    """

    def __init__(self, folder: Path | str, *, waiting: Callable[[], None], poll_s: float = 0.1) -> None:
        self._lock = filelock.FileLock(folder_slot(Path(folder)))
        self._waiting = waiting
        self._poll_s = poll_s

    def __enter__(self) -> FolderSlot:
        while True:
            self._waiting()
            with writing(Path(self._lock.lock_file)):
                try:
                    self._lock.acquire(timeout=0)
                    return self
                except filelock.Timeout:
                    time.sleep(self._poll_s)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
