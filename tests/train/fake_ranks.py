"""Stand-ins for the processes of a run, which load no torch; a new process imports this file."""

import os
import signal
import sys
import time
from pathlib import Path

from dbl_core.runs.child import StatusWriter
from dbl_core.runs.process import stop_on_terminate
from dbl_core.runs.record import append_jsonl
from dbl_core.train.ranks import EXIT_HALVES, Rank, lead


def killed(folder: Path, rank: Rank) -> int:
    """The first process is gone without a word, the other never notices."""
    if rank.number == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)
    return 0


def no_room(folder: Path, rank: Rank) -> int:
    """The last process has no room for whole batches; with halves there is another trouble."""
    append_jsonl(folder / f"parts-{rank.number}.jsonl", {"parts": rank.parts})
    if rank.parts == 1 and rank.number == rank.count - 1:
        return EXIT_HALVES
    return 7


def waiting(folder: Path, rank: Rank) -> int:
    """Says that it is there, and waits."""
    append_jsonl(folder / f"here-{rank.number}.jsonl", {"pid": os.getpid()})
    time.sleep(600)
    return 0


if __name__ == "__main__":  # the child of a run, whose processes wait
    run_dir = Path(sys.argv[1])
    stop_on_terminate()
    sys.exit(lead(run_dir, 2, StatusWriter(run_dir), target=waiting))
