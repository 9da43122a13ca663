"""The scores that a run kept of its test split, checked against the data set they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dbl_core.datasets import MultiLabelDataset
from dbl_core.errors import RunError
from dbl_core.runs.store import read_scores


@dataclass(frozen=True)
class KeptScores:
    """Scores of the test images and the truth about them.

    Attributes:
        logits: (n_test, n_labels) float32; a probability is their sigmoid.
        targets: (n_test, n_labels) bool.
        rows: (n_test,) row of every test image in the data set.
        label_counts: (n_labels,) positives per class in the training set.
        label_names: (n_labels,) names.
    """

    logits: np.ndarray
    targets: np.ndarray
    rows: np.ndarray
    label_counts: np.ndarray
    label_names: tuple[str, ...]


def kept_scores(run_dir: Path | str, dataset: MultiLabelDataset) -> KeptScores:
    """Read the scores of a finished run.

    Args:
        run_dir: folder of the run.
        dataset: the data set that its configuration names.

    Raises:
        RunError: there are no scores, they are damaged or not finite, or they are of other images or classes than the
            data set has now.
    """
    name = Path(run_dir).name
    kept = read_scores(run_dir)
    if not {"scores", "test_rows"} <= set(kept):
        raise RunError(f"the scores of run {name!r} are damaged: they do not say of which images they are")
    logits, rows = kept["scores"], kept["test_rows"]
    if not getattr(dataset, "has_rows", False):
        raise RunError(f"the data set of run {name!r} holds class counts only now, so its scores have no images")
    fits = (
        logits.ndim == 2
        and rows.shape == logits.shape[:1]
        and rows.dtype.kind in "iu"
        and rows.size > 0
        and rows.min() >= 0
        and rows.max() < dataset.n_samples
        and logits.shape[1] == dataset.n_labels
    )
    if not fits:
        raise RunError(f"the scores of run {name!r} are of other images or classes than its data set has now")
    if not np.isfinite(logits).all():
        raise RunError(f"the scores of run {name!r} are not finite: its training has diverged")
    return KeptScores(logits, dataset.labels[rows], rows, dataset.label_counts, tuple(dataset.label_names))
