"""Create, find and read runs.

A folder is a run when it holds a configuration file, or what only a run leaves behind. Everything read here may be
torn, damaged or foreign: a reader gets None or an empty list for it, and a listing shows such a run as what it is
instead of failing.
"""

from __future__ import annotations

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
from dbl_core.runs import state as states
from dbl_core.runs.folders import folder_named, folders_where
from dbl_core.runs.paths import RunPaths, SearchPaths
from dbl_core.runs.record import read_json, read_jsonl, read_tail, read_text_tail, showable, write_json, writing
from dbl_core.runs.resources import Resources, resources_of

MAX_CONFIG_BYTES = 1 << 20
MAX_NAME = 255


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
        seconds: How long it has run or did run, of one that is queued how long it has waited; None before the start.
        map: mAP as fractions, keys total, head, medium, tail: the result's, else the last epoch's, else None.
        origin: Of an imported run, its name where it was trained; else empty.
        pinned: Whether it is kept when the folder is pruned.
        resources: Where it computes and how much memory that takes: peaks when it has finished.
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
    origin: str = ""
    pinned: bool = False
    resources: Resources = field(default_factory=Resources)

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
    data = read_tail(paths.config, MAX_CONFIG_BYTES)
    if not data:
        raise RunError(f"{str(paths.folder)!r} is not a run: it has no {paths.config.name} that can be read")
    try:
        return RunConfig.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"] if first["type"] == "json_invalid" else explain(error)
        raise RunError(f"{paths.config.name} of {str(paths.folder)!r} is not valid: {reason}") from error


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
    result, origin = read_json(paths.result) or {}, read_json(paths.origin) or {}
    started = states.moment(now.status, "began_at") or states.moment(now.process, "started_at")
    return Run(
        id=paths.folder.name,
        folder=paths.folder,
        state=state,
        message=showable(complaint, states.MAX_MESSAGE) or now.message,
        config=config,
        status=now.status,
        created_at=states.created_at(paths),
        seconds=states.moment(result, "seconds") or states.moment(origin, "seconds") or _seconds(now, started),
        map=_map(result) or _map(next(reversed(read_jsonl(paths.metrics, max_bytes=1 << 20)), {})),
        origin=showable(origin.get("id") or "", MAX_NAME),
        pinned=paths.pin.exists(),
        resources=resources_of(result or now.status),
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
    return {str(group): _fraction(value) for group, value in values.items()}


def _fraction(value: Any) -> float | None:
    """A number a page can show; None for what a damaged file may hold in its place."""
    return float(value) if isinstance(value, int | float) and abs(value) <= 1 else None


def list_runs(runs_dir: Path | str) -> list[Run]:
    """The runs of a folder, newest first; folders that are not runs are left out, damaged runs are shown."""
    found = map(read_run, folders_where(runs_dir, resolve))
    return sorted(found, key=lambda run: (run.created_at, run.id), reverse=True)


def resolve(runs_dir: Path | str, run_id: str) -> Path:
    """The folder of a run named from outside, for example in a URL.

    Raises:
        ValueError: If the name is not that of a run directly inside ``runs_dir``: no path, no hidden name, no link
            out, no bytes that are no text.
    """
    return folder_named(runs_dir, run_id, ("run", "runs"), lambda folder: _is_run(RunPaths(folder)))


def _is_run(paths: RunPaths) -> bool:
    """Whether a folder holds a configuration, or what only a run leaves behind: then it is a damaged one."""
    if _is_search(paths.folder):
        return False
    return paths.config.is_file() or any(
        path.is_file() for path in (paths.status, paths.process, paths.metrics, paths.result)
    )


def _is_search(folder: Path) -> bool:
    """Whether a folder is that of a search, which lies beside its runs."""
    return SearchPaths(folder).config.is_file()


def foreign_folders(runs_dir: Path | str) -> list[str]:
    """Names of folders that are neither run nor search: copied there by hand, linked, or without a single record."""
    root = Path(runs_dir).absolute()
    try:
        names = [entry.name for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return []
    found = []
    for name in sorted(names):
        try:
            resolve(root, name)
        except ValueError:
            if not _is_search(root / name):
                found.append(name)
    return found


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
        if not paths.scores.is_file():  # opening a pipe would wait for ever
            raise FileNotFoundError(paths.scores)
        return load_file(paths.scores)
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise RunError(f"run {paths.folder.name!r} has no readable {paths.scores.name}; run it again") from error


def read_log_tail(run_dir: Path | str, n_lines: int = 200) -> str:
    """The last lines of what the child printed, at most 256 KiB of it."""
    return read_text_tail(RunPaths(Path(run_dir)).log, n_lines)
