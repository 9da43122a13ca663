"""What a report rests on: the chosen runs as they lie in their folders, grouped by settings, with their data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset, load_dataset
from dbl_core.errors import DblError, RunError
from dbl_core.longtail import Convention, convention_named
from dbl_core.metrics import BootstrapIntervals, bootstrap_intervals
from dbl_core.runs import store
from dbl_core.runs.comparison import LEAST_FREEDOM, SeedGroup, pooled_spread, seed_groups
from dbl_core.runs.kept_scores import kept_scores
from dbl_core.runs.outcome import Epoch, Result, read_epochs, read_outcome
from dbl_core.runs.paired import pair_of, paired_of_runs
from dbl_core.runs.regroup import regrouped, regrouped_epochs
from dbl_core.runs.store import Run
from dbl_core.viz.run_looks import run_places

MOST_RUNS = 40
MOST_PAIRED = 8
"""So many groups of runs are resampled against the baseline; the others have the cautious interval."""
MOST_CELLS = 8_000_000
"""Cells (test images times classes) that are resampled in all, so that a report takes seconds, not minutes."""
DEFAULT_GROUPS = "db"
UNFINISHED = {
    "queued": "it is still waiting for its turn",
    "running": "it is still running",
    "failed": "it failed, and its log says why",
    "stopped": "it was stopped before its end",
    "lost": "it ended without a result, as its process died",
}
"""State of a run -> why there is nothing of it to report."""

Loader = Callable[[DatasetConfig], MultiLabelDataset]


@dataclass(frozen=True)
class ReportedRun:
    """A finished run: where it lies, its final numbers, its epochs."""

    run: Run
    result: Result
    epochs: tuple[Epoch, ...]


@dataclass(frozen=True)
class Evidence:
    """The runs of a report.

    Attributes:
        runs: Run id -> the run, in the order in which they were named.
        groups: The same by settings; the first is the baseline.
        datasets: A data set's settings -> the data set, or a sentence on why it cannot be opened here.
        convention: The borders of head, medium and tail.
        left_out: Sentences on runs that were named and are not reported.
    """

    runs: Mapping[str, ReportedRun]
    groups: tuple[SeedGroup, ...]
    datasets: Mapping[str, MultiLabelDataset | str]
    convention: Convention
    left_out: tuple[str, ...] = ()

    @cached_property
    def styles(self) -> dict[str, int]:
        """Key of a group -> index for ``dbl_core.viz.run_looks.run_style``."""
        return run_places(group.key for group in self.groups)

    @cached_property
    def paired(self) -> dict[str, BootstrapIntervals | None]:
        """Key of a group -> its intervals against the baseline over the same resampled test images, where known.

        The first ``MOST_PAIRED`` groups only, and within ``MOST_CELLS``; none where the spread between seeds judges
        every difference.
        """
        baseline, *others = self.groups
        if all(pooled_spread(self.groups, key)[1] >= LEAST_FREEDOM for key in baseline.results[0].map):
            return {}
        found, cells = {}, 0
        for group in others[:MOST_PAIRED]:
            dataset = self.dataset_of(group.config.dataset)
            cells += 0 if dataset is None else len(dataset.test_rows) * dataset.n_labels
            if dataset is not None and cells <= MOST_CELLS:
                found[group.key] = self._paired(group, baseline, dataset)
        return found

    def dataset_of(self, config: DatasetConfig) -> MultiLabelDataset | None:
        """The data set of a run; None where it cannot be opened here."""
        found = self.datasets[dataset_key(config)]
        return None if isinstance(found, str) else found

    def members(self, group: SeedGroup) -> list[ReportedRun]:
        """The runs of a group."""
        return [self.runs[run_id] for run_id in group.runs]

    def _paired(self, group: SeedGroup, baseline: SeedGroup, dataset: MultiLabelDataset) -> BootstrapIntervals | None:
        pair = pair_of(group, baseline)
        if pair is None:
            return None
        first, second = (self.runs[run_id].run.folder for run_id in pair)
        return paired_of_runs(first, second, dataset, self.convention)


def dataset_key(config: DatasetConfig) -> str:
    """What tells two choices of data apart."""
    return config.model_dump_json(exclude_none=True)


def load(config: DatasetConfig) -> MultiLabelDataset:
    """Open the data set of a run from the command line."""
    return load_dataset(config.name, **config.options)


def gather(folders: Sequence[Path], *, groups: str = DEFAULT_GROUPS, loader: Loader = load) -> Evidence:
    """Read the runs of a report.

    Args:
        folders: Folders of runs, the baseline first.
        groups: Name of the convention of head, medium and tail; the paper's are those that runs record.
        loader: Opens the data set of a run.

    Raises:
        RunError: If none of the runs has finished with a result that can be read.
        ValueError: For more than ``MOST_RUNS`` runs, for two of one name, or an unknown convention.
    """
    if len(folders) > MOST_RUNS:
        raise ValueError(f"a report holds at most {MOST_RUNS} runs, not {len(folders)}; choose fewer")
    convention = convention_named(groups)
    chosen = list(dict.fromkeys(folders))
    runs = {folder.name: store.read_run(folder) for folder in chosen}
    if len(runs) < len(chosen):
        twice = next(name for name in runs if sum(folder.name == name for folder in chosen) > 1)
        raise ValueError(
            f"two of the runs are named {twice!r}; rename the folder of one, so that they can be told apart"
        )
    found, left_out = {}, []
    for name, run in runs.items():
        try:
            found[name] = _finished(run)
        except RunError as error:
            left_out.append(f"{name} is left out: {error}.")
    if not found:
        raise RunError(f"there is nothing to report. {' '.join(left_out)}")
    datasets = {dataset_key(one.run.config.dataset): one.run.config.dataset for one in found.values()}
    opened = {key: _opened(config, loader) for key, config in datasets.items()}
    if convention.name != DEFAULT_GROUPS:
        found = _regrouped(found, opened, convention)
    by_settings = seed_groups(
        {name: one.run.config for name, one in found.items()}, {name: one.result for name, one in found.items()}
    )
    return Evidence(found, tuple(by_settings), opened, convention, tuple(left_out))


def _finished(run: Run) -> ReportedRun:
    """A run with its numbers.

    Raises:
        RunError: If its settings or its result cannot be read, or it has not finished.
    """
    if run.config is None:
        raise RunError(run.message or "its settings cannot be read")
    if run.state != "finished":
        raise RunError(UNFINISHED.get(run.state, f"it has not finished, it is {run.state}"))
    return ReportedRun(run, read_outcome(run.folder), read_epochs(run.folder))


def _opened(config: DatasetConfig, loader: Loader) -> MultiLabelDataset | str:
    try:
        dataset = loader(config)
    except (DblError, ValueError) as error:
        return str(error)
    return dataset if dataset.has_rows else "the file holds class counts only now"


def _regrouped(
    runs: Mapping[str, ReportedRun], opened: Mapping[str, MultiLabelDataset | str], convention: Convention
) -> dict[str, ReportedRun]:
    """The runs under other borders; head, medium and tail have intervals while ``MOST_CELLS`` last."""
    found, cells = {}, 0
    for name, one in runs.items():
        intervals, dataset = None, opened[dataset_key(one.run.config.dataset)]
        if not isinstance(dataset, str):
            cells += len(dataset.test_rows) * dataset.n_labels
            intervals = _intervals(one.run.folder, dataset, convention) if cells <= MOST_CELLS else None
        epochs = regrouped_epochs(one.epochs, one.result.label_counts, convention)
        found[name] = ReportedRun(one.run, regrouped(one.result, convention, intervals), epochs)
    return found


def _intervals(folder: Path, dataset: MultiLabelDataset, convention: Convention) -> BootstrapIntervals | None:
    try:
        kept = kept_scores(folder, dataset)
        return bootstrap_intervals(kept.targets, kept.logits, kept.label_counts, convention=convention)
    except (DblError, ValueError):
        return None


def percent(fraction: float | None) -> float:
    """A fraction in percent; NaN where it is not known."""
    return math.nan if fraction is None else 100 * fraction
