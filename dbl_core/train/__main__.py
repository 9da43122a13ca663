"""``python -m dbl_core.train RUN_DIR [--queue]``: the child process of a run; it goes on where one has left off.

Exit codes: 0 finished, 2 the configuration or the data cannot be used as they are, 1 any other failure (its traceback
is in the run folder), 130 stopped.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from dbl_core.errors import DblError
from dbl_core.runs.bounded_log import bounded_log
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.process import EXIT_STOPPED, stop_on_terminate
from dbl_core.runs.turn import Turn


def main() -> int:
    """Train the run of a folder and leave its final state there."""
    parser = argparse.ArgumentParser(prog="python -m dbl_core.train", description=__doc__)
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR")
    parser.add_argument("--queue", action="store_true", help="wait for its turn among the queued runs beside it")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    try:
        status = StatusWriter(args.run_dir)
    except DblError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    try:
        stop_on_terminate()
        with _turn(args.run_dir, status, queue=args.queue), bounded_log(args.run_dir):
            status.progress("starting")
            began = time.perf_counter()
            from dbl_core.train.run import train_run  # loads torch: only when it is this run's turn

            train_run(args.run_dir, status, start_seconds=time.perf_counter() - began)
        status.finished()
        with suppress(OSError):  # it does no harm where it stays
            status.paths.checkpoint.unlink(missing_ok=True)
    except RunStopped as reason:
        status.stopped(*filter(None, [str(reason)]))
        return EXIT_STOPPED
    except (ValueError, DblError) as error:
        logging.getLogger(__name__).exception("the run failed")
        status.failed(error)
        return 2
    except Exception as error:
        logging.getLogger(__name__).exception("the run failed")
        status.failed(error)
        return 1
    return 0


def _turn(run_dir: Path, status: StatusWriter, *, queue: bool) -> AbstractContextManager[object]:
    return Turn(run_dir, check=status.check_stop, say=status.queued) if queue else nullcontext()


if __name__ == "__main__":
    sys.exit(main())
