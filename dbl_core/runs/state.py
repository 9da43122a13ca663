"""The state of a run, derived from its process and its files, never from a file alone.

=========  ============================================================================================
queued     created a moment ago, or its process has not begun or waits for a free slot
running    its process lives and has begun
finished   the child said so at its end; likewise failed and stopped
lost       the process is gone without such a word, or was never started; also an imported run that had not ended
=========  ============================================================================================
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any, NamedTuple

from dbl_core.runs import identity
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import read_json, showable

STATES = ("queued", "running", "finished", "failed", "stopped", "lost")
FINAL = ("finished", "failed", "stopped")
ACTIVE = ("queued", "running")
# Between the creation of a run and the record of its process there is only the start of that process.
START_GRACE_S = 10.0
MAX_MESSAGE = 2000


class Standing(NamedTuple):
    """Where a run stands.

    Attributes:
        state: One of ``STATES``.
        message: A sentence for the reader, empty when there is nothing to say.
        status: The child's last words as a mapping, empty before the first.
        process: The record of its process, empty before the start.
    """

    state: str
    message: str
    status: dict[str, Any]
    process: dict[str, Any]


def standing(paths: RunPaths) -> Standing:
    """Derive where a run stands.

    The process is looked at before its last words are read: a child that ends in between is then seen as what it said.
    """
    process = read_json(paths.process) or {}
    alive = identity.find(process) is not None
    status = read_json(paths.status) or {}
    state, message = status.get("state"), showable(status.get("message") or "", MAX_MESSAGE)
    if state in FINAL:
        return Standing(state, message, status, process)
    if alive and not paths.status.exists():
        return Standing("queued", "starting", status, process)
    if alive:
        return Standing("queued" if state == "queued" else "running", message, status, process)
    if process or paths.process.exists():
        return Standing("lost", _last_heard(paths, status, process), status, process)
    if paths.origin.exists():
        return Standing("lost", message or "it had not ended where it comes from", status, process)
    age = time.time() - created_at(paths)
    if -START_GRACE_S < age < START_GRACE_S:
        return Standing("queued", message or "starting", status, process)
    return Standing("lost", "its process was never started; resume it to start it", status, process)


def created_at(paths: RunPaths) -> float:
    """When the run was created, in seconds since the epoch; 0 when nothing tells."""
    try:
        return paths.config.stat().st_mtime
    except OSError:
        return 0.0


def moment(record: dict[str, Any], key: str) -> float | None:
    """A time stamp of a record, or None when it is missing or nonsense."""
    value = record.get(key)
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e11 else None


def _last_heard(paths: RunPaths, status: dict[str, Any], process: dict[str, Any]) -> str:
    heard = moment(status, "updated_at") or moment(process, "started_at") or created_at(paths)
    when = datetime.fromtimestamp(heard).isoformat(sep=" ", timespec="seconds")
    if status.get("state") == "queued":
        return f"its process ended while it waited for its turn, last heard of at {when}; resume it to queue it again"
    return f"its process ended without a word, last heard of at {when}; the end of its log may tell why"
