"""How long a run may take and how much memory it may hold; over a limit it stops itself and says so."""

from __future__ import annotations

import time

import psutil

from dbl_core.config import TrainConfig
from dbl_core.runs.child import RunStopped
from dbl_core.runs.progress import duration

MEMORY_INTERVAL_S = 0.2
"""Asking for the memory takes a part of a step of a small head, so it is not asked at each."""


class Limits:
    """The limits of a run; the clock starts when this is made.

    Args:
        config: ``max_seconds`` and ``max_memory_mb``, None for no limit.
    """

    def __init__(self, config: TrainConfig) -> None:
        self._config = config
        self._started, self._next_look = time.monotonic(), 0.0
        self._process = psutil.Process()

    def check(self) -> None:
        """Leave the run where it is over a limit; cheap enough for every step.

        Raises:
            RunStopped: With the reason.
        """
        now, most = time.monotonic(), self._config.max_seconds
        if most is not None and now - self._started > most:
            raise RunStopped(
                f"the limit of time is reached, {duration(most)} (max_seconds {most:g}); resuming the run gives it as"
                " long again"
            )
        if self._config.max_memory_mb is not None and now >= self._next_look:
            self._next_look = now + MEMORY_INTERVAL_S
            held = self._process.memory_info().rss / 2**20
            if held > self._config.max_memory_mb:
                raise RunStopped(
                    f"the limit of memory is reached: its process held {held:,.0f} MiB, more than max_memory_mb"
                    f" {self._config.max_memory_mb}; a smaller batch size or side needs less"
                )
