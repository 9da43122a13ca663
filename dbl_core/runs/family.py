"""Which processes belong to a run: its child, all that the child started, and whatever shares its process group."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

from dbl_core.runs import identity
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import read_json
from dbl_core.runs.state import ACTIVE, standing

_POLL_S = 0.05


class Family:
    """The child of a run, all it has started, and whatever else shares its process group.

    Every member is kept as ``psutil.Process``, which knows when the process was created and refuses to signal another
    one that got its pid.
    """

    def __init__(self, paths: RunPaths) -> None:
        self._paths = paths
        self._leader: psutil.Process | None = None
        self._seen: set[psutil.Process] = set()

    def members(self) -> list[psutil.Process]:
        """Those that live now; a child that its launcher is only just recording is found as soon as it is."""
        self._leader = self._leader or identity.find(read_json(self._paths.process))
        if self._leader is not None:
            self._seen |= set(_with_descendants({self._leader, *self._seen})) | set(_group(self._leader.pid))
        return [process for process in self._seen if _lives(process)]

    def wait(self, seconds: float) -> None:
        """Return when nobody lives, or after so many seconds."""
        deadline = time.monotonic() + seconds
        while (self.members() or standing(self._paths).state in ACTIVE) and time.monotonic() < deadline:
            time.sleep(_POLL_S)

    def send(self, order: int) -> None:
        """Send a signal to every living member."""
        for process in self.members():
            with suppress(psutil.Error):
                process.send_signal(order)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False


def _with_descendants(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    found = []
    for process in processes:
        found.append(process)
        with suppress(psutil.Error):
            found += process.children(recursive=True)
    return found


def _group(leader_pid: int) -> list[psutil.Process]:
    """The processes of a group, found also after its leader and their parents are gone."""
    found = []
    for process in psutil.process_iter() if hasattr(os, "getpgid") else ():
        with suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == leader_pid:
                found.append(process)
    return found
