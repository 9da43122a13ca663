"""The room that the visitors of a public lab take on its disk: who is gone is forgotten, and it never gets full.

    runs/visitors/VISITOR      the runs of one visitor
    uploads/VISITOR            the uploads of one visitor

Whoever refuses cookies is another visitor at every visit, so neither bytes nor visitors may grow with visits.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dbl_core import hosting
from dbl_core.datasets.own_files import all_uploads_dir
from dbl_core.errors import RunError
from dbl_core.hosting import LIMITS
from dbl_core.runs import examples
from dbl_core.runs.budget import folder_bytes
from dbl_core.runs.paths import shared_examples_dir, visitors_dir
from dbl_core.runs.store import list_runs

AT_HOME = "run the lab on your own machine for more"
_LOOKING_S = 60.0
"""Who was seen so lately may be looking at the examples."""


def folders(parent: Path) -> list[Path]:
    """The folders of visitors, those who were seen longest ago first."""
    found = []
    with suppress(OSError):
        for folder in parent.iterdir():
            with suppress(OSError):
                if hosting.is_visitor_folder(folder.name) and folder.is_dir() and not folder.is_symlink():
                    found.append((folder.stat().st_mtime, folder))
    return [folder for _, folder in sorted(found)]


def check_room(root: Path, n_bytes: int) -> None:
    """Refuse to write so many bytes where visitors would take too much; nothing in a local lab.

    Those who are gone are forgotten before.

    Args:
        root: The folder of runs of the lab.
        n_bytes: What is to be written.

    Raises:
        RunError: There is no room for it.
    """
    if hosting.is_public() and _over(root) + n_bytes > 0:
        sweep(root, wanted=n_bytes)
        if _over(root) + n_bytes > 0:
            raise RunError(f"the disk of this public lab is full; come back in half an hour, or {AT_HOME}")


def sweep(root: Path, *, wanted: int = 0, now: float | None = None) -> None:
    """Delete the uploads and the runs of visitors who have not been seen for long; runs at work stay.

    Where the visitors take too much, or are too many, those go who have nothing but examples, then those who were seen
    longest ago and have left their uploads behind.

    Args:
        root: The folder of runs of the lab.
        wanted: Bytes for which room is to be made.
        now: Seconds since the epoch; tests give another time.
    """
    now = time.time() if now is None else now
    _forget(all_uploads_dir(), now - LIMITS.uploads_idle)
    _forget(visitors_dir(root), now - LIMITS.runs_idle)
    over, too_many = _over(root) + wanted, len(folders(visitors_dir(root))) - LIMITS.visitors
    for folder in _expendable(visitors_dir(root), now) if over > 0 or too_many > 0 else ():
        if over <= 0 and too_many <= 0:
            break
        over, too_many = over - folder_bytes(folder, linked=False), too_many - 1
        _remove(folder)


def _over(root: Path) -> int:
    """Bytes that the visitors take above what they may; less than nothing where there is room."""
    places = (*folders(visitors_dir(root)), *folders(all_uploads_dir()))
    taken = sum(folder_bytes(folder, linked=False) for folder in places)
    taken += folder_bytes(shared_examples_dir(root))
    return max(taken - LIMITS.all_bytes, LIMITS.spare_bytes - _free(root))


def _free(root: Path) -> int:
    """Bytes that the disk has left."""
    for place in (root, *root.parents):
        with suppress(OSError):
            return shutil.disk_usage(place).free
    return 0


def _expendable(parent: Path, now: float) -> Iterator[Path]:
    """The folders to delete before their time, in this order."""
    later = []
    for folder in folders(parent):
        with suppress(OSError):
            seen = folder.stat().st_mtime
            if seen < now - _LOOKING_S and examples.are_all(folder):
                yield folder
            elif seen < now - LIMITS.uploads_idle:
                later.append(folder)
    yield from later


def _forget(parent: Path, before: float) -> None:
    for folder in folders(parent):
        with suppress(OSError):
            if folder.stat().st_mtime < before:
                _remove(folder)


def _remove(folder: Path) -> None:
    if not any(run.active for run in list_runs(folder)):
        shutil.rmtree(folder, ignore_errors=True)
