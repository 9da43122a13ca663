"""Create, find, read, delete and restore runs.

A folder is a run when it holds a configuration file. Everything read here may be torn, damaged or foreign: a reader
gets None or an empty list for it, and a listing shows such a run as what it is instead of failing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load_file

from dbl_core.config import RunConfig, explain
from dbl_core.errors import RunError
from dbl_core.runs import identity
from dbl_core.runs import state as states
from dbl_core.runs.paths import RunPaths, trash_dir
from dbl_core.runs.record import read_json, read_jsonl, read_text_tail, write_json, writing


@dataclass(frozen=True)
class Run:
    """One run as it stands now.

    Attributes:
        id: Name of its folder.
        folder: The folder.
        state: One of ``dbl_core.runs.state.STATES``.
        message: A sentence about the state, or about what is damaged; may be empty.
        config: Its settings; None when the file is damaged.
        status: The child's last words: phase, done, total, message, updated_at.
        created_at: Seconds since the epoch.
        seconds: How long it has run or did run; None before the start.
        map: mAP as fractions, keys total, head, medium, tail: the result's, else the last epoch's, else None.
    """

    id: str
    folder: Path
    state: str
    message: str = ""
    config: RunConfig | None = None
    status: Mapping[str, Any] = field(default_factory=dict)
    created_at: float = 0.0
    seconds: float | None = None
    map: Mapping[str, float | None] | None = None

    @property
    def active(self) -> bool:
        """Whether it is queued or running, so that looking again is worth it."""
        return self.state in states.ACTIVE


def create(run_dir: Path | str | RunPaths, config: BaseModel) -> RunPaths:
    """Make the folder of a new run and write its configuration.

    Of several creators of one folder exactly one succeeds. Other jobs, such as downloads, bring their own model.

    Raises:
        RunError: If the folder exists and is not empty, or cannot be written; an empty folder is then taken away.
    """
    paths = RunPaths.at(run_dir)
    with writing(paths.folder):
        try:
            paths.folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise RunError(f"{str(paths.folder)!r} is a file; choose another run folder") from error
        taken = RunError(f"run folder {str(paths.folder)!r} exists and is not empty; choose another or remove it")
        if any(paths.folder.iterdir()):
            raise taken
        try:
            paths.log.touch(exist_ok=False)
        except FileExistsError as error:
            raise taken from error
    try:
        write_json(paths.config, config.model_dump(mode="json"))
    except RunError:
        with suppress(OSError):
            paths.log.unlink()
            paths.folder.rmdir()
        raise
    return paths


def new_run_dir(runs_dir: Path | str, config: RunConfig) -> Path:
    """Make an empty folder with a readable name that no other run has: time, loss, sampler.

    Raises:
        RunError: If the folder of runs cannot be written.
    """
    return unused_folder(runs_dir, f"{time.strftime('%Y%m%d-%H%M%S')}-{config.loss.name}-{config.train.sampler}")


def unused_folder(parent: Path | str, name: str) -> Path:
    """Make an empty folder of that name, or with a number behind it if that is taken; RunError if it cannot be made."""
    number = 1
    while True:
        folder = Path(parent).absolute() / (name if number == 1 else f"{name}-{number}")
        with writing(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            try:
                folder.mkdir()
            except FileExistsError:
                number += 1
                continue
        return folder


def read_config(run_dir: Path | str) -> RunConfig:
    """The settings of a run.

    Raises:
        RunError: If the file is missing or holds nonsense, with what is wrong in it.
    """
    paths = RunPaths(Path(run_dir))
    try:
        return RunConfig.model_validate_json(paths.config.read_bytes())
    except OSError as error:
        raise RunError(f"{str(paths.folder)!r} is not a run: {paths.config.name} cannot be read") from error
    except ValidationError as error:
        raise RunError(f"{paths.config.name} of {str(paths.folder)!r} is not valid: {explain(error)}") from error


def read_run(run_dir: Path | str) -> Run:
    """One run as it stands now; a damaged one is described, not raised."""
    paths = RunPaths(Path(run_dir))
    config, complaint = None, ""
    try:
        config = read_config(paths.folder)
    except RunError as error:
        complaint = str(error)
    now = states.standing(paths)
    state = now.state if config is not None or now.process else "lost"
    result = read_json(paths.result) or {}
    started = states.moment(now.process, "started_at")
    return Run(
        id=paths.folder.name,
        folder=paths.folder,
        state=state,
        message=complaint or now.message,
        config=config,
        status=now.status,
        created_at=states.created_at(paths),
        seconds=states.moment(result, "seconds") or _seconds(now, started),
        map=_map(result) or _map(next(reversed(read_jsonl(paths.metrics, max_bytes=1 << 20)), {})),
    )


def _seconds(now: states.Standing, started: float | None) -> float | None:
    if started is None:
        return None
    end = time.time() if now.state in states.ACTIVE else states.moment(now.status, "updated_at")
    return None if end is None else max(end - started, 0.0)


def _map(record: Mapping[str, Any]) -> dict[str, float | None] | None:
    values = record.get("map")
    if not isinstance(values, dict):
        return None
    return {str(group): float(value) if isinstance(value, int | float) else None for group, value in values.items()}


def list_runs(runs_dir: Path | str) -> list[Run]:
    """The runs of a folder, newest first; folders that are not runs are left out, damaged runs are shown."""
    root = Path(runs_dir).absolute()
    try:
        names = [entry.name for entry in root.iterdir()]
    except OSError:
        return []
    folders = []
    for name in names:
        with suppress(ValueError):
            folders.append(resolve(root, name))
    return sorted(map(read_run, folders), key=lambda run: (run.created_at, run.id), reverse=True)


def resolve(runs_dir: Path | str, run_id: str) -> Path:
    """The folder of a run named from outside, for example in a URL.

    Raises:
        ValueError: If the name is not that of a run directly inside ``runs_dir``: no path, no hidden name, no link out.
    """
    if not isinstance(run_id, str) or not run_id or run_id.startswith(".") or set(run_id) & set("/\\\0"):
        raise ValueError(f"{run_id!r} is not the name of a run; choose one of the list of runs")
    folder = Path(runs_dir).absolute() / run_id
    try:
        inside = folder.resolve().parent == Path(runs_dir).resolve() and RunPaths(folder).config.is_file()
    except (OSError, RuntimeError):
        inside = False
    if not inside:
        raise ValueError(f"there is no run named {run_id!r}; choose one of the list of runs")
    return folder


def read_metrics(run_dir: Path | str) -> list[dict[str, Any]]:
    """One mapping an epoch, oldest first; a line that is being written is left out."""
    return read_jsonl(RunPaths(Path(run_dir)).metrics)


def read_result(run_dir: Path | str) -> dict[str, Any]:
    """The final numbers.

    Raises:
        RunError: If the run has left none, or the file is damaged.
    """
    paths = RunPaths(Path(run_dir))
    result = read_json(paths.result)
    if result is None:
        raise RunError(f"run {paths.folder.name!r} has no readable {paths.result.name}; only finished runs have one")
    return result


def read_scores(run_dir: Path | str) -> dict[str, np.ndarray]:
    """The arrays that the run kept of its test split, such as scores (n_test, n_labels).

    Raises:
        RunError: If there are none, or the file is damaged.
    """
    paths = RunPaths(Path(run_dir))
    try:
        return load_file(paths.scores)
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise RunError(f"run {paths.folder.name!r} has no readable {paths.scores.name}; run it again") from error


def read_log_tail(run_dir: Path | str, n_lines: int = 200) -> str:
    """The last lines of what the child printed, at most 256 KiB of it."""
    return read_text_tail(RunPaths(Path(run_dir)).log, n_lines)


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
    deletion = f"{time.time_ns()}"
    with writing(folder):
        target = trash_dir(Path(runs_dir)) / deletion
        target.mkdir(parents=True)
        folder.rename(target / run_id)
    return deletion


def restore_run(runs_dir: Path | str, deletion: str) -> Path:
    """Undo a deletion.

    Args:
        runs_dir: The folder of runs.
        deletion: What :func:`delete_run` returned.

    Returns:
        The run folder, back in its place.

    Raises:
        ValueError: If there is no such deletion.
        RunError: If another run has taken the name, or the folder cannot be moved.
    """
    trashed = trash_dir(Path(runs_dir)) / deletion
    found = list(trashed.iterdir()) if deletion.isdecimal() and trashed.is_dir() else []
    if len(found) != 1:
        raise ValueError(f"there is no deletion {deletion!r} to undo; the trash may have been emptied")
    folder = Path(runs_dir).absolute() / found[0].name
    if folder.exists():
        raise RunError(f"another run is named {folder.name!r} now; rename or delete it before undoing")
    with writing(folder):
        found[0].rename(folder)
        trashed.rmdir()
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
