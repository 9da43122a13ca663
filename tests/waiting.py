"""Waiting for what other processes do."""

import time
from collections.abc import Callable

import psutil


def wait_for(condition: Callable[[], object], *, seconds: float = 60.0) -> None:
    """Return when a condition holds; fail when it has not within some seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)


def lives(member: psutil.Process) -> bool:
    """Whether a process works: one that ended and whose parent has not asked for its end does not."""
    try:
        return member.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
