"""Find lines in the log of a run, however long it is: only its end is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import whole_lines

MAX_BYTES = 1 << 20
"""Only so much of the end of a log is searched."""
MAX_LINE = 2000
"""Longer lines are cut."""
TROUBLE = re.compile(r"warn|error|exception|traceback|fail|killed|out of memory|\bnan\b", re.IGNORECASE)
"""What a line says that tells of something gone wrong."""


class FoundLines(NamedTuple):
    """Lines of a log.

    Attributes:
        lines: The last of those that fit, oldest first.
        n_fitting: How many fit in the part that was read.
        n_read: How many lines that part has.
        whole: Whether it is the whole log.
    """

    lines: tuple[str, ...]
    n_fitting: int
    n_read: int
    whole: bool


def find_lines(run_dir: Path | str, *, words: str = "", troubles: bool = False, n_lines: int = 200) -> FoundLines:
    """The last lines of a log that hold all of some words; none where there is no log.

    Args:
        run_dir: The run folder.
        words: Words separated by blanks, upper and lower case alike; empty: every line fits.
        troubles: Only lines that tell of a warning or an error, see ``TROUBLE``.
        n_lines: How many at most.
    """
    log = RunPaths(Path(run_dir)).log
    try:
        whole = log.stat().st_size <= MAX_BYTES
    except OSError:
        whole = True
    lines = whole_lines(log, MAX_BYTES).decode("utf-8", errors="replace").splitlines()
    wanted = words.casefold().split()
    fitting = [
        line
        for line in lines
        if all(word in line.casefold() for word in wanted) and (not troubles or TROUBLE.search(line))
    ]
    last = fitting[-n_lines:] if n_lines > 0 else []
    return FoundLines(tuple(line[:MAX_LINE] for line in last), len(fitting), len(lines), whole)
