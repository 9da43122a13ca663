"""How long the launch will take, said before the button: from finished runs like it, and the runs that come first."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dbl_core.config import RunConfig
from dbl_core.runs import queue, store
from dbl_core.runs.devices import expected_device
from dbl_core.runs.estimate import Estimate, estimate, launch_words
from dbl_core.runs.paths import queue_dir
from dbl_core.train.draws import plan_epochs
from pages.ui import cache, launch


def estimate_line(config: RunConfig, n_runs: int) -> None:
    """Say how long so many runs of these settings will take.

    Args:
        config: The settings of one of them.
        n_runs: How many are launched together, at least 1.
    """
    plan = plan_epochs(config.train, cache.dataset(config.dataset).label_counts)
    root = launch.runs_dir()
    found, n_ahead = _outlook(config.model_dump_json(), plan.n_steps, str(root), _stamp(root))
    words = launch_words(found, n_runs=n_runs, n_ahead=n_ahead, at_once=queue.runs_at_once())
    st.caption(f":material/schedule: {words}")


@st.cache_data(ttl=5, max_entries=64, show_spinner=False)
def _outlook(config_json: str, n_steps: int, runs_dir: str, stamp: tuple[int, ...]) -> tuple[Estimate | None, int]:
    """What to expect of a run, and how many runs of its device are at work or wait."""
    config, runs = RunConfig.model_validate_json(config_json), store.list_runs(runs_dir)
    device = expected_device(config.train.device)
    at_work = [run.config for run in runs if run.active and run.config is not None]
    n_ahead = sum(expected_device(other.train.device) == device for other in at_work)
    return estimate(runs, config, n_steps=n_steps), n_ahead


def _stamp(runs_dir: Path) -> tuple[int, ...]:
    """What changes when a run is created, or leaves the line."""
    folders = (runs_dir, queue_dir(runs_dir))
    return tuple(folder.stat().st_mtime_ns if folder.is_dir() else 0 for folder in folders)
