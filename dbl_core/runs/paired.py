"""Two runs on the same test images: which pair stands for two groups of runs, and how far the two lie apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dbl_core.datasets import MultiLabelDataset
from dbl_core.errors import RunError
from dbl_core.longtail.groups import Convention
from dbl_core.metrics import BootstrapIntervals, paired_intervals
from dbl_core.runs.comparison import SeedGroup
from dbl_core.runs.store import read_scores


def pair_of(group: SeedGroup, baseline: SeedGroup) -> tuple[str, str] | None:
    """One run of each group, of a common seed where there is one; None where none saw the same training counts."""
    pairs = [
        (first, second)
        for first, result in group.runs.items()
        for second, other in baseline.runs.items()
        if result is not None and other is not None and result.label_counts == other.label_counts
    ]
    pairs.sort(key=lambda pair: group.seeds[pair[0]] != baseline.seeds[pair[1]])
    return pairs[0] if pairs else None


def paired_of_runs(
    run_dir: Path | str, other_dir: Path | str, dataset: MultiLabelDataset, convention: str | Convention = "db"
) -> BootstrapIntervals | None:
    """Intervals of the difference of two runs over the same resampled test images, the first minus the second.

    Args:
        run_dir: Folder of a run.
        other_dir: Folder of the run that is subtracted.
        dataset: The data set that the first run names.
        convention: As for ``dbl_core.longtail.group_of``.

    Returns:
        The intervals; None where scores are missing or damaged, or the two saw other test images or classes.
    """
    try:
        kept = [read_scores(folder) for folder in (run_dir, other_dir)]
        rows, other_rows = (arrays["test_rows"] for arrays in kept)
        if not np.array_equal(rows, other_rows) or rows.max(initial=0) >= len(dataset.labels):
            return None
        scores, other_scores = (arrays["scores"] for arrays in kept)
        targets, counts = dataset.labels[rows], dataset.label_counts
        return paired_intervals(targets, scores, other_scores, counts, convention=convention)
    except (RunError, KeyError, IndexError, ValueError):
        return None
