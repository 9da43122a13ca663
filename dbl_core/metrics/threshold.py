"""Precision, recall and F1 once scores are cut at a threshold; per label, per group, and along all thresholds.

A label is predicted where its score is at least its threshold. Scores and thresholds are of one scale, whichever it is:
a logit of 0 cuts where a probability of 0.5 does.
"""

from dataclasses import dataclass

import numpy as np

from dbl_core.longtail.groups import Convention
from dbl_core.metrics.ranking import check_pair
from dbl_core.metrics.report import REPORT_KEYS, checked_members

AVERAGES = {
    "micro_f1": "F1 of all cells in one pool",
    "macro_f1": "mean of the F1 of every label",
    "cf1": "CF1: harmonic mean of mean precision and mean recall of the labels (not the mean F1)",
    "of1": "OF1: harmonic mean of overall precision and recall, which is micro F1 by another name",
    "class_precision": "CP: mean precision of the labels",
    "class_recall": "CR: mean recall of the labels",
    "overall_precision": "OP: share of all predictions that are right",
    "overall_recall": "OR: share of all positives that are predicted",
}
"""What is averaged over a group of labels, in words."""
MOST_POINTS = 512
"""Points of a curve at most: more than a screen shows, and a bound on what is sent to a browser."""


@dataclass(frozen=True)
class ThresholdReport:
    """What predictions at fixed thresholds are worth.

    Attributes:
        thresholds: (n_labels,) threshold of every label, (n_parts, n_labels) where parts of the images had their own.
        true_positives: (n_labels,) int64 cells that are predicted and true.
        predicted: (n_labels,) int64 cells that are predicted.
        positives: (n_labels,) int64 cells that are true.
        precision: (n_labels,) true_positives / predicted; NaN where nothing is predicted.
        recall: (n_labels,) true_positives / positives; NaN without positives.
        f1: (n_labels,) 2 true_positives / (predicted + positives); NaN without positives.
        groups: "total", "head", "medium" and "tail" -> the keys of :data:`AVERAGES` as fractions, NaN where undefined.
        undefined: columns of the labels without positives: in no mean over labels, but what is predicted of them
            counts as wrong in the pooled numbers.
        silent: columns of the labels that have positives and are never predicted: precision 0 in the mean.
    """

    thresholds: np.ndarray
    true_positives: np.ndarray
    predicted: np.ndarray
    positives: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    groups: dict[str, dict[str, float]]
    undefined: tuple[int, ...]
    silent: tuple[int, ...]


def threshold_report(
    targets: object,
    scores: object,
    label_counts: object,
    *,
    thresholds: object,
    convention: str | Convention = "db",
) -> ThresholdReport:
    """Return precision, recall and F1 per label, and their averages over all labels and over every group.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers.
        label_counts: (n_labels,) positives per label in the training set; they decide the group.
        thresholds: one number, or (n_labels,) numbers, on the scale of the scores; infinity predicts nothing.
        convention: group convention, as for :func:`dbl_core.metrics.group_report`.

    Returns:
        :class:`ThresholdReport`. Micro F1 is scikit-learn's over all labels; macro F1 is over the labels with
        positives, of which one that is never predicted counts 0 (scikit-learn's ``zero_division=0``). A group without
        positives and predictions has NaN.

    Raises:
        ValueError: as :func:`dbl_core.metrics.average_precision` and group_report; thresholds of another shape, or NaN.

    CP, CR, CF1, OP, OR and OF1 as Chen et al., ML-GCN, CVPR 2019, section 4.1.
    """
    targets, scores = check_pair(targets, scores)
    members = checked_members(label_counts, convention, targets.shape[1])
    cuts = checked_thresholds(thresholds, targets.shape[1])
    predicted = scores >= cuts
    hits = (predicted & targets).sum(axis=0)
    return report_of_counts(cuts, hits, predicted.sum(axis=0), targets.sum(axis=0), members)


def report_of_counts(
    thresholds: np.ndarray, hits: np.ndarray, predicted: np.ndarray, positives: np.ndarray, members: np.ndarray
) -> ThresholdReport:
    """Return the report of counted cells; hits, predicted and positives are (n_labels,), members as group_members."""
    averages = group_averages(hits[None, :], predicted[None, :], positives, members)
    return ThresholdReport(
        thresholds=thresholds,
        true_positives=hits,
        predicted=predicted,
        positives=positives,
        precision=ratio(hits, predicted),
        recall=ratio(hits, positives),
        f1=np.where(positives > 0, ratio(2 * hits, predicted + positives), np.nan),
        groups={key: {name: float(v[0]) for name, v in values.items()} for key, values in averages.items()},
        undefined=tuple(int(j) for j in np.flatnonzero(positives == 0)),
        silent=tuple(int(j) for j in np.flatnonzero((positives > 0) & (predicted == 0))),
    )


@dataclass(frozen=True)
class ThresholdCurves:
    """How precision, recall and F1 move with the threshold.

    Attributes:
        thresholds: (n_points,) float64, rising.
        precision: (n_points, n_labels) float32; NaN where nothing is predicted.
        recall: (n_points, n_labels) float32; NaN for a label without positives.
        f1: (n_points, n_labels) float32; NaN for a label without positives.
        groups: "total", "head", "medium" and "tail" -> the keys of :data:`AVERAGES` -> (n_points,) float64; every
            label is cut at the same threshold.
        undefined: columns of the labels without positives.
    """

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    groups: dict[str, dict[str, np.ndarray]]
    undefined: tuple[int, ...]


def threshold_curves(
    targets: object,
    scores: object,
    label_counts: object,
    *,
    thresholds: object = None,
    n_points: int = 256,
    convention: str | Convention = "db",
) -> ThresholdCurves:
    """Return precision, recall and F1 of every label and group along a grid of thresholds; exact at every point.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers.
        label_counts: (n_labels,) positives per label in the training set.
        thresholds: (n_points,) rising numbers on the scale of the scores; evenly from the lowest to the highest score
            where left out.
        n_points: 2 to 512; how many where thresholds are left out.
        convention: group convention.

    Returns:
        :class:`ThresholdCurves`.

    Raises:
        ValueError: as :func:`threshold_report`; thresholds that do not rise, or more points than 512.
    """
    targets, scores = check_pair(targets, scores)
    members = checked_members(label_counts, convention, targets.shape[1])
    grid = _grid(scores, thresholds, n_points)
    positives = targets.sum(axis=0)
    hits, predicted = (np.empty((grid.size, targets.shape[1]), dtype=np.int64) for _ in range(2))
    for label in range(targets.shape[1]):
        column = scores[:, label]
        hits[:, label] = at_least(column[targets[:, label]], grid)
        predicted[:, label] = at_least(column, grid)
    return ThresholdCurves(
        thresholds=grid,
        precision=ratio(hits, predicted).astype(np.float32),
        recall=ratio(hits, positives).astype(np.float32),
        f1=np.where(positives > 0, ratio(2 * hits, predicted + positives), np.nan).astype(np.float32),
        groups=group_averages(hits, predicted, positives, members),
        undefined=tuple(int(j) for j in np.flatnonzero(positives == 0)),
    )


def at_least(values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return how many of the values reach every threshold."""
    return values.size - np.searchsorted(np.sort(values), thresholds, side="left")


def group_averages(
    hits: np.ndarray, predicted: np.ndarray, positives: np.ndarray, members: np.ndarray
) -> dict[str, dict[str, np.ndarray]]:
    """Return the averages of every group: hits and predicted are (n_points, n_labels), positives is (n_labels,)."""
    precision = np.nan_to_num(ratio(hits, predicted), nan=0.0)
    recall, f1 = ratio(hits, positives), ratio(2 * hits, predicted + positives)
    found = {}
    for key, inside in zip(REPORT_KEYS, members, strict=True):
        defined = inside & (positives > 0)
        mean_precision, mean_recall, macro = (_mean(values[:, defined]) for values in (precision, recall, f1))
        hit, said, true = hits[:, inside].sum(axis=1), predicted[:, inside].sum(axis=1), positives[inside].sum()
        micro = ratio(2 * hit, said + true)
        both = mean_precision + mean_recall
        cf1 = np.where(both == 0, 0.0, ratio(2 * mean_precision * mean_recall, both))
        averages = (micro, macro, cf1, micro, mean_precision, mean_recall, ratio(hit, said), ratio(hit, true))
        found[key] = dict(zip(AVERAGES, averages, strict=True))
    return found


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole as float64; NaN where the whole is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)


def checked_thresholds(thresholds: object, n_labels: int) -> np.ndarray:
    """Return one threshold a label, (n_labels,) float64.

    Raises:
        ValueError: neither one number nor n_labels numbers, or NaN among them.
    """
    values = np.asarray(thresholds)
    if values.dtype.kind not in "iuf" or values.shape not in ((), (n_labels,)):
        raise ValueError(f"thresholds must be one number or {n_labels} numbers, one a label, not {thresholds!r}")
    values = np.broadcast_to(values.astype(np.float64), (n_labels,))
    if np.isnan(values).any():
        raise ValueError(f"thresholds must be numbers, but that of label {int(np.argmax(np.isnan(values)))} is NaN")
    return values


def _grid(scores: np.ndarray, thresholds: object, n_points: int) -> np.ndarray:
    if thresholds is None:
        whole = isinstance(n_points, (int, np.integer)) and not isinstance(n_points, bool)
        if not whole or not 2 <= n_points <= MOST_POINTS:
            raise ValueError(f"n_points must be a whole number from 2 to {MOST_POINTS}, not {n_points!r}")
        return np.linspace(scores.min(), scores.max(), n_points, dtype=np.float64)
    grid = np.asarray(thresholds, dtype=np.float64)
    if grid.ndim != 1 or not 1 <= grid.size <= MOST_POINTS:
        raise ValueError(f"thresholds must be 1 to {MOST_POINTS} numbers, but their shape is {grid.shape}")
    if np.isnan(grid).any() or (np.diff(grid) <= 0).any():
        raise ValueError("thresholds must rise from one to the next")
    return grid


def _mean(values: np.ndarray) -> np.ndarray:
    return values.mean(axis=1) if values.shape[1] else np.full(values.shape[0], np.nan)
