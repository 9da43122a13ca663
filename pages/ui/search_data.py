"""What the pages know about searches: read from their folders beside the runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core.runs import store
from dbl_core.runs.store import Run
from dbl_core.search.store import Search, list_searches, read_search, resolve_search, search_of
from dbl_core.search.study import parameter_importance, read_trials
from dbl_core.search.trials import Trial
from pages.ui import launch


def all_searches() -> list[Search]:
    """Every search of the lab, newest first."""
    return list_searches(launch.runs_dir())


def find_search(search_id: str) -> Search:
    """One search by the id that an address names.

    Raises:
        ValueError: If there is no such search.
    """
    return read_search(resolve_search(launch.runs_dir(), search_id))


def trials_of(search: Search) -> list[Trial]:
    """The trials of a search so far.

    Raises:
        RunError: If its journal is damaged.
    """
    try:
        found = search.paths.journal.stat()
    except OSError:
        return []
    return list(_trials(str(search.paths.folder), (found.st_size, found.st_mtime_ns)))


@st.cache_data(max_entries=16, show_spinner=False)
def _trials(folder: str, stamp: tuple[int, int]) -> list[Trial]:
    return read_trials(read_search(folder).paths)


def importance_of(search: Search, trials: list[Trial], key: str) -> dict[str, float]:
    """How much each setting decides about a mAP; empty where too few trials have ended."""
    done = tuple(trial.number for trial in trials if trial.has(key))
    return _importance(str(search.paths.folder), done, key, trials, search)


@st.cache_data(max_entries=64, show_spinner=False)
def _importance(
    folder: str, done: tuple[int, ...], key: str, _trials: list[Trial], _search: Search
) -> dict[str, float]:
    return parameter_importance(_trials, _search.config, key)


def owners_of(runs: Sequence[Run]) -> dict[str, str | None]:
    """Id of every run -> id of the search that it is a trial of, None for a run of its own."""
    searches = [search.id for search in all_searches()]
    return {run.id: search_of(run.id, searches) for run in runs}


def runs_of(ids: list[str]) -> list[Run]:
    """Those of some runs that are still there."""
    found = []
    for run_id in ids:
        try:
            found.append(store.read_run(store.resolve(launch.runs_dir(), run_id)))
        except ValueError:
            continue
    return found
