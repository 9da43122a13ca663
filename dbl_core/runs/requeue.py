"""Launch again what a reboot, or a kill, has taken from the queue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from dbl_core.runs import process
from dbl_core.runs.queue import tickets
from dbl_core.runs.resume import Reopen
from dbl_core.runs.store import Run


def lost_while_waiting(runs_dir: Path | str, runs: Sequence[Run]) -> list[Run]:
    """The runs whose process is gone although they never had their turn, in the order in which they stood in line.

    Args:
        runs_dir: The folder of runs.
        runs: Runs of that folder.
    """
    places = {ticket.run: ticket.number for ticket in tickets(runs_dir)}
    found = [
        run
        for run in runs
        if run.state == "lost"
        and run.config is not None
        and not run.origin
        and run.status.get("state") in (None, "queued")
    ]
    return sorted(found, key=lambda run: (places.get(run.id, math.inf), run.created_at, run.id))


def launch_again(run: Run, *, command: Sequence[str] | None = None) -> None:
    """Put a run that has ended before it was finished at the end of the queue; it keeps the epochs it has.

    Args:
        run: The run.
        command: As for ``process.launch``.

    Raises:
        RunError: If it is at work again or finished, or no process can be started.
    """
    process.launch(run.folder, queue=True, reopen=Reopen(), command=command)
