"""The queue of a folder of runs: so many compute at once on a device, the others wait in the order of their launch.

    .queue/000000000007-cpu.json    a ticket: the seventh in line for the CPU, with the name of its run
    .slot-cpu-0.lock                a slot: one run at a time holds this lock of the operating system

A launch draws the next number before it starts the process. The process waits until no older ticket of its device
belongs to a process that lives, then for a free slot, and gives its ticket up when it has one. A slot is free again the
moment its holder is gone, however that ended; the ticket of a process that is gone is taken away by the one behind it.
No clock decides anything, and nobody has to be told: any number of servers may share a folder.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import filelock

from dbl_core.errors import RunError
from dbl_core.runs import identity
from dbl_core.runs.child import RunStopped
from dbl_core.runs.devices import DEVICES, expected_device
from dbl_core.runs.paths import RunPaths, device_slot, queue_dir
from dbl_core.runs.record import read_json, write_json, writing

VARIABLE = "DBL_RUNS_AT_ONCE"
MOST_AT_ONCE = 64
START_GRACE_S = 10.0
"""How long a ticket stands whose process is not recorded yet; its launcher may have been killed in between."""
LOOK_S = 1.0
"""Seconds between two looks at who is ahead."""
_POLL_S, _FRONT_POLL_S = 0.25, 0.1
_LOCK_S = 10.0
_NAME = re.compile(rf"(\d{{12}})-({'|'.join(DEVICES)})\.json")


def runs_at_once() -> int:
    """How many queued runs compute at once on a device: the environment variable ``DBL_RUNS_AT_ONCE``, else 1.

    Raises:
        ValueError: The variable holds no such number.
    """
    text = os.environ.get(VARIABLE, "").strip() or "1"
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not 1 <= int(text) <= MOST_AT_ONCE:
        raise ValueError(f"{VARIABLE} is {text[:40]!r}, must be a whole number from 1 to {MOST_AT_ONCE}")
    return int(text)


@dataclass(frozen=True, order=True)
class Ticket:
    """A place in line.

    Attributes:
        number: The smallest number of a device is the next to compute.
        device: One of ``DEVICES``.
        path: Its file.
    """

    number: int
    device: str
    path: Path

    @property
    def run(self) -> str:
        """Name of the run folder; empty when the file is gone or damaged."""
        name = (read_json(self.path) or {}).get("run")
        return name if isinstance(name, str) and "\0" not in name and Path(name).name == name else ""

    def remove(self) -> None:
        """Give the place up; it may be gone already."""
        with suppress(OSError):
            self.path.unlink()


def tickets(runs_dir: Path | str, device: str | None = None) -> list[Ticket]:
    """The tickets of a folder of runs, the oldest first; of one device where it is named."""
    folder = queue_dir(Path(runs_dir))
    try:
        names = [_NAME.fullmatch(name) for name in os.listdir(folder)]  # noqa: PTH208 - asked every second
    except OSError:
        return []
    found = [Ticket(int(name[1]), name[2], folder / name[0]) for name in names if name]
    return sorted(ticket for ticket in found if device in (None, ticket.device))


def draw(paths: RunPaths) -> Ticket:
    """Go to the end of the line; a place that an earlier process of this run has left is given up.

    Raises:
        RunError: If the folder of runs cannot be written.
    """
    device = expected_device(((read_json(paths.config) or {}).get("train") or {}).get("device"))
    with _locked(paths.folder.parent) as folder:
        waiting = tickets(paths.folder.parent)
        for ticket in waiting:
            if ticket.run == paths.folder.name:
                ticket.remove()
        number = waiting[-1].number + 1 if waiting else 1
        path = folder / f"{number:012d}-{device}.json"
        write_json(path, {"run": paths.folder.name}, durable=False)
    return Ticket(number, device, path)


@contextmanager
def place_in_line(paths: RunPaths) -> Iterator[None]:
    """Draw a ticket for a process that is started in the block: runs wait in the order of their launch.

    Raises:
        RunError: If the folder of runs cannot be written.
        ValueError: If the number of runs at once is none; the process would refuse it too, with nobody there to read.
    """
    runs_at_once()
    ticket = draw(paths)
    try:
        yield
    except BaseException:
        ticket.remove()
        raise


@contextmanager
def _locked(runs_dir: Path) -> Iterator[Path]:
    folder = queue_dir(runs_dir)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock")
        try:
            lock.acquire(timeout=_LOCK_S)
        except filelock.Timeout as error:
            raise RunError(f"the queue of {str(runs_dir)!r} is busy; try again in a moment") from error
    try:
        yield folder
    finally:
        lock.release()


def runs_ahead(runs_dir: Path | str, *, queued: Collection[str], running: Collection[str]) -> dict[str, int]:
    """How many runs have to end before each waiting one begins.

    Args:
        runs_dir: The folder of runs.
        queued: Ids of the runs that wait, by their state: a ticket alone may be that of a process that is gone.
        running: Ids of the runs that compute.

    Returns:
        Run id -> runs ahead, for those that stand in line.

    Raises:
        ValueError: If the number of runs at once is none.
    """
    root, at_once = Path(runs_dir), runs_at_once()
    devices = [_device_of(root / run) for run in running]
    found: dict[str, int] = {}
    for device in DEVICES:
        free = max(at_once - devices.count(device), 0)
        line = [run for run in (ticket.run for ticket in tickets(root, device)) if run in queued]
        found |= {run: max(place + 1 - free, 0) for place, run in enumerate(line)}
    return found


def _device_of(folder: Path) -> str:
    return expected_device(((read_json(RunPaths(folder).config) or {}).get("train") or {}).get("device"))


def waiting_words(ahead: int) -> str:
    """What a waiting run says of its place."""
    return f"waiting, {ahead} {'run' if ahead == 1 else 'runs'} ahead"


class Turn:
    """The turn of a run to compute; entering waits for it.

    Args:
        run_dir: The run folder, which lies in the folder of runs whose queue this is.
        check: Called several times a second while waiting; it may raise, for example ``RunStopped``, to give up.
        say: Told the place in line whenever it changes.

    Raises:
        ValueError: If the number of runs at once is none.

    Example:
        ``with Turn(run_dir, check=status.check_stop, say=status.queued): train()``
    """

    def __init__(self, run_dir: Path | str, *, check: Callable[[], None], say: Callable[[str], None]) -> None:
        self._paths = RunPaths(Path(run_dir))
        self._runs_dir = self._paths.folder.parent
        self._check, self._say = check, say
        self._at_once = runs_at_once()
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
                ahead, next_look = self._older(), time.monotonic() + LOOK_S
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
        line = tickets(self._runs_dir, self._ticket.device)
        older = [ticket for ticket in line if ticket.number < self._ticket.number]
        # Whoever is behind a process that is gone takes its ticket away, so all such tickets vanish one by one.
        while older and not self._waits(older[-1]):
            older.pop().remove()
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
