"""Average precision per label, equal to scikit-learn's and several times faster on many labels."""

import numpy as np

from dbl_core.longtail.matrix import label_matrix


def average_precision(targets: object, scores: object) -> np.ndarray:
    """Return the average precision of every label.

        AP_j = (1 / n_j) sum over positives k of  P(s_kj) / N(s_kj),

    where P(s) counts the positives and N(s) all samples of the label whose score is at least s. Equal scores share one
    threshold, which is what scikit-learn's ``average_precision_score`` does; ties therefore have no lucky order.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers, higher = more likely; logits and probabilities rank alike.

    Returns:
        (n_labels,) float64 in (0, 1]; NaN for a label without positives. A label that is positive everywhere gets 1;
        constant scores get the prevalence n_j / n_samples.

    Raises:
        ValueError: targets that are not 0/1, shapes that differ, or a score that is not finite (row and column named).

    The step-wise sum over recall levels, without interpolation; the metric of Wu et al., ECCV 2020, section 5.
    """
    targets, scores = check_pair(targets, scores)
    n_samples, n_labels = targets.shape
    result = np.full(n_labels, np.nan)
    for label in range(n_labels):
        column = scores[:, label]
        positives = np.sort(column[targets[:, label]])
        if positives.size:
            at_least = n_samples - np.searchsorted(np.sort(column), positives, side="left")
            positives_at_least = positives.size - np.searchsorted(positives, positives, side="left")
            result[label] = np.mean(positives_at_least / at_least)
    return result


def check_pair(targets: object, scores: object) -> tuple[np.ndarray, np.ndarray]:
    """Return checked targets (bool) and scores (float, column-contiguous) of equal shape.

    Raises:
        ValueError: as :func:`average_precision` says.
    """
    targets = label_matrix(targets)
    scores = np.asarray(scores)
    if scores.shape != targets.shape:
        raise ValueError(f"scores must have the shape of targets {targets.shape}, not {scores.shape}")
    if scores.dtype.kind not in "biuf":
        raise ValueError(f"scores must be finite numbers, but their type is {scores.dtype}")
    if scores.dtype not in (np.float32, np.float64):
        scores = scores.astype(np.float64)
    finite = np.isfinite(scores)
    if not finite.all():
        row, column = (int(i) for i in np.unravel_index(int(np.argmin(finite)), scores.shape))
        raise ValueError(f"scores must be finite numbers, but row {row}, column {column} holds {scores[row, column]}")
    return targets, np.asfortranarray(scores)
