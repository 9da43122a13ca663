"""What the pages know about runs: read from their folders, what is costly kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

import numpy as np
import streamlit as st

from dbl_core.errors import RunError
from dbl_core.metrics import BootstrapIntervals, paired_intervals
from dbl_core.runs import store
from dbl_core.runs.comparison import Difference, SeedGroup
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


def ids_in(text: str) -> list[str]:
    """The run ids in an address parameter, see :func:`ids_text`."""
    return [unquote(part) for part in text.split(",") if part]


def ids_text(ids: Sequence[str]) -> str:
    """Run ids as one address parameter, separated by commas; a comma or per cent sign in a name is escaped."""
    return ",".join(run_id.replace("%", "%25").replace(",", "%2C") for run_id in ids)


def result_of(run: Run) -> Result | None:
    """The final numbers of a run; None when it has none that can be read."""
    try:
        return read_outcome(run.folder)
    except RunError:
        return None


def paired_of(group: SeedGroup, baseline: SeedGroup) -> BootstrapIntervals | None:
    """Intervals of the difference of one run of each group over the same resampled test images.

    Runs of a common seed are taken where there are any. None where there is no such pair, scores are missing, or the
    runs saw other test images or training counts.
    """
    pairs = [
        (first, second)
        for first, result in group.runs.items()
        for second, other in baseline.runs.items()
        if result is not None and other is not None and result.label_counts == other.label_counts
    ]
    pairs.sort(key=lambda pair: group.seeds[pair[0]] != baseline.seeds[pair[1]])
    if not pairs:
        return None
    first, second = pairs[0]
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


def points(fraction: float | None) -> float | None:
    """A fraction as percentage points, None when it is not known; for columns of numbers."""
    return None if fraction is None or fraction != fraction else 100 * fraction


def signed_range(difference: Difference) -> str:
    """A difference in points with its interval, marked where it is inside the noise."""
    if difference.value != difference.value:
        return "–"
    noise = " · noise" if difference.inside_noise else ""
    low, high = (f"{100 * end:+.1f}" for end in (difference.low, difference.high))
    return f"{100 * difference.value:+.1f} ({low} to {high}){noise}"
