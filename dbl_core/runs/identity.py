"""Is the process that was recorded for a run still that process?

A pid alone says little: numbers are used again, and a dead child that nobody waited for (a zombie) still has one. A
process is the recorded one when it exists, is no zombie, and was created at the recorded moment. The moment is
compared as seconds since the machine's start where the record allows it, so that setting the clock harms no run.
"""

from __future__ import annotations

import os
import time
from typing import Any

import psutil

# The kernel reports the machine's start in whole seconds and lets it flicker by one.
_TOLERANCE_S = 2.0


def identify(pid: int | None = None) -> dict[str, Any]:
    """What to record about a process, by default this one.

    Returns:
        ``pid``; ``create_time`` and ``boot_time`` in seconds since the epoch, as the clock stands now; ``started_at``,
        the same moment as the clock showed it.

    Raises:
        psutil.NoSuchProcess: If it is gone.
    """
    boot_time = psutil.boot_time()
    created = psutil.Process(pid).create_time()
    return {"pid": pid or os.getpid(), "create_time": created, "boot_time": boot_time, "started_at": time.time()}


def find(recorded: dict[str, Any] | None) -> psutil.Process | None:
    """The recorded process if it still lives, else None; records that make no sense count as None."""
    pid, created = (recorded or {}).get("pid"), _number(recorded, "create_time")
    if not isinstance(pid, int) or pid <= 0 or created is None:
        return None
    booted, boot_now = _number(recorded, "boot_time"), psutil.boot_time()
    expected = created if booted is None else created - booted + boot_now
    try:
        process = psutil.Process(pid)
        alive = process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return process if alive and abs(process.create_time() - expected) < _TOLERANCE_S else None
    except (psutil.Error, OverflowError):
        return None


def _number(recorded: dict[str, Any] | None, key: str) -> float | None:
    value = (recorded or {}).get(key)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e11
    return float(value) if usable else None
