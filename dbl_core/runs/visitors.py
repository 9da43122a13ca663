"""The runs of a public lab: a folder for every visitor, bounded settings, a bounded number, and a time to go.

    runs/visitors/VISITOR/RUN      what one visitor has trained; VISITOR is known to that visitor's browser alone

A name from an address is looked for directly inside one's own folder (``store.resolve``), so nobody can name, stop,
delete or export the run of another.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from dbl_core import hosting
from dbl_core.config import RunConfig
from dbl_core.datasets.files.limits import in_mib
from dbl_core.datasets.own_files import all_uploads_dir, is_own
from dbl_core.errors import RunError
from dbl_core.hosting import LIMITS
from dbl_core.models.catalog import BACKBONES
from dbl_core.runs import visitor_room
from dbl_core.runs.budget import folder_bytes
from dbl_core.runs.paths import launch_lock, visitors_dir
from dbl_core.runs.record import writing
from dbl_core.runs.store import Run, list_runs, read_config
from dbl_core.runs.visitor_room import AT_HOME

LAUNCH_WAIT_S = 10.0
_SWEEP_S = 60.0


def runs_dir(root: Path) -> Path:
    """The folder of runs that the visitor this thread works for may use; in a local lab that of the lab."""
    return visitors_dir(root) / hosting.visitor_folder() if hosting.is_public() else root


def bounded(config: RunConfig) -> RunConfig:
    """The settings as a public lab trains them: what takes too long is refused, time and memory are limited.

    Raises:
        ValueError: For what only a lab of one's own trains, with one sentence.
    """
    train, dataset = config.train, config.dataset
    if train.mode != "head":
        raise ValueError(f"a public lab trains heads only (mode head), not mode {train.mode}; {AT_HOME}")
    if not BACKBONES[train.backbone].shipped or train.weights is not None:
        raise ValueError(f"a public lab trains on the backbone that is shipped with it only; {AT_HOME}")
    if dataset.name in ("voc", "coco") or dataset.images is not None:
        raise ValueError(f"a public lab trains on picto-voc and on files of features only; {AT_HOME}")
    limits = {
        "max_seconds": min(train.max_seconds or LIMITS.run_seconds, LIMITS.run_seconds),
        "max_memory_mb": min(train.max_memory_mb or LIMITS.run_memory_mb, LIMITS.run_memory_mb),
    }
    return config.model_copy(update={"train": train.model_copy(update=limits)})


def trains(config: RunConfig) -> bool:
    """Whether this lab trains such a run: a local one any, a public one what :func:`bounded` lets pass."""
    try:
        bounded(config)
    except ValueError:
        return not hosting.is_public()
    return True


def check_bounds(run_dir: Path | str) -> None:
    """Refuse a run whose settings a public lab does not train.

    Raises:
        ValueError: With one sentence.
    """
    config = read_config(Path(run_dir))
    if bounded(config) != config:
        raise ValueError("a public lab limits the time and the memory of every run; launch it on the page Train")


def launchable(config: RunConfig) -> RunConfig:
    """The settings with which a run may be launched from the pages: as they are in a local lab, else bounded.

    Raises:
        ValueError: As :func:`bounded`, or for the file of somebody else.
    """
    if not hosting.is_public():
        return config
    within = bounded(config)
    if config.dataset.path is not None and not is_own(config.dataset.path):
        raise ValueError("this file is not among your uploads; upload it on the page Dataset")
    return within


@contextmanager
def place_for_run(root: Path) -> Iterator[None]:
    """Hold a place for one more run of the visitor while it is created and launched; nothing in a local lab.

    Args:
        root: The folder of runs of the lab.

    Raises:
        RunError: If the visitor, or all visitors together, have as many runs as they may, or the disk has no room.
    """
    if not hosting.is_public():
        yield
        return
    lock = filelock.FileLock(launch_lock(root), timeout=LAUNCH_WAIT_S)
    with writing(visitors_dir(root)):
        visitors_dir(root).mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise RunError("many runs are being launched at this moment; try again in a minute") from error
    try:
        _check_visitor(runs_dir(root))
        _check_all(root)
        visitor_room.check_room(root, LIMITS.run_bytes)
        yield
    finally:
        lock.release()


def _check_visitor(folder: Path) -> None:
    at_work = sum(run.active for run in list_runs(folder))
    if at_work >= LIMITS.runs_at_work:
        raise RunError(f"{at_work} of your runs wait or train already; stop one of them, or launch again later")
    check_kept(folder)


def check_kept(folder: Path) -> None:
    """Refuse one more run in the folder of a visitor that has as many as it may; nothing in a local lab.

    Raises:
        RunError: Runs are to be deleted first.
    """
    if not hosting.is_public():
        return
    runs = list_runs(folder)
    if len(runs) >= LIMITS.runs_kept:
        raise RunError(f"you have {len(runs)} runs here, as many as a public lab keeps; delete some, then launch again")
    if folder_bytes(folder) > LIMITS.runs_bytes:
        raise RunError(f"your runs take more than {in_mib(LIMITS.runs_bytes)}; delete some and empty the trash")


def _check_all(root: Path) -> None:
    at_work = sum(run.active for run in _latest_of_all(root))
    if at_work >= LIMITS.all_at_work:
        raise RunError(f"{at_work} runs of all visitors wait already; launch again in a few minutes, or {AT_HOME}")


def _latest_of_all(root: Path) -> Iterator[Run]:
    for folder in visitor_room.folders(visitors_dir(root)):
        yield from list_runs(folder)


def seen(root: Path) -> None:
    """Note that the visitor is here, and now and then delete what those who are gone have left."""
    for folder in (runs_dir(root), all_uploads_dir() / hosting.visitor_folder()):
        with suppress(OSError):
            os.utime(folder)
    mark = visitors_dir(root) / ".swept"
    with suppress(OSError):
        if mark.exists() and abs(time.time() - mark.stat().st_mtime) < _SWEEP_S:
            return
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    visitor_room.sweep(root)
