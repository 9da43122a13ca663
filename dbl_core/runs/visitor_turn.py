"""One run of a public lab at a time, in the order of arrival, so that every visitor gets a turn.

A visitor's own runs come one after the other (``Turn`` in the visitor's folder), so each visitor has at most one run
in this line. Who launches ten waits at its end again after each: nobody is held up by a flood.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import filelock

from dbl_core.runs.paths import turns_dir
from dbl_core.runs.record import writing

_NUMBERS = itertools.count()


class VisitorTurn:
    """A place in the line of a folder of runs; entered when it is the first.

    A place is a file that its owner keeps locked, so it is free again the moment the owner is gone, however that ended.

    Args:
        root: The folder of runs of the lab.
        waiting: Called several times a second with how many are ahead; it may raise, for example ``RunStopped``, to
            give up.
        poll_s: Seconds between two looks.

    Raises:
        RunError: On entering, if the line cannot be written.
    """

    def __init__(self, root: Path | str, *, waiting: Callable[[int], None], poll_s: float = 0.25) -> None:
        self._folder = turns_dir(Path(root))
        self._waiting, self._poll_s = waiting, poll_s
        self._place: filelock.FileLock | None = None

    def __enter__(self) -> VisitorTurn:
        try:
            while True:
                with writing(self._folder):
                    if self._place is None or not Path(self._place.lock_file).exists():
                        self._line_up()
                        continue  # who took the file for an abandoned one before it was locked has taken it away
                    ahead = self._ahead()
                if not ahead:
                    return self
                self._waiting(ahead)
                time.sleep(self._poll_s)
        except BaseException:
            self._leave()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _line_up(self) -> None:
        self._leave()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{time.time_ns():020d}-{os.getpid()}-{next(_NUMBERS)}"
        self._place = filelock.FileLock(path)
        self._place.acquire()

    def _ahead(self) -> int:
        """How many places before this one are held; those that nobody holds any more are taken away."""
        mine = Path(self._place.lock_file).name
        return sum(not _gone(path) for path in self._folder.iterdir() if path.name < mine)

    def _leave(self) -> None:
        if self._place is not None:
            with suppress(OSError):
                Path(self._place.lock_file).unlink(missing_ok=True)
            self._place.release()
            self._place = None


def _gone(path: Path) -> bool:
    """Whether nobody holds a place; it is taken away then."""
    lock = filelock.FileLock(path, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        return False
    with suppress(OSError):
        path.unlink(missing_ok=True)
    lock.release()
    return True
