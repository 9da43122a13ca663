"""``python -m dbl_core.search SEARCH_DIR``: the process of a search. Exit codes as those of a run."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from dbl_core.errors import DblError
from dbl_core.runs.bounded_log import bounded_log
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.paths import SearchPaths
from dbl_core.runs.process import EXIT_STOPPED, stop_on_terminate
from dbl_core.search.conduct import conduct


def main() -> int:
    """Conduct the search of a folder and leave its final state there."""
    parser = argparse.ArgumentParser(prog="python -m dbl_core.search", description=__doc__)
    parser.add_argument("search_dir", type=Path, metavar="SEARCH_DIR")
    paths = SearchPaths(parser.parse_args().search_dir)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    try:
        status = StatusWriter(paths)
    except DblError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    try:
        stop_on_terminate()
        with bounded_log(paths.folder):
            said = conduct(paths, status)
        status.finished(said)
    except RunStopped:
        status.stopped("stopped on request; continue it whenever you like")
        return EXIT_STOPPED
    except (ValueError, DblError) as error:
        logging.getLogger(__name__).exception("the search failed")
        status.failed(error)
        return 2
    except Exception as error:
        logging.getLogger(__name__).exception("the search failed")
        status.failed(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
