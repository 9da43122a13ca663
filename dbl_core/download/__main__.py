"""``python -m dbl_core.download JOB_DIR``: the child process of a download.

Exit codes: 0 finished, 2 something cannot be had or written (one sentence in the job's status), 1 any other failure
(its traceback is in the folder of the job), 130 stopped.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from dbl_core.download.job import read_config
from dbl_core.download.work import download
from dbl_core.errors import DblError
from dbl_core.runs.bounded_log import bounded_log
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.process import EXIT_STOPPED, stop_on_terminate


def main(arguments: list[str] | None = None) -> int:
    """Carry out the download of a folder and leave its final state there."""
    parser = argparse.ArgumentParser(prog="python -m dbl_core.download", description=__doc__)
    parser.add_argument("job_dir", type=Path, metavar="JOB_DIR")
    args = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    log = logging.getLogger(__name__)
    try:
        status = StatusWriter(args.job_dir)
    except DblError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    try:
        stop_on_terminate()
        with bounded_log(args.job_dir):
            said = download(read_config(args.job_dir), status)
        status.finished(said)
    except RunStopped:
        status.stopped("stopped on request; start it again to go on with what has arrived")
        return EXIT_STOPPED
    except (ValueError, DblError) as error:
        log.error("the download failed: %s", error)
        status.failed(error)
        return 2
    except Exception as error:
        log.exception("the download failed")
        status.failed(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
