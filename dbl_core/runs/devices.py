"""On which device a run will compute, told without loading torch: what waits for a device must stay small."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

DEVICES = ("cpu", "cuda")


@cache
def gpu_expected() -> bool:
    """Whether torch will find a GPU: it was built for one, a driver is there, and none is hidden.

    A guess that only decides in which line a run waits; where it is wrong, the run still computes where it can.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    if not Path("/dev/nvidiactl").exists() and shutil.which("nvidia-smi") is None:
        return False
    from importlib import metadata  # a process that waits has its device already and can do without

    try:
        return "+cpu" not in metadata.version("torch")
    except metadata.PackageNotFoundError:
        return False


def expected_device(asked: object) -> str:
    """One of ``DEVICES`` for the ``device`` of a run's settings; anything but ``cpu`` and ``cuda`` counts as auto."""
    return str(asked) if asked in DEVICES else DEVICES[gpu_expected()]
