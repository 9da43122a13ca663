"""Go on with a run that ended before it was finished: what can be resumed, and from which epoch.

A run leaves a checkpoint after every whole epoch. Its child looks for one when it starts, so that resuming a run is
starting its process again, in a folder that no longer says how the last one ended.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
from safetensors import SafetensorError, safe_open

from dbl_core.errors import RunError
from dbl_core.runs import identity
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import writing
from dbl_core.runs.state import ACTIVE, standing
from dbl_core.whole_files import replacing

RESUMABLE = ("stopped", "failed", "lost")
HEADER = "checkpoint"
"""The entry of the file's header that holds its numbers as JSON."""
MAX_CHECKPOINT_BYTES = 2 * 2**30
"""A run whose state takes more than this keeps no checkpoint, and none that is larger is read."""
_LOCK_S, _LEAVING_S, _POLL_S = 10.0, 5.0, 0.05


@dataclass(frozen=True)
class Reopen:
    """How to go on with a run that has ended.

    Attributes:
        start_over: Forget the epochs so far, and the checkpoint, and train from the first one.
        nproc: Go on with so many processes; None takes the number of its settings.
    """

    start_over: bool = False
    nproc: int | None = None

    @contextmanager
    def opened(self, paths: RunPaths) -> Iterator[None]:
        """Make the folder as one that was never started, and keep others from doing so inside the block.

        Raises:
            RunError: If the run is at work or finished, the folder is no run, or it cannot be written.
        """
        if not paths.config.is_file():
            raise RunError(f"{str(paths.folder)!r} is not a run: it has no {paths.config.name}")
        with writing(paths.resume_lock):
            lock = filelock.FileLock(paths.resume_lock)
            try:
                lock.acquire(timeout=_LOCK_S)
            except filelock.Timeout as error:
                raise RunError(f"run {paths.folder.name!r} is being resumed already; look at it again") from error
        try:
            self._clear(paths)
            yield
        finally:
            lock.release()

    def _clear(self, paths: RunPaths) -> None:
        now, deadline = standing(paths), time.monotonic() + _LEAVING_S
        while now.state not in ACTIVE and identity.find(now.process) is not None and time.monotonic() < deadline:
            time.sleep(_POLL_S)  # it has said its last word and is about to go
        if now.state in ACTIVE or identity.find(now.process) is not None:
            raise RunError(f"run {paths.folder.name!r} is still {now.state}; stop it before you resume it")
        if now.state not in RESUMABLE:
            raise RunError(f"run {paths.folder.name!r} is {now.state}; there is nothing left to resume")
        with writing(paths.folder):
            for path in (paths.stop, paths.status, paths.process, paths.error, *paths.folder.glob(".*.tmp")):
                path.unlink(missing_ok=True)
            if self.start_over:
                kept = (paths.checkpoint, paths.metrics, paths.result, paths.scores, paths.train_logits, paths.weights)
                for path in kept:
                    path.unlink(missing_ok=True)


def checkpoint_epoch(run_dir: Path | str) -> int:
    """The last epoch of a run that its checkpoint holds; 0 where there is none, and training begins anew.

    Only the head of the file is read: the child finds out whether the rest is whole.

    Raises:
        RunError: If the checkpoint is damaged.
    """
    paths = RunPaths(Path(run_dir))
    if not paths.checkpoint.exists():
        return 0
    return read_header(paths.checkpoint)["epoch"]


def read_header(path: Path) -> dict[str, Any]:
    """The numbers of a checkpoint, at least ``epoch``.

    Raises:
        RunError: If the file is damaged, too large or no checkpoint.
    """
    try:
        if path.stat().st_size > MAX_CHECKPOINT_BYTES:
            raise damaged(path, "it is larger than any that a run writes")
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})[HEADER])
        if not isinstance(header["epoch"], int) or header["epoch"] < 1:
            raise ValueError(header["epoch"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise damaged(path, "it is not a whole file that a run has written") from error
    return header


def damaged(path: Path, why: str) -> RunError:
    """The sentence about a checkpoint that cannot be used."""
    return RunError(
        f"the checkpoint of run {path.parent.name!r} cannot be used ({why}); start the run over: 'Start over' on its"
        " page, or --resume --start-over"
    )


def keep_epochs(metrics: Path, epoch: int) -> None:
    """Leave only the lines of the first epochs in the metrics of a run, as they are, so that none comes twice.

    Args:
        metrics: The file; it may be missing.
        epoch: How many epochs to keep, 0 for none.

    Raises:
        RunError: If one of these lines is missing or torn, or the file cannot be written.
    """
    with writing(metrics):
        lines = metrics.read_bytes().splitlines(keepends=True) if metrics.exists() else []
        kept = {_epoch_of(line): line for line in lines}
        wanted = [kept.get(number) for number in range(1, epoch + 1)]
        if None in wanted:
            raise RunError(
                f"{metrics.name} of run {metrics.parent.name!r} lacks epoch {wanted.index(None) + 1}, which its"
                " checkpoint holds; start the run over: 'Start over' on its page, or --resume --start-over"
            )
        if lines != wanted:
            with replacing(metrics, durable=True) as file:
                file.writelines(wanted)


def _epoch_of(line: bytes) -> int | None:
    """The epoch of a whole line of the metrics."""
    try:
        epoch = json.loads(line)["epoch"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return epoch if isinstance(epoch, int) and line.endswith(b"\n") else None
