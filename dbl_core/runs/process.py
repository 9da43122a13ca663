"""Start and stop the processes of runs; the only module that knows of subprocesses and signals.

A run's child leads a session of its own: it outlives the tab, the server and the terminal that started it. Its output
goes to a file, never to a pipe that someone would have to read. Stopping goes in three steps, each with its time: the
stop file that the child looks for, then a request to end, then an end by force, on the child and all it started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn

import psutil

from dbl_core.errors import RunError
from dbl_core.runs import identity
from dbl_core.runs.child import RunStopped
from dbl_core.runs.family import Family
from dbl_core.runs.paths import DEFAULT_CACHE_DIR, DEFAULT_RUNS_DIR, RunPaths
from dbl_core.runs.queue import place_in_line
from dbl_core.runs.record import read_json, write_json, writing
from dbl_core.runs.resume import Reopen
from dbl_core.runs.state import ACTIVE, FINAL, standing

_ROOT = Path(__file__).resolve().parents[2]
_POLL_S = 0.05
_KILL_GRACE_S = 3.0
EXIT_STOPPED = 130


def launch(
    run_dir: Path | str | RunPaths,
    *,
    queue: bool = False,
    command: Sequence[str] | None = None,
    reopen: Reopen | None = None,
) -> int:
    """Start the child process of a created run and return at once.

    Args:
        run_dir: A run folder made by ``store.create``.
        queue: Put the run at the end of the queue of its folder of runs; the child waits for its turn.
        command: Another command than ``python -m dbl_core.train RUN_DIR``; tests use it.
        reopen: For a run that has ended before it was finished: how to go on with it.

    Returns:
        The pid of the child.

    Raises:
        RunError: If the folder is no run, no process can be started, or the run was started or stopped before; with
            ``reopen``, if there is nothing to go on with.
        ValueError: With ``queue``, if the number of runs at once is none.
    """
    child = _start(RunPaths.at(run_dir), queue=queue, command=command, reopen=reopen)
    # Somebody has to take note of a child's end, or it stays a zombie as long as the server lives.
    threading.Thread(target=child.wait, name=f"reap-{child.pid}", daemon=True).start()
    return child.pid


def _start(
    paths: RunPaths, *, queue: bool, command: Sequence[str] | None, reopen: Reopen | None
) -> subprocess.Popen[bytes]:
    if reopen is not None:
        with reopen.opened(paths):  # until the new process is recorded, so that nobody else resumes the run too
            again = command or _train_command(paths, queue=queue, nproc=reopen.nproc)
            return _start(paths, queue=queue, command=again, reopen=None)
    if not paths.config.is_file():
        raise RunError(f"{str(paths.folder)!r} is not a run: it has no {paths.config.name}")
    if paths.process.exists() or paths.stop.exists() or standing(paths).state in FINAL:
        raise RunError(f"run {paths.folder.name!r} was started or stopped before; create a new run")
    if command is None:
        command = _train_command(paths, queue=queue)
    with place_in_line(paths) if queue else nullcontext():
        return _recorded_child(paths, command)


def _train_command(paths: RunPaths, *, queue: bool, nproc: int | None = None) -> list[str]:
    flags = [*(["--queue"] if queue else []), *([] if nproc is None else ["--nproc", str(nproc)])]
    return [sys.executable, "-m", "dbl_core.train", str(paths.folder), *flags]


def _recorded_child(paths: RunPaths, command: Sequence[str]) -> subprocess.Popen[bytes]:
    with writing(paths.log):
        log = paths.log.open("ab")
    with log:
        child = _spawn(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        # A child that is gone before it can be identified has left its own record.
        with suppress(psutil.Error):
            write_json(paths.process, identity.identify(child.pid))
    except RunError:
        child.kill()
        child.wait()
        raise
    return child


def _spawn(command: Sequence[str], **streams: Any) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=_environment(), start_new_session=True, **streams)
    except OSError as error:
        raise RunError(f"no process could be started ({error}); close other programs and try again") from error


def _environment() -> dict[str, str]:
    """An environment in which a child finds this very package and folders, and no module of the working folder."""
    search = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(search),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "DBL_RUNS_DIR": str(DEFAULT_RUNS_DIR),
        "DBL_CACHE_DIR": str(DEFAULT_CACHE_DIR),
    }


def run_foreground(
    run_dir: Path | str | RunPaths,
    on_progress: Callable[[dict[str, Any]], None],
    *,
    queue: bool = False,
    command: Sequence[str] | None = None,
    reopen: Reopen | None = None,
) -> int:
    """Start a run and wait for its end; Ctrl-C asks it to stop, a second one ends it at once.

    Args:
        run_dir: A run folder made by ``store.create``.
        on_progress: Called with the child's status mapping whenever it has changed.
        queue: As in :func:`launch`.
        command: As in :func:`launch`.
        reopen: As in :func:`launch`.

    Returns:
        0 when it finished, 130 when it was stopped, 2 when the child found its input bad, else 1.

    Raises:
        RunError: As :func:`launch`.
    """
    paths = RunPaths.at(run_dir)
    child = _start(paths, queue=queue, command=command, reopen=reopen)
    try:
        _follow(paths, child, on_progress)
    except KeyboardInterrupt:
        try:
            stop(paths)
        except KeyboardInterrupt:
            stop(paths, grace_s=0.0)
        child.wait()
    state = standing(paths).state
    if state in ("finished", "stopped"):
        return 0 if state == "finished" else EXIT_STOPPED
    return 2 if child.returncode == 2 else 1


def _follow(paths: RunPaths, child: subprocess.Popen[bytes], on_progress: Callable[[dict[str, Any]], None]) -> None:
    shown: dict[str, Any] = {}
    running = True
    while running:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=2 * _POLL_S)
            running = False
        status = read_json(paths.status) or {}
        if status != shown:
            shown = status
            on_progress(status)


def request_stop(run_dir: Path | str | RunPaths, *, grace_s: float = 5.0) -> None:
    """Ask a run to stop and return at once; for pages.

    The child ends by itself at its next check. A daemon thread of this process watches over that and goes on to force
    where it does not; should this process end first, the request stays and the child still follows it.
    """
    _request(RunPaths.at(run_dir))
    threading.Thread(target=_stop_quietly, args=(run_dir, grace_s), name="stop-run", daemon=True).start()


def _stop_quietly(run_dir: Path | str | RunPaths, grace_s: float) -> None:
    with suppress(RunError):  # the run's state shows what came of it
        stop(run_dir, grace_s=grace_s)


def stop(run_dir: Path | str | RunPaths, *, grace_s: float = 5.0) -> str:
    """Stop a run that is queued or running, and wait until it is gone.

    Args:
        run_dir: The run folder.
        grace_s: Seconds for the child to end by itself, then again to end when told to, before it is ended by force.

    Returns:
        The state the run is in afterwards: ``stopped``, or the final state it reached before it noticed.

    Raises:
        RunError: If the process cannot be ended or the state cannot be written.
    """
    paths = RunPaths.at(run_dir)
    if standing(paths).state not in ACTIVE:
        return standing(paths).state
    _request(paths)
    family = Family(paths)
    family.wait(grace_s)
    for order, seconds in ((signal.SIGTERM, min(grace_s, _KILL_GRACE_S)), (_KILL, _KILL_GRACE_S)):
        if family.members():
            family.send(order)
            family.wait(seconds)
    if family.members():
        raise RunError(f"a process of run {paths.folder.name!r} does not end even by force; restart the machine")
    status = read_json(paths.status) or {}
    if status.get("state") not in FINAL:
        words = {"state": "stopped", "message": "stopped on request before it could say so", "updated_at": time.time()}
        write_json(paths.status, {"phase": "", "done": 0, "total": 0} | status | words)
    return standing(paths).state


def _request(paths: RunPaths) -> None:
    # Where even an empty file cannot be made, the signals that follow have to do.
    with suppress(OSError):
        paths.stop.touch()


_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def stop_on_terminate() -> None:
    """In a child: let a request to end (SIGTERM) raise ``RunStopped``, so that it leaves in order."""

    def leave(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second request must not disturb the leaving
        raise RunStopped

    signal.signal(signal.SIGTERM, leave)


def ignore_terminate() -> None:
    """In one of the processes of a run that follows the first: leave a request to end (SIGTERM) to that one."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def start_piped(module: str, *, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start ``python -m module`` to talk to through its standard input and output.

    It leads a session of its own, so that Ctrl-C in the terminal does not reach it; it has to end when its input ends.

    Raises:
        RunError: If no process can be started.
    """
    errors = subprocess.DEVNULL if log is None else log
    return _spawn([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)


def end_piped(process: subprocess.Popen[bytes], *, grace_s: float = 2.0) -> None:
    """End a process of :func:`start_piped`: close its input, then by force; it is gone and reaped afterwards.

    Where it had started processes of its own, they end too.
    """
    if grace_s > 0:
        with suppress(OSError):
            process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=grace_s)
    process.kill()
    end_left_behind(process)
    process.wait()
    with suppress(OSError):
        process.stdin.close()


def end_left_behind(process: subprocess.Popen[bytes]) -> None:
    """End what a dead or dying process of :func:`start_piped` had started and leaves behind."""
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(process.pid, _KILL)  # it leads a session, so its group has its number


def leave_with_children() -> NoReturn:
    """In a process of :func:`start_piped`: end at once, together with all it has started."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), _KILL)
    os._exit(0)
