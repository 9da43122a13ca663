"""Keep the log of a run below a size, however much its process prints.

The output of a child goes straight to a file, so nobody stands between the two who could count. The child itself looks
at the file instead, a few times a second from a thread of its own, and cuts away all but the end when it is too long.
The file was opened for appending: whatever is printed next lands behind what was kept.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import whole_lines

MAX_BYTES = 16 << 20
KEPT_BYTES = 1 << 20


@contextmanager
def bounded_log(
    run_dir: Path | str, *, max_bytes: int = MAX_BYTES, kept_bytes: int = KEPT_BYTES, interval_s: float = 0.2
) -> Iterator[None]:
    """Hold the log of a run below a size while the block runs.

    Args:
        run_dir: The run folder.
        max_bytes: Size above which the log is cut; between two looks it may grow beyond that.
        kept_bytes: How much of its end is kept.
        interval_s: Seconds between two looks.
    """
    log, ended = RunPaths(Path(run_dir)).log, threading.Event()

    def watch() -> None:
        while not ended.wait(interval_s):
            cut(log, max_bytes=max_bytes, kept_bytes=kept_bytes)

    watcher = threading.Thread(target=watch, name="bounded-log", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        cut(log, max_bytes=max_bytes, kept_bytes=kept_bytes)


def cut(log: Path, *, max_bytes: int, kept_bytes: int) -> None:
    """Leave only the end of a log that is longer than ``max_bytes``; what is printed meanwhile may be lost."""
    with suppress(OSError):
        known = log.lstat()
        size = known.st_size
        if size <= max_bytes or not stat.S_ISREG(known.st_mode):
            return
        end = whole_lines(log, kept_bytes)
        note = f"[the first {(size - len(end)) / 2**20:,.0f} MB of this log were cut away]\n".encode()
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, note + end)
        finally:
            os.close(descriptor)
