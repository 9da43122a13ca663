"""How the work of a run ends: its final state in the run folder, and an exit code."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from dbl_core.errors import DblError, ProcessLost
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.process import EXIT_STOPPED

log = logging.getLogger(__name__)


def concluded(status: StatusWriter, work: Callable[[], int | None]) -> int:
    """Do the work of a run and leave its final state there, however it ends.

    Args:
        status: Of the run.
        work: Leaves the result of the run, or raises. Where others have done the work and said how it ended, it returns
            their exit code.

    Returns:
        0 finished, 2 the configuration or the data cannot be used as they are, 1 any other failure (its traceback is in
        the run folder), 130 stopped.
    """
    try:
        code = work()
        if code is not None:
            return code
        status.finished()
        with suppress(OSError):  # it does no harm where it stays
            status.paths.checkpoint.unlink(missing_ok=True)
    except RunStopped as reason:
        status.stopped(*filter(None, [str(reason)]))
        return EXIT_STOPPED
    except Exception as error:
        log.exception("the run failed")
        status.failed(error)
        return exit_code(error)
    return 0


def exit_code(error: Exception) -> int:
    """2 for what the user can change, 1 for any other error."""
    return 2 if isinstance(error, ValueError | DblError) and not isinstance(error, ProcessLost) else 1
