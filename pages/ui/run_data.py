"""What the pages know about runs: read from their folders, what is costly kept for a while."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dbl_core.errors import RunError
from dbl_core.metrics import BootstrapIntervals, paired_intervals
from dbl_core.runs import store
from dbl_core.runs.comparison import SeedGroup
from dbl_core.runs.outcome import Result, read_outcome
from dbl_core.runs.store import Run
from pages.ui import cache, launch

STATE_LOOK = {
    "queued": ("gray", ":material/hourglass_empty:"),
    "running": ("blue", ":material/play_arrow:"),
    "finished": ("green", ":material/check:"),
    "stopped": ("orange", ":material/stop:"),
    "failed": ("red", ":material/error:"),
    "lost": ("red", ":material/help:"),
}


def all_runs() -> list[Run]:
    """Every run of the lab, newest first."""
    return store.list_runs(launch.runs_dir())


def find_run(run_id: str) -> Run:
    """One run by the id that an address names.

    Raises:
        ValueError: If there is no such run.
    """
    return store.read_run(store.resolve(launch.runs_dir(), run_id))


def result_of(run: Run) -> Result | None:
    """The final numbers of a run; None when it has none that can be read."""
    try:
        return read_outcome(run.folder)
    except RunError:
        return None


def paired_of(group: SeedGroup, baseline: SeedGroup) -> BootstrapIntervals | None:
    """Intervals of the difference of two lone runs over the same resampled test images.

    None where a group has several seeds, scores are missing, or the runs saw other test images or training counts.
    """
    if len(group.results) != 1 or len(baseline.results) != 1:
        return None
    if group.results[0].label_counts != baseline.results[0].label_counts:
        return None
    first, second = (next(run for run, result in each.runs.items() if result) for each in (group, baseline))
    return _paired(first, second, str(launch.runs_dir()), (_stamp(first), _stamp(second)))


@st.cache_data(ttl=3600, max_entries=64, show_spinner="Resampling the test images")
def _paired(first: str, second: str, runs_dir: str, stamps: tuple[float, float]) -> BootstrapIntervals | None:
    runs = [store.read_run(store.resolve(runs_dir, run)) for run in (first, second)]
    try:
        kept = [store.read_scores(run.folder) for run in runs]
        rows, other_rows = (arrays["test_rows"] for arrays in kept)
        dataset = cache.dataset(runs[0].config.dataset)
        if not np.array_equal(rows, other_rows) or rows.max(initial=0) >= len(dataset.labels):
            return None
        scores, other_scores = (arrays["scores"] for arrays in kept)
        return paired_intervals(dataset.labels[rows], scores, other_scores, dataset.label_counts)
    except (RunError, KeyError, IndexError, ValueError):
        return None


def _stamp(run_id: str) -> float:
    return store.resolve(launch.runs_dir(), run_id).stat().st_mtime


def percent(fraction: float | None) -> str:
    """A fraction as a percentage with one decimal; a dash when it is not known."""
    return "–" if fraction is None or fraction != fraction else f"{100 * fraction:.1f}"
