"""From settings to a running child process, and to the command that does the same."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from dbl_core import hosting
from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.config.command_line import command_line, config_words, flag_name
from dbl_core.errors import RunError
from dbl_core.runs import budget, paths, process, store, visitors
from dbl_core.search import start
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Searchable
from dbl_core.search.store import list_searches, new_search_dir

__all__ = [
    "DEMO",
    "MAX_SEARCHES",
    "MAX_WAITING",
    "command_line",
    "launch_demo",
    "launch_run",
    "launch_search",
    "runs_dir",
    "search_command_line",
]

MAX_WAITING = 30
"""How many runs may wait for their turn, one for each of a class; a waiting process takes 13 MB of its own."""
MAX_SEARCHES = 3
"""How many searches may be at work; they take turns run by run."""
DEMO = {
    "BCE, uniform sampling": RunConfig(loss=LossConfig(name="bce"), train=TrainConfig(sampler="uniform")),
    "DB-Focal, class-aware sampling": RunConfig(),
}
"""The first comparison of the story: what everybody starts with, and the paper's method."""


def runs_dir() -> Path:
    """The folder of runs that the pages show; in a public lab the visitor's own."""
    return visitors.runs_dir(paths.DEFAULT_RUNS_DIR)


def launch_run(config: RunConfig, *, command: Sequence[str] | None = None) -> str:
    """Create a run and start its child process, which waits until no other run computes.

    Args:
        config: The settings.
        command: Another command than ``python -m dbl_core.train``; tests use it.

    Returns:
        The id of the run.

    Raises:
        RunError: If too many runs wait already, the runs take more than their budget of the disk, the folder of runs
            cannot be written, or no process can be started; nothing is left behind then.
        ValueError: If the lab is public and does not train such runs.
    """
    budget.check_launch(runs_dir())
    with visitors.place_for_run(paths.DEFAULT_RUNS_DIR):
        return _launch(visitors.launchable(config), command)


def _launch(config: RunConfig, command: Sequence[str] | None) -> str:
    waiting = sum(run.state == "queued" for run in store.list_runs(runs_dir()))
    if waiting >= MAX_WAITING:
        raise RunError(f"{waiting} runs are waiting already; stop some of them on Runs, or launch again later")
    folder = store.new_run_dir(runs_dir(), config)
    try:
        store.create(folder, config)
        process.launch(folder, queue=True, command=command)
    except RunError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder.name


def launch_demo() -> tuple[str, ...]:
    """Start plain BCE and DB-Focal, one after the other, and return the ids of the two runs.

    Raises:
        RunError: As :func:`launch_run`.
    """
    return tuple(launch_run(config) for config in DEMO.values())


def search_command_line(config: SearchConfig, *, search_dir: str = "runs/my-search") -> str:
    """The command that searches the same, quoted for a shell."""
    words = ["python", "-m", "dbl_core", "search", "--search-dir", search_dir, *config_words(config.base)]
    for dimension in config.space:
        name = Searchable(setting=dimension.setting).name
        ends = f"{dimension.low:.9g}:{dimension.high:.9g}:{dimension.scale}" if not dimension.choices else ""
        words += ["--vary", f"{name}={','.join(dimension.choices) or ends}"]
    for field in ("objective", "runs", "minutes", "seeds", "search_seed"):
        value = getattr(config, field)
        said = field == "runs" and config.minutes is not None  # given minutes, the command leaves the runs open
        if value is not None and (said or value != SearchConfig.model_fields[field].default):
            words += [flag_name(field), f"{value:.9g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)


def launch_search(config: SearchConfig) -> str:
    """Create a search and start its process; returns the id of the search.

    Raises:
        RunError: If too many searches are at work already, the runs take more than their budget of the disk, the
            folder of runs cannot be written, or no process can be started; nothing is left behind then.
        ValueError: If the lab is public.
    """
    if hosting.is_public():
        raise ValueError(f"a public lab conducts no searches; {visitors.AT_HOME}")
    budget.check_launch(runs_dir())
    at_work = sum(search.active for search in list_searches(runs_dir()))
    if at_work >= MAX_SEARCHES:
        raise RunError(f"{at_work} searches are at work already; stop one of them, or launch again later")
    folder = new_search_dir(runs_dir(), config)
    try:
        start.launch_search(start.create_search(folder, config))
    except RunError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder.name
