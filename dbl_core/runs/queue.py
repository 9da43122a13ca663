"""The queue of a folder of runs: so many compute at once on a device, the others wait in the order of their launch.

    .queue/000000000007-cpu.json    a ticket: the seventh in line for the CPU, with the name of its run
    .slot-cpu-0.lock                a slot: one run at a time holds this lock of the operating system

A launch draws the next number before it starts the process, which then waits for its turn (``dbl_core.runs.turn``).
No clock decides anything, and nobody has to be told: any number of servers may share a folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock

from dbl_core.errors import RunError
from dbl_core.runs.devices import DEVICES, expected_device
from dbl_core.runs.paths import RunPaths, queue_dir
from dbl_core.runs.record import read_json, write_json, writing

VARIABLE = "DBL_RUNS_AT_ONCE"
MOST_AT_ONCE = 64
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


@dataclass(frozen=True)
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


def ticket_names(runs_dir: Path | str, device: str = "") -> list[str]:
    """The file names of the tickets of a folder of runs, the oldest first; of one device where it is named."""
    try:
        names = os.listdir(queue_dir(Path(runs_dir)))  # noqa: PTH208 - every waiting run asks every second
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(f"{device}.json") and _NAME.fullmatch(name))


def ticket_named(runs_dir: Path | str, name: str) -> Ticket:
    """The ticket of one of the :func:`ticket_names`."""
    number, device = _NAME.fullmatch(name).groups()
    return Ticket(int(number), device, queue_dir(Path(runs_dir)) / name)


def tickets(runs_dir: Path | str, device: str = "") -> list[Ticket]:
    """The tickets of a folder of runs, the oldest first; of one device where it is named."""
    return [ticket_named(runs_dir, name) for name in ticket_names(runs_dir, device)]


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
