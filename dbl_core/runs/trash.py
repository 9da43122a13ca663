"""Delete runs so that it can be undone: a deleted run waits in the trash of its folder of runs until it is emptied."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from dbl_core.errors import RunError
from dbl_core.runs import identity
from dbl_core.runs import state as states
from dbl_core.runs.paths import RunPaths, trash_dir
from dbl_core.runs.record import writing
from dbl_core.runs.store import resolve


@dataclass(frozen=True)
class Deletion:
    """A run in the trash.

    Attributes:
        name: What :func:`restore_run` takes: nanoseconds since the epoch, as the clock stood at the deletion.
        run_id: Name of the run.
        folder: Where it lies now.
    """

    name: str
    run_id: str
    folder: Path

    @property
    def deleted_at(self) -> float:
        """When it was deleted, in seconds since the epoch."""
        return int(self.name) / 1e9


def delete_run(runs_dir: Path | str, run_id: str) -> str:
    """Move a run to the trash of its folder of runs.

    Returns:
        The name of the deletion, for :func:`restore_run`.

    Raises:
        ValueError: If there is no such run.
        RunError: If it is queued or running, or cannot be moved.
    """
    folder = resolve(runs_dir, run_id)
    standing = states.standing(RunPaths(folder))
    if standing.state in states.ACTIVE or identity.find(standing.process) is not None:
        raise RunError(f"run {run_id!r} is still {standing.state}; stop it before deleting it")
    return discard(folder, runs_dir)


def discard(folder: Path, runs_dir: Path | str) -> str:
    """Move a folder among the runs to the trash of their folder, whatever is in it.

    Returns:
        The name of the deletion, for :func:`restore_run`.

    Raises:
        RunError: If it cannot be moved.
    """
    with writing(folder):
        target = _new_place(trash_dir(Path(runs_dir)))
        try:
            folder.rename(target / folder.name)
        except OSError:
            target.rmdir()
            raise
    return target.name


def _new_place(trash: Path) -> Path:
    """A folder of its own for one deletion; after the clock jumped back a moment may be taken already."""
    moment = time.time_ns()
    while True:
        try:
            (trash / f"{moment}").mkdir(parents=True)
        except FileExistsError:
            moment += 1
            continue
        return trash / f"{moment}"


def list_trash(runs_dir: Path | str) -> list[Deletion]:
    """What a restore can bring back, the last deletion first."""
    try:
        places = [place for place in trash_dir(Path(runs_dir)).iterdir() if place.name.isdecimal() and place.is_dir()]
    except OSError:
        return []
    found = [(place, _only(place)) for place in places]
    deletions = [Deletion(place.name, folder.name, folder) for place, folder in found if folder is not None]
    return sorted(deletions, key=lambda deletion: int(deletion.name), reverse=True)


def _only(place: Path) -> Path | None:
    """The run of a deletion; None where the folder was tampered with, or is being emptied."""
    try:
        inside = list(place.iterdir())
    except OSError:
        return None
    return inside[0] if len(inside) == 1 else None


def restore_run(runs_dir: Path | str, deletion: str) -> Path:
    """Undo a deletion.

    Args:
        runs_dir: The folder of runs.
        deletion: What :func:`delete_run` returned, or the name of a run, of which the last deletion is undone.

    Returns:
        The run folder, back in its place.

    Raises:
        ValueError: If there is no such deletion.
        RunError: If another run has taken the name, or the folder cannot be moved.
    """
    found = next((each for each in list_trash(runs_dir) if deletion in (each.name, each.run_id)), None)
    if found is None:
        raise ValueError(f"there is no deletion {deletion!r} to undo; the trash may have been emptied")
    folder = Path(runs_dir).absolute() / found.run_id
    if folder.exists():
        raise RunError(f"another run is named {folder.name!r} now; rename or delete it before undoing")
    with writing(folder):
        found.folder.rename(folder)
        found.folder.parent.rmdir()
    return folder


def empty_trash(runs_dir: Path | str) -> None:
    """Delete for good what was moved to the trash.

    Raises:
        RunError: If something in it cannot be deleted.
    """
    trash = trash_dir(Path(runs_dir))
    with writing(trash):
        if trash.is_dir() and not trash.is_symlink():
            shutil.rmtree(trash)
