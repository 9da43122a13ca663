"""How the tests start and await the fake child."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
CHILD = Path(__file__).with_name("fake_child.py")


def command(paths, behaviour: str, *arguments: str) -> list[str]:
    """The command of a fake child of a run."""
    return [sys.executable, str(CHILD), str(paths.folder), behaviour, *arguments]


def wait_for(condition: Callable[[], object], *, seconds: float = 15.0) -> None:
    """Wait until something holds, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)
