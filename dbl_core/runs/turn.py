"""A queued run waits for its turn: until nobody who still lives stands in front of it, then for a free slot.

A slot is free again the moment its holder is gone, however that ended. The ticket of a process that is gone is taken
away by the one behind it, so every such ticket vanishes, and a look costs the same however long the line is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import filelock

from dbl_core.runs import identity
from dbl_core.runs.child import RunStopped
from dbl_core.runs.paths import RunPaths, device_slot
from dbl_core.runs.queue import Ticket, draw, runs_at_once, ticket_named, ticket_names, tickets, waiting_words
from dbl_core.runs.record import read_json, writing

START_GRACE_S = 10.0
"""How long a ticket stands whose process is not recorded yet; its launcher may have been killed in between."""
LOOK_S = 1.0
"""Seconds between two looks at who is ahead; more for those far behind, who are in no hurry."""
_NEAR = 20
_POLL_S, _FRONT_POLL_S = 0.25, 0.1


class Turn:
    """The turn of a run to compute; entering waits for it.

    Args:
        run_dir: The run folder, which lies in the folder of runs whose queue this is.
        check: Called several times a second while waiting; it may raise, for example ``RunStopped``, to give up.
        say: Told the place in line whenever it changes.
        at_once: How many runs compute at once on a device; None takes :func:`runs_at_once`.

    Raises:
        ValueError: If the number of runs at once is none.

    Example:
        ``with Turn(run_dir, check=status.check_stop, say=status.queued): train()``
    """

    def __init__(
        self,
        run_dir: Path | str,
        *,
        check: Callable[[], None],
        say: Callable[[str], None],
        at_once: int | None = None,
    ) -> None:
        self._paths = RunPaths(Path(run_dir))
        self._runs_dir = self._paths.folder.parent
        self._check, self._say = check, say
        self._at_once = runs_at_once() if at_once is None else at_once
        self._ticket: Ticket | None = None
        self._lock: filelock.BaseFileLock | None = None
        self._without_process: dict[int, float] = {}
        self._said = ""

    def __enter__(self) -> Turn:
        try:
            self._wait()
        except RunStopped as reason:
            raise RunStopped(str(reason) or "stopped while it waited for its turn") from reason
        finally:
            if self._ticket is not None:
                self._ticket.remove()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.release()

    def _wait(self) -> None:
        ahead, next_look = 0, -1.0
        while True:
            self._check()
            if time.monotonic() >= next_look:
                ahead = self._older()
                next_look = time.monotonic() + LOOK_S * max(1.0, ahead / _NEAR)
            if not ahead and self._take():
                return
            self._tell(waiting_words(ahead + 1))  # whoever is first in line still waits for one run to end
            time.sleep(_POLL_S if ahead else _FRONT_POLL_S)

    def _tell(self, words: str) -> None:
        if words != self._said:
            self._say(words)
            self._said = words

    def _older(self) -> int:
        """How many wait in front of this run; draws a ticket where there is none, or none any longer."""
        if self._ticket is None or not self._ticket.path.exists():
            self._ticket = self._drawn() or draw(self._paths)
        names, mine = ticket_names(self._runs_dir, self._ticket.device), self._ticket.path.name
        older = [name for name in names if name < mine]
        # Whoever is behind a process that is gone takes its ticket away, so all such tickets vanish one by one.
        while older and not self._waits(ahead := ticket_named(self._runs_dir, older[-1])):
            ahead.remove()
            older.pop()
        return len(older)

    def _drawn(self) -> Ticket | None:
        """The ticket that the launcher has drawn for this run."""
        return next((each for each in tickets(self._runs_dir) if each.run == self._paths.folder.name), None)

    def _waits(self, ticket: Ticket) -> bool:
        """Whether the process of a ticket lives and waits, or may still be starting."""
        name = ticket.run
        paths = RunPaths(self._runs_dir / name)
        if not name or not paths.config.is_file():
            return False
        recorded = read_json(paths.process)
        if recorded is None:
            return self._starting(ticket)
        return identity.find(recorded) is not None and (read_json(paths.status) or {}).get("state") in (None, "queued")

    def _starting(self, ticket: Ticket) -> bool:
        """Whether its launcher may still be about to record the process."""
        seen = self._without_process.setdefault(ticket.number, time.monotonic())
        return time.monotonic() - seen < START_GRACE_S

    def _take(self) -> bool:
        """Take a free slot if there is one."""
        for index in range(self._at_once):
            path = device_slot(self._runs_dir, self._ticket.device, index)
            lock = filelock.FileLock(path)
            with writing(path):
                try:
                    lock.acquire(timeout=0)
                except filelock.Timeout:
                    continue
            self._lock = lock
            return True
        return False
