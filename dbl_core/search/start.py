"""Start, continue and confirm searches; for pages and the command line. Stop one with ``process.request_stop``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import filelock

from dbl_core.config import RunConfig
from dbl_core.errors import RunError
from dbl_core.runs import process, store
from dbl_core.runs.paths import RunPaths, SearchPaths
from dbl_core.runs.record import write_json, writing
from dbl_core.runs.state import ACTIVE, standing
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import with_settings
from dbl_core.search.store import CONFIRM, read_search_config
from dbl_core.search.trials import Trial, budget_of, verdict

MOST_CONFIRMATIONS = 10


def command_of(paths: SearchPaths) -> list[str]:
    """The command of the process of a search."""
    return [sys.executable, "-m", "dbl_core.search", str(paths.folder)]


def create_search(search_dir: Path | str, config: SearchConfig) -> SearchPaths:
    """Make the folder of a new search; its runs will lie beside it.

    Raises:
        RunError: If the folder exists and is not empty, or cannot be written.
    """
    paths = SearchPaths(Path(search_dir))
    store.create(paths, config)
    return paths


def launch_search(paths: SearchPaths) -> int:
    """Start the process of a created search and return its pid.

    Raises:
        RunError: If no process can be started.
    """
    return process.launch(paths, command=command_of(paths))


def reopen(paths: SearchPaths, *, runs: int | None = None, minutes: float | None = None) -> None:
    """Make a search that ended, was stopped, failed or was killed ready to go on; start its process afterwards.

    Args:
        paths: The search.
        runs: A new budget of runs in all, those of before included; None leaves it.
        minutes: A new budget of minutes in all; None leaves it.

    Raises:
        ValueError: If its budget is used up and no larger one is given, or the new one is not allowed.
        RunError: If it is at work, is damaged, or cannot be written.
    """
    from dbl_core.search.study import read_trials

    read_search_config(paths)  # no lock file where there is no search
    with writing(paths.lock), filelock.FileLock(paths.lock):
        if standing(paths).state in ACTIVE:
            raise RunError(f"search {paths.folder.name!r} is at work already")
        config = read_search_config(paths)
        values = config.model_dump(mode="json")
        values |= {key: value for key, value in (("runs", runs), ("minutes", minutes)) if value is not None}
        changed = SearchConfig.model_validate(values)
        if not budget_of(read_trials(paths), changed).left:
            raise ValueError("the budget of this search is used up; give more runs or minutes to go on")
        if changed != config:
            _write_again(paths, changed)
        for file in (paths.stop, paths.error, paths.status, paths.process):
            with writing(file):
                file.unlink(missing_ok=True)


def _write_again(paths: SearchPaths, config: SearchConfig) -> None:
    """Write other settings; the search is still as old as it was."""
    created = paths.config.stat().st_mtime
    write_json(paths.config, config.model_dump(mode="json"))
    with writing(paths.config):
        os.utime(paths.config, (created, created))


def continue_search(paths: SearchPaths, *, runs: int | None = None, minutes: float | None = None) -> int:
    """Go on with a search, see :func:`reopen`, and return the pid of its process."""
    reopen(paths, runs=runs, minutes=minutes)
    return launch_search(paths)


def trial_to_confirm(trials: Sequence[Trial], config: SearchConfig, number: int | None = None) -> Trial:
    """The trial of a number, or the best one.

    Raises:
        ValueError: If there is no such trial, it did not end well, or of two aims none was chosen.
    """
    found = verdict(trials, config)
    if number is None and len(config.keys) > 1 and len(found.front) > 1:
        front = ", ".join(str(trial.number) for trial in found.front)
        raise ValueError(f"a search with two aims has no single winner; choose a trial, on the front are {front}")
    chosen = found.best if number is None else next((each for each in found.finished if each.number == number), None)
    if chosen is None:
        which = "no trial" if number is None else f"no trial {number} that"
        raise ValueError(f"{which} has ended well; wait for one, or choose another")
    return chosen


def confirming_runs(paths: SearchPaths, trial: int) -> dict[int, str]:
    """The runs that repeat a trial with fresh seeds: seed -> id of the run; of a repeated seed the first."""
    found: dict[int, str] = {}
    with suppress(OSError):
        for folder in sorted(paths.folder.parent.glob(f"{_escaped(paths)}-{CONFIRM}-{trial:03d}-s*")):
            with suppress(RunError):
                found.setdefault(store.read_config(folder).train.seed, folder.name)
    return found


def _escaped(paths: SearchPaths) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in paths.folder.name)


def confirm(paths: SearchPaths, trial: Trial, n_seeds: int) -> list[RunPaths]:
    """Create runs that repeat a trial with seeds that the search has not seen; launch them as any other run.

    Raises:
        ValueError: If the number of seeds is not allowed.
        RunError: If a folder cannot be written.
    """
    if not 1 <= n_seeds <= MOST_CONFIRMATIONS:
        raise ValueError(f"a trial is confirmed with 1 to {MOST_CONFIRMATIONS} fresh seeds, not {n_seeds}")
    config = read_search_config(paths)
    first = max([*config.trial_seeds, *confirming_runs(paths, trial.number)]) + 1
    created = []
    for seed in range(first, first + n_seeds):
        repeated: RunConfig = with_settings(config.base, trial.settings, seed=seed)
        name = f"{paths.folder.name}-{CONFIRM}-{trial.number:03d}-s{seed}"
        created.append(store.create(store.unused_folder(paths.folder.parent, name), repeated))
    return created
