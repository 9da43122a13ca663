"""What the pages know about runs: read from their folders, what is costly kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

import streamlit as st

from dbl_core.errors import DblError, RunError
from dbl_core.metrics import BootstrapIntervals, bootstrap_intervals
from dbl_core.runs import store
from dbl_core.runs.comparison import Difference, SeedGroup
from dbl_core.runs.outcome import Epoch, Result, read_epochs, read_outcome
from dbl_core.runs.paired import pair_of, paired_of_runs
from dbl_core.runs.regroup import regrouped, regrouped_epochs
from dbl_core.runs.store import Run
from pages.ui import cache, launch
from pages.ui.labels_convention import DEFAULT, convention

STATE_LOOK = {
    "queued": ("gray", ":material/hourglass_empty:"),
    "running": ("blue", ":material/play_arrow:"),
    "finished": ("green", ":material/check:"),
    "stopped": ("orange", ":material/stop:"),
    "failed": ("red", ":material/error:"),
    "lost": ("red", ":material/help:"),
}


def all_runs() -> list[Run]:
    """Every run of the lab, newest first; mAP of head, medium and tail by the borders that the user has chosen."""
    found = store.list_runs(launch.runs_dir())
    return found if _as_recorded() else [_regrouped_run(run) for run in found]


def recorded_groups() -> str:
    """A sentence where the user's borders differ from those by which runs add up their weights; else nothing."""
    if _as_recorded():
        return ""
    return " Added up while the run trained, so head, medium and tail are the paper's here."


def _as_recorded() -> bool:
    return convention().name == DEFAULT


def _regrouped_run(run: Run) -> Run:
    if run.map is None:
        return run
    result = _recorded(run)
    epochs = epochs_of(run) if result is None else ()
    if result is None and not epochs:
        return run
    means = epochs[-1].map if epochs else regrouped(result, convention()).map
    return replace(run, map={key: None if value != value else value for key, value in means.items()})


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
    """The final numbers of a run by the borders that the user has chosen; None when it has none that can be read."""
    result = _recorded(run)
    if result is None or _as_recorded():
        return result
    borders = convention()
    stamps = (_stamp(run.id), borders.name)
    return regrouped(result, borders, _intervals(run.id, str(launch.runs_dir()), stamps))


def _recorded(run: Run) -> Result | None:
    try:
        return read_outcome(run.folder)
    except RunError:
        return None


def epochs_of(run: Run) -> tuple[Epoch, ...]:
    """The epochs of a run so far, mAP by the borders that the user has chosen."""
    epochs = read_epochs(run.folder)
    if _as_recorded():
        return epochs
    result = _recorded(run)
    try:
        counts = result.label_counts if result is not None else cache.dataset(run.config.dataset).label_counts
    except (DblError, ValueError, AttributeError):  # no data set, or no settings that could name one
        counts = ()
    return regrouped_epochs(epochs, counts, convention())


@st.cache_data(ttl=3600, max_entries=128, show_spinner="Resampling the test images")
def _intervals(run_id: str, runs_dir: str, stamps: tuple[float, str]) -> BootstrapIntervals | None:
    """Intervals of one run under other borders; None where its scores or its data set cannot be read."""
    run = store.read_run(store.resolve(runs_dir, run_id))
    try:
        kept = store.read_scores(run.folder)
        dataset = cache.dataset(run.config.dataset)
        targets = dataset.labels[kept["test_rows"]]
        return bootstrap_intervals(targets, kept["scores"], dataset.label_counts, convention=stamps[1])
    except (DblError, KeyError, IndexError, ValueError, AttributeError):
        return None


def paired_of(group: SeedGroup, baseline: SeedGroup) -> BootstrapIntervals | None:
    """Intervals of the difference of one run of each group over the same resampled test images.

    Runs of a common seed are taken where there are any. None where there is no such pair, scores are missing, or the
    runs saw other test images or training counts.
    """
    pair = pair_of(group, baseline)
    if pair is None:
        return None
    first, second = pair
    return _paired(first, second, str(launch.runs_dir()), (_stamp(first), _stamp(second), convention().name))


@st.cache_data(ttl=3600, max_entries=64, show_spinner="Resampling the test images")
def _paired(first: str, second: str, runs_dir: str, stamps: tuple[float, float, str]) -> BootstrapIntervals | None:
    runs = [store.read_run(store.resolve(runs_dir, run)) for run in (first, second)]
    return paired_of_runs(runs[0].folder, runs[1].folder, cache.dataset(runs[0].config.dataset), stamps[2])


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
