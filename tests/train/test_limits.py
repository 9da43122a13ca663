"""A run over a limit leaves with a reason; one without limits is never asked."""

import time

import psutil
import pytest

from dbl_core.config import TrainConfig
from dbl_core.runs.child import RunStopped
from dbl_core.train.limits import MEMORY_INTERVAL_S, Limits


def test_time_is_up_when_it_is_up(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limits = Limits(TrainConfig(max_seconds=90))
    now[0] = 190.0
    limits.check()
    now[0] = 190.1
    with pytest.raises(RunStopped, match=r"limit of time is reached, 1 min 30 s \(max_seconds 90\)"):
        limits.check()


def test_setting_the_clock_changes_nothing(monkeypatch):
    limits = Limits(TrainConfig(max_seconds=30))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    limits.check()


def test_memory_is_that_of_the_process(monkeypatch):
    held = psutil.Process().memory_info().rss / 2**20
    Limits(TrainConfig(max_memory_mb=round(held) + 500)).check()
    with pytest.raises(RunStopped, match=r"held [\d,]+ MiB, more than max_memory_mb 64"):
        Limits(TrainConfig(max_memory_mb=64)).check()


def test_memory_is_looked_at_now_and_then_only(monkeypatch):
    asked = []
    original = psutil.Process.memory_info
    monkeypatch.setattr(psutil.Process, "memory_info", lambda self: asked.append(1) or original(self))
    limits = Limits(TrainConfig(max_memory_mb=10_000_000))
    started = time.monotonic()
    for _ in range(1000):
        limits.check()
    assert 1 <= len(asked) <= 2 + (time.monotonic() - started) / MEMORY_INTERVAL_S


def test_no_limit_is_no_limit(monkeypatch):
    def fail(self):
        raise AssertionError("nobody asked for a limit of memory")

    monkeypatch.setattr(psutil.Process, "memory_info", fail)
    Limits(TrainConfig()).check()
