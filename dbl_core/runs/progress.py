"""How far a run is and how long it will take, from its last words; nothing of them is trusted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbl_core.runs.outcome import Epoch
from dbl_core.runs.record import showable

TRAINING = "training"


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    Attributes:
        phase: What it does now, in words.
        share: How much of the phase is done, 0 to 1; None when there is nothing to count.
        remaining_s: Estimated seconds of training that remain; None before the first epoch and outside training.
    """

    phase: str
    share: float | None = None
    remaining_s: float | None = None

    def __str__(self) -> str:
        words = self.phase[:1].upper() + self.phase[1:]
        if self.share is not None:
            words += f", {100 * self.share:.0f} %"
        return words if self.remaining_s is None else f"{words}, about {duration(self.remaining_s)} left"


def progress_of(status: Mapping[str, Any], epochs: Sequence[Epoch]) -> Progress:
    """Read how far a run is.

    Args:
        status: Its last words: phase, done and total steps of the phase.
        epochs: Its epochs so far; their pace gives the time that remains.
    """
    phase = showable(status.get("phase") or "starting", 80)
    done, total = _count(status.get("done")), _count(status.get("total"))
    if not total:
        return Progress(phase)
    share = min(done / total, 1.0)
    last = epochs[-1] if epochs else None
    if phase != TRAINING or last is None or not last.step or not math.isfinite(last.seconds):
        return Progress(phase, share)
    return Progress(phase, share, max(total - done, 0.0) * max(last.seconds, 0.0) / last.step)


def duration(seconds: float | None) -> str:
    """A time span in words, ``8 s``, ``3 min 20 s`` or ``2 h 5 min``; a dash when it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _count(value: Any) -> float:
    usable = isinstance(value, int | float) and 0 < value < 1e15
    return float(value) if usable else 0.0
