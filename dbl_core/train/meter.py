"""What a run takes while it trains: device, memory of its process, memory of the GPU."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import torch

from dbl_core.train.device import describe_device

_MIB = 2**20


class Meter:
    """Measures what this process takes; called for the status, at the end asked for the peaks.

    Args:
        device: Where the run computes.
        processes: How many train it together; the memory is that of this one, the first.
    """

    def __init__(self, device: torch.device, processes: int = 1) -> None:
        self._device, self._processes = device, processes
        self._process, self._highest = psutil.Process(), 0

    def __call__(self) -> dict[str, Any]:
        """What is taken now: ``device`` in words, ``memory_mb``, ``gpu_memory_mb`` (its peak, None on a CPU)."""
        held = round(self._process.memory_info().rss / _MIB)
        self._highest = max(self._highest, held)
        return {
            "device": describe_device(self._device, self._processes),
            "memory_mb": held,
            "gpu_memory_mb": self._gpu(),
        }

    def peak(self) -> dict[str, int | None]:
        """The most that was taken, in MiB: of resident memory where the system keeps count, else as far as seen."""
        self()
        return {"memory_mb": max(self._highest, _high_water()), "gpu_memory_mb": self._gpu()}

    def _gpu(self) -> int | None:
        on_gpu = self._device.type == "cuda"
        return round(torch.cuda.max_memory_allocated(self._device) / _MIB) if on_gpu else None


def _high_water() -> int:
    """The most resident memory that this program has had, in MiB; 0 where only Linux would tell.

    Not ``getrusage``: its count begins with the process that started this one.
    """
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024)
    return 0
