"""Searches on disk: find, read, delete. A folder among the runs is a search when it holds ``search.json``."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dbl_core.config import explain
from dbl_core.errors import RunError
from dbl_core.runs import identity, store
from dbl_core.runs import state as states
from dbl_core.runs.folders import folder_named, folders_where
from dbl_core.runs.paths import SearchPaths
from dbl_core.runs.trash import discard
from dbl_core.search.config import SearchConfig

CONFIRM = "confirm"


@dataclass(frozen=True)
class Search:
    """One search as it stands now.

    Attributes:
        paths: Its files.
        state: One of ``dbl_core.runs.state.STATES``.
        message: A sentence about the state, or about what is damaged; may be empty.
        config: Its settings; None when the file is damaged.
        status: The last words of its process: phase, done, total, message, updated_at.
        created_at: Seconds since the epoch.
    """

    paths: SearchPaths
    state: str
    message: str = ""
    config: SearchConfig | None = None
    status: Mapping[str, Any] = field(default_factory=dict)
    created_at: float = 0.0

    @property
    def id(self) -> str:
        """Name of its folder."""
        return self.paths.folder.name

    @property
    def active(self) -> bool:
        """Whether its process works or is about to."""
        return self.state in states.ACTIVE


def read_search_config(paths: SearchPaths) -> SearchConfig:
    """The settings of a search.

    Raises:
        RunError: If the file is missing or holds nonsense, with what is wrong in it.
    """
    try:
        return SearchConfig.model_validate_json(paths.config.read_bytes())
    except OSError as error:
        raise RunError(f"{str(paths.folder)!r} is not a search: {paths.config.name} cannot be read") from error
    except ValidationError as error:
        raise RunError(f"{paths.config.name} of {str(paths.folder)!r} is not valid: {explain(error)}") from error


def read_search(search_dir: Path | str) -> Search:
    """One search as it stands now; a damaged one is described, not raised."""
    paths = SearchPaths(Path(search_dir))
    config, complaint = None, ""
    try:
        config = read_search_config(paths)
    except RunError as error:
        complaint = str(error)
    now = states.standing(paths)
    state = now.state if config is not None or now.process else "lost"
    return Search(paths, state, complaint or now.message, config, now.status, states.created_at(paths))


def list_searches(runs_dir: Path | str) -> list[Search]:
    """The searches of a folder of runs, by name, newest first; damaged ones are shown as such."""
    found = map(read_search, folders_where(runs_dir, resolve_search))
    return sorted(found, key=lambda search: (search.created_at, search.id), reverse=True)


def resolve_search(runs_dir: Path | str, search_id: str) -> Path:
    """The folder of a search named from outside, for example in a URL.

    Raises:
        ValueError: If the name is not that of a search directly inside ``runs_dir``.
    """
    return folder_named(
        runs_dir, search_id, ("search", "searches"), lambda folder: SearchPaths(folder).config.is_file()
    )


def new_search_dir(runs_dir: Path | str, config: SearchConfig) -> Path:
    """Make an empty folder with a readable name that nothing else has: time, "search", loss.

    Raises:
        RunError: If the folder of runs cannot be written.
    """
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-search-{config.base.loss.name}"
    return store.unused_folder(runs_dir, name)


def search_of(run_id: str, searches: Iterable[str]) -> str | None:
    """Which search a run belongs to, by its name; None for a run of its own.

    Args:
        run_id: Name of the run's folder.
        searches: Ids of the searches.
    """
    owners = [name for name in searches if run_id.startswith(f"{name}-") and _TRIAL.fullmatch(run_id[len(name) :])]
    return max(owners, key=len, default=None)


def is_trial(run_id: str, searches: Iterable[str]) -> bool:
    """Whether a run tries something for a search, which would repeat it; a confirming run stands for itself."""
    owner = search_of(run_id, searches)
    return owner is not None and not run_id.startswith(f"{owner}-{CONFIRM}-")


_TRIAL = re.compile(rf"-({CONFIRM}-)?\d{{3,}}(-s\d+)?(-\d+)?")


def delete_search(runs_dir: Path | str, search_id: str) -> str:
    """Move a search to the trash of its folder of runs; its runs stay.

    Returns:
        The name of the deletion, for ``dbl_core.runs.trash.restore_run``.

    Raises:
        ValueError: If there is no such search.
        RunError: If it is at work, or cannot be moved.
    """
    paths = SearchPaths(resolve_search(runs_dir, search_id))
    now = states.standing(paths)
    if now.state in states.ACTIVE or identity.find(now.process) is not None:
        raise RunError(f"search {search_id!r} is still {now.state}; stop it before deleting it")
    return discard(paths.folder, runs_dir)
