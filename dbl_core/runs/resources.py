"""Where a run computes and how much memory it takes, as its status and its result say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dbl_core.runs.record import showable

_MOST_MB = 1e9


@dataclass(frozen=True)
class Resources:
    """What a run takes: its peaks when it has finished, else what it last said.

    Attributes:
        device: In words, ``cpu (2 threads)`` or the name of the GPU; empty when it is not known.
        memory_mb: Resident memory of its process in MiB.
        gpu_memory_mb: Most memory of the GPU that its tensors have taken so far in MiB; None on a CPU.
    """

    device: str = ""
    memory_mb: int | None = None
    gpu_memory_mb: int | None = None


def resources_of(record: Mapping[str, Any]) -> Resources:
    """Read them from a status or a result; what makes no sense there is not known."""
    return Resources(
        device=showable(record.get("device") or "", 80),
        memory_mb=_whole(record.get("memory_mb")),
        gpu_memory_mb=_whole(record.get("gpu_memory_mb")),
    )


def _whole(value: Any) -> int | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _MOST_MB
    return round(value) if usable else None
