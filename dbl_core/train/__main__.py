"""``python -m dbl_core.train RUN_DIR [--queue]``: the child process of a run; it goes on where one has left off.

A run that several processes train, by its ``nproc``, is trained by as many as the child starts. Started by ``torchrun
--nproc-per-node N -m dbl_core.train RUN_DIR``, this process is one of those N.

Exit codes: 0 finished, 2 the configuration or the data cannot be used as they are, 1 any other failure (its traceback
is in the run folder), 130 stopped.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from dbl_core.errors import DblError
from dbl_core.runs.bounded_log import bounded_log
from dbl_core.runs.child import StatusWriter
from dbl_core.runs.paths import public_root
from dbl_core.runs.process import stop_on_terminate
from dbl_core.runs.turn import Turn
from dbl_core.runs.visitor_turn import VisitorTurn
from dbl_core.train import ranks
from dbl_core.train.ending import concluded


def main() -> int:
    """Train the run of a folder and leave its final state there."""
    parser = argparse.ArgumentParser(prog="python -m dbl_core.train", description=__doc__)
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    parser.add_argument("--queue", action="store_true", help="wait for its turn among the queued runs beside it")
    parser.add_argument("--nproc", type=int, metavar="N", help="so many processes, whatever the run's settings say")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    rank = ranks.Rank.of_environment()
    if rank is not None:
        return ranks.compute(args.run_dir, rank)
    try:
        status = StatusWriter(args.run_dir)
    except DblError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return concluded(status, lambda: _train(args, status))


def _train(args: argparse.Namespace, status: StatusWriter) -> int | None:
    stop_on_terminate()
    with _turn(args.run_dir, status, queue=args.queue), bounded_log(args.run_dir):
        status.progress("starting")
        from dbl_core.runs.store import read_config  # what takes memory is loaded when it is this run's turn

        count = args.nproc or read_config(args.run_dir).train.nproc
        if count > 1:
            return ranks.lead(args.run_dir, count, status)
        began = time.perf_counter()
        from dbl_core.train.run import train_run  # loads torch

        train_run(args.run_dir, status, start_seconds=time.perf_counter() - began, processes=count)
    return None


@contextmanager
def _turn(run_dir: Path, status: StatusWriter, *, queue: bool) -> Iterator[None]:
    """Wait for this run's turn; that of a public lab's visitor waits for those of other visitors, too.

    Raises:
        ValueError: The run is a visitor's and asks for what a public lab does not train.
    """
    root = public_root(run_dir)
    if root is not None:
        from dbl_core.runs.visitors import check_bounds  # takes memory that other waiting runs do without

        check_bounds(run_dir)
    own = {} if root is None else {"at_once": 1}
    with (
        Turn(run_dir, check=status.check_stop, say=status.queued, **own) if queue or root else nullcontext(),
        VisitorTurn(root, waiting=_in_line(status)) if root else nullcontext(),
    ):
        yield


def _in_line(status: StatusWriter) -> Callable[[int], None]:
    """What a run does while others are ahead of it: listen for a stop, and say how many when that changes."""
    told = 0

    def waiting(ahead: int) -> None:
        nonlocal told
        status.check_stop()
        if ahead != told:
            told = ahead
            status.queued(f"{ahead} {'run' if ahead == 1 else 'runs'} of other visitors first")

    return waiting


if __name__ == "__main__":
    sys.exit(main())
