"""The share of one process in a run that several train together: join the others, train, and say why it leaves.

The processes talk over gloo on the CPU and NCCL between GPUs, one process a GPU. A process that leaves early puts its
reason where the others find it; they notice at their next exchange that it is gone, and the first of them, the only one
that reports, reports that reason.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from dbl_core.config import TrainConfig
from dbl_core.errors import DblError, ProcessLost, RunError
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.process import EXIT_STOPPED, ignore_terminate, stop_on_terminate
from dbl_core.runs.store import read_config
from dbl_core.train.device import resolve_device
from dbl_core.train.ending import concluded, exit_code
from dbl_core.train.ranks import EXIT_HALVES, Rank, lost_words
from dbl_core.train.run import in_processes, too_little_memory, train_run

BACKENDS = {"cpu": "gloo", "cuda": "cpu:gloo,cuda:nccl"}
REASON = "reason"
"""Where a process that leaves early says why: ``kind``, one of stopped, memory, refused and failed, and ``words``."""
PATIENCE = timedelta(days=1)
"""How long a process waits for the others, which may draw images first; who is gone is noticed at once."""
log = logging.getLogger(__name__)


class BeginAnew(BaseException):
    """A GPU has too little memory for its share of a batch: all processes are to begin anew, with halves.

    Not an ``Exception``, as ``RunStopped`` is none: it is no end of the run.
    """


class Quiet:
    """The status of a process that is not the first: it reports nothing."""

    resources: Any = None

    def check_stop(self) -> None:
        """Do nothing: the first process looks, and when it leaves the others follow."""

    def progress(self, phase: str, done: int = 0, total: int = 0) -> None:
        """Say nothing."""

    def warn(self, sentence: str) -> None:
        """Put it into the log."""
        log.warning("%s", sentence)


def take_part(run_dir: Path, rank: Rank, *, start_seconds: float = 0.0) -> int:
    """Train the share of a process of the run of a folder.

    Args:
        run_dir: The run folder.
        rank: Which of the processes this is.
        start_seconds: How long it took to load what training needs.

    Returns:
        The exit code of the process, see ``dbl_core.train.ending``; ``EXIT_HALVES`` to begin anew with halves.
    """
    member = _Member(run_dir, rank, start_seconds)
    if rank.number > 0:
        ignore_terminate()  # the first one decides; whoever is left behind notices that it is gone
        return _followed(member)
    try:
        status = StatusWriter(run_dir)
    except DblError as error:
        log.error("%s", error)
        return 2
    stop_on_terminate()
    try:
        return concluded(status, lambda: member.train(status))
    except BeginAnew:
        return EXIT_HALVES


def _followed(member: _Member) -> int:
    """Train the share of a process that is not the first, and leave its reason for the others where it fails."""
    try:
        member.train(Quiet())
    except RunStopped as reason:
        member.tell("stopped", str(reason))
        return EXIT_STOPPED
    except BeginAnew:
        member.tell("memory", "")
        return EXIT_HALVES
    except ProcessLost:
        log.info("another process of the run is gone, so this one leaves too")
        return 1
    except Exception as error:
        log.exception("a process of the run failed")
        said = isinstance(error, ValueError | DblError)
        member.tell("refused" if said else "failed", str(error) if said else f"{type(error).__name__}: {error}")
        return exit_code(error)
    return 0


class _Member:
    """One of the processes of a run."""

    def __init__(self, run_dir: Path, rank: Rank, start_seconds: float) -> None:
        self._run_dir, self._rank, self._start_seconds = run_dir, rank, start_seconds
        self._store: dist.Store | None = None

    def train(self, status: StatusWriter | Quiet) -> None:
        """Join the others and train.

        Raises:
            ProcessLost: If another process is gone without a word.
            BeginAnew: If a GPU has too little memory, and the run can begin anew with halves.
            RunStopped: As ``train_run``; likewise everything else that it raises, here or in another process.
        """
        rank = self._rank
        config = in_processes(read_config(self._run_dir), rank.count)
        try:
            self._join(config.train)
            how = {"start_seconds": self._start_seconds, "processes": rank.count, "parts": rank.parts}
            train_run(self._run_dir, status, **how)
            dist.destroy_process_group()
        except torch.cuda.OutOfMemoryError as error:
            if rank.supervised and rank.parts == 1:
                raise BeginAnew from error
            raise RunError(too_little_memory(config.train.batch_size, parts=rank.parts)) from error
        except RuntimeError as error:
            raise self._cause(error) from error

    def _join(self, config: TrainConfig) -> None:
        rank = self._rank
        device = resolve_device(config.device)
        if device.type == "cuda":
            if rank.local >= torch.cuda.device_count():
                raise ValueError(_too_few_gpus(rank.count, torch.cuda.device_count()))
            torch.cuda.set_device(rank.local)
        if rank.supervised:
            self._store = dist.FileStore(rank.meeting_point, rank.count)
        else:
            self._store, _, _ = next(iter(rendezvous("env://")))
        dist.init_process_group(
            BACKENDS[device.type], store=self._store, rank=rank.number, world_size=rank.count, timeout=PATIENCE
        )

    def tell(self, kind: str, words: str) -> None:
        """Leave the reason of this process for the others."""
        if self._store is not None and not self._store.check([REASON]):
            self._store.set(REASON, json.dumps({"kind": kind, "words": words}))

    def _cause(self, error: RuntimeError) -> BaseException:
        """What lies behind an error: the reason of another process that is gone, or the error itself."""
        if self._store is not None and self._store.check([REASON]):
            return _as_error(json.loads(self._store.get(REASON)))
        if isinstance(error, dist.DistError) or any(word in str(error).lower() for word in ("gloo", "nccl")):
            return ProcessLost(lost_words(self._rank.count))
        return error


def _too_few_gpus(processes: int, gpus: int) -> str:
    found = f"{gpus} {'GPU' if gpus == 1 else 'GPUs'}"
    return f"nproc {processes}: this machine has {found}, and every process needs its own; lower nproc"


def _as_error(reason: Mapping[str, str]) -> BaseException:
    kinds = {"stopped": RunStopped, "memory": BeginAnew, "refused": RunError, "failed": RuntimeError}
    return kinds[reason["kind"]](reason["words"])
