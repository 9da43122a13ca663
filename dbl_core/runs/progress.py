"""How far a run is and how long it will take, from its last words; nothing of them is trusted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbl_core.runs.outcome import Epoch
from dbl_core.runs.record import showable

TRAINING = "training"
MOST_SECONDS = 1e9
"""Thirty years; whatever is said to take longer is nonsense."""


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    Attributes:
        phase: What it does now, in words.
        share: How much of the phase is done, 0 to 1; None when there is nothing to count.
        remaining_s: Estimated seconds of training that remain; None outside training and before there is a pace.
    """

    phase: str
    share: float | None = None
    remaining_s: float | None = None

    def __str__(self) -> str:
        words = self.phase[:1].upper() + self.phase[1:]
        if self.share is not None:
            words += f", {100 * self.share:.0f} %"
        return words if self.remaining_s is None else f"{words}, {about(self.remaining_s)} left"


def progress_of(status: Mapping[str, Any], epochs: Sequence[Epoch]) -> Progress:
    """Read how far a run is.

    Args:
        status: Its last words: phase, done and total steps of the phase, and the time that its process expects.
        epochs: Its epochs so far; their pace counts where the process has not said what it expects.
    """
    phase = showable(status.get("phase") or "starting", 80)
    done, total = _count(status.get("done")), _count(status.get("total"))
    if not total:
        return Progress(phase)
    share = min(done / total, 1.0)
    return Progress(phase, share, _remaining(status, epochs, total - done) if phase == TRAINING else None)


def _remaining(status: Mapping[str, Any], epochs: Sequence[Epoch], steps: float) -> float | None:
    said = status.get("remaining_s")
    if isinstance(said, int | float) and 0 <= said < MOST_SECONDS:
        return float(said)
    last = epochs[-1] if epochs else None
    if last is None or not last.step or not math.isfinite(last.seconds):
        return None
    expected = max(steps, 0.0) * max(last.seconds, 0.0) / last.step
    return expected if expected < MOST_SECONDS else None


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


def about(seconds: float) -> str:
    """An estimate in words that promise no more than it holds: ``a few seconds``, ``about 40 s``, ``about 2.5 h``.

    Args:
        seconds: At least 0 and finite.
    """
    if seconds < 7.5:
        return "a few seconds"
    step = 5 if seconds < 22.5 else 10
    if (rounded := step * round(seconds / step)) < 60:
        return f"about {rounded} s"
    if (minutes := max(round(seconds / 60), 1)) < 10:
        return f"about {minutes} min"
    if (minutes := 5 * round(seconds / 300)) < 60:
        return f"about {minutes} min"
    if (hours := round(seconds / 1800) / 2) < 48:
        return f"about {hours if hours < 10 else round(hours):g} h"
    return f"about {round(seconds / 86400)} days"


def _count(value: Any) -> float:
    usable = isinstance(value, int | float) and 0 < value < 1e15
    return float(value) if usable else 0.0
