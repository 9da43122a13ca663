"""The processes that train one run together: start them, watch over them, and leave none behind.

The child of a run starts one process for every share and computes nothing itself. The first of them reports and writes
as the child of a run in one process does. When one is gone, the others notice at the next exchange and leave by
themselves; whoever does not, because it waits for a GPU that waits for another one, is ended by force. When the child
is gone, every one of them leaves at once.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from dbl_core.errors import ProcessLost
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.process import EXIT_STOPPED
from dbl_core.runs.record import read_json
from dbl_core.runs.state import FINAL

EXIT_HALVES = 75
"""Exit code of a process that asks to begin anew with batches in two halves."""
LEAVING_S = 10.0
"""How long the others have to leave once the first of them is gone."""
STOPPING_S = 3.0
_LOOK_S = 0.5
log = logging.getLogger(__name__)


class Rank(NamedTuple):
    """One of the processes of a run.

    Attributes:
        number: From 0, its rank.
        count: How many there are.
        local: Its number on this machine, that of its GPU.
        meeting_point: A file by which they find each other; empty where the environment says it, as torchrun's does.
        parts: Into how many parts it cuts its batches, 1 or 2.
    """

    number: int
    count: int
    local: int
    meeting_point: str = ""
    parts: int = 1

    @property
    def supervised(self) -> bool:
        """Whether the child of the run has started it, and can start it anew."""
        return bool(self.meeting_point)

    @classmethod
    def of_environment(cls) -> Rank | None:
        """What torchrun says of this process; None where it has not started it, or alone."""
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count == 1 or "RANK" not in os.environ:
            return None
        return cls(int(os.environ["RANK"]), count, int(os.environ.get("LOCAL_RANK", "0")))


Target = Callable[[Path, Rank], int]


def compute(run_dir: Path, rank: Rank) -> int:
    """Train the share of a process; loads torch."""
    began = time.perf_counter()
    from dbl_core.train.distributed import take_part

    return take_part(run_dir, rank, start_seconds=time.perf_counter() - began)


def lead(run_dir: Path, count: int, status: StatusWriter, *, target: Target = compute) -> int:
    """Let so many processes train a run, and wait for their end.

    Args:
        run_dir: The run folder.
        count: How many, 2 or more.
        status: Told the end where the processes could not tell it themselves.
        target: What each does; returns its exit code.

    Returns:
        The exit code of the run, see ``dbl_core.train.ending``.
    """
    try:
        codes = _attempt(run_dir, count, target, parts=1)
        if EXIT_HALVES in codes:
            codes = _attempt(run_dir, count, target, parts=2)
    except RunStopped:
        codes = [EXIT_STOPPED]
        if _state(status) not in FINAL:
            status.stopped()
    if _state(status) not in FINAL:
        gone = next((code for code in codes if code), 0)
        how = f"by signal {-gone}" if gone < 0 else f"with exit code {gone}"
        status.failed(ProcessLost(lost_words(count, f", {how}")))
    final = _state(status)
    if final in ("finished", "stopped"):
        return 0 if final == "finished" else EXIT_STOPPED
    return 2 if codes[0] == 2 else 1


def lost_words(count: int, how: str = "") -> str:
    """What a run says when one of its processes has ended without a word."""
    return (
        f"one of its {count} processes ended without a word{how}; the system ends processes when memory runs out, and"
        " the end of the log may tell more; resume the run to go on after its last epoch"
    )


def _state(status: StatusWriter) -> object:
    return (read_json(status.paths.status) or {}).get("state")


def _attempt(run_dir: Path, count: int, target: Target, *, parts: int) -> list[int]:
    """Start the processes, wait until all are gone, by force if need be; returns their exit codes."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="long-tail-lab-") as folder:
        meeting_point = str(Path(folder) / "meeting_point")
        ranks = [Rank(number, count, number, meeting_point, parts) for number in range(count)]
        processes = [context.Process(target=_begin, args=(target, str(run_dir), rank)) for rank in ranks]
        try:
            for process in processes:
                process.start()
            _await_end(processes)
        except RunStopped:
            processes[0].terminate()
            _await_all(processes, STOPPING_S)
            raise
        finally:
            for process in processes:
                if process.pid is not None:
                    process.kill()
                    process.join()
        return [process.exitcode for process in processes]


def _await_end(processes: Sequence[BaseProcess]) -> None:
    """Return when all processes are gone, or one has failed and the others have had their time to leave."""
    while not any(process.exitcode for process in processes):
        living = [process.sentinel for process in processes if process.exitcode is None]
        if not living:
            return
        wait(living, timeout=_LOOK_S)
    _await_all(processes, LEAVING_S)


def _await_all(processes: Sequence[BaseProcess], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        if process.pid is not None:
            process.join(max(deadline - time.monotonic(), 0))


def _begin(target: Target, run_dir: str, rank: Rank) -> None:
    """What a new process does: its share, for as long as the one that started it lives."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=f"%(asctime)s [{rank.number}] %(message)s")
    starter = multiprocessing.parent_process().sentinel

    def follow() -> None:
        wait([starter])
        os._exit(1)

    threading.Thread(target=follow, name="follow-starter", daemon=True).start()
    sys.exit(target(Path(run_dir), rank))
