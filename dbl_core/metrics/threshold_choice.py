"""Where to cut the scores of every label, and what that is worth on images the choice has not seen.

Thresholds that maximise F1 on some images look better on those very images than on any others. They belong on a
validation split; where there is only one split, :func:`held_out_report` keeps choice and judgement apart.
"""

from dataclasses import dataclass

import numpy as np

from dbl_core.longtail.groups import Convention
from dbl_core.metrics.ranking import check_pair
from dbl_core.metrics.report import checked_members
from dbl_core.metrics.threshold import ThresholdReport, at_least, report_of_counts

LEAST_POSITIVES = 10
"""With fewer positives on the validation split the best threshold of a label is a matter of chance."""


@dataclass(frozen=True)
class ChosenThresholds:
    """Thresholds of a validation split.

    Attributes:
        thresholds: (n_labels,) float64; a label is predicted where its score is at least this.
        shared: the threshold that maximises micro F1 over the labels with positives.
        own: (n_labels,) bool; True where the threshold maximises the label's own F1, False where positives are too few
            and the shared one stands in.
        positives: (n_labels,) int64 positives on the validation split.
        undefined: columns of the labels without positives there; they have the shared threshold.
    """

    thresholds: np.ndarray
    shared: float
    own: np.ndarray
    positives: np.ndarray
    undefined: tuple[int, ...]


def choose_thresholds(targets: object, scores: object, *, least_positives: int = LEAST_POSITIVES) -> ChosenThresholds:
    """Choose the threshold of every label that maximises its F1.

    Args:
        targets: (n_samples, n_labels) bool or 0/1 of the validation split.
        scores: (n_samples, n_labels) finite numbers on any scale.
        least_positives: a label with fewer positives falls back to the shared threshold; 1 to trust every label.

    Returns:
        :class:`ChosenThresholds`. Of thresholds with equal F1 the highest: the one with fewest predictions.

    Raises:
        ValueError: as :func:`dbl_core.metrics.average_precision`; least_positives below 1; no positive at all.
    """
    targets, scores = check_pair(targets, scores)
    if isinstance(least_positives, bool) or not isinstance(least_positives, (int, np.integer)) or least_positives < 1:
        raise ValueError(f"least_positives must be a whole number >= 1, not {least_positives!r}")
    positives = targets.sum(axis=0)
    present = positives > 0
    if not present.any():
        raise ValueError("no image carries any label, so no threshold can be chosen")
    shared = _best(scores[:, present].ravel(), targets[:, present].ravel())
    own = positives >= least_positives
    thresholds = np.full(positives.size, shared)
    for label in np.flatnonzero(own):
        thresholds[label] = _best(scores[:, label], targets[:, label])
    undefined = tuple(int(j) for j in np.flatnonzero(~present))
    return ChosenThresholds(thresholds, shared, own, positives, undefined)


def _best(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the highest threshold of largest F1; between two positives, lowering it only adds wrong predictions."""
    candidates = np.unique(scores[targets])[::-1]
    hits, predicted = at_least(scores[targets], candidates), at_least(scores, candidates)
    return float(candidates[np.argmax(2 * hits / (predicted + targets.sum()))])


def held_out_report(
    targets: object,
    scores: object,
    label_counts: object,
    *,
    least_positives: int = LEAST_POSITIVES,
    convention: str | Convention = "db",
    seed: int = 0,
) -> ThresholdReport:
    """Return what chosen thresholds are worth: chosen on one random half of the images, counted on the other.

    Both halves take both parts, so every image is counted once, by thresholds that it had no part in.

    Args:
        targets: (n_samples, n_labels) bool or 0/1; at least 2 samples.
        scores: (n_samples, n_labels) finite numbers.
        label_counts: (n_labels,) positives per label in the training set.
        least_positives: as for :func:`choose_thresholds`, on the half that chooses.
        convention: group convention.
        seed: which halves, a whole number >= 0.

    Returns:
        :class:`ThresholdReport` over all images; its ``thresholds`` are (2, n_labels).

    Raises:
        ValueError: as :func:`choose_thresholds` and :func:`dbl_core.metrics.threshold_report`; a half without any
            positive.
    """
    targets, scores = check_pair(targets, scores)
    members = checked_members(label_counts, convention, targets.shape[1])
    if len(targets) < 2:
        raise ValueError("two halves need at least 2 images")
    half = np.random.default_rng(seed).permutation(len(targets)) < len(targets) // 2
    cuts, hits, predicted = [], 0, 0
    for judged in (half, ~half):
        chosen = choose_thresholds(targets[~judged], scores[~judged], least_positives=least_positives)
        said = scores[judged] >= chosen.thresholds
        cuts.append(chosen.thresholds)
        hits = hits + (said & targets[judged]).sum(axis=0)
        predicted = predicted + said.sum(axis=0)
    return report_of_counts(np.stack(cuts), hits, predicted, targets.sum(axis=0), members)


def break_even_thresholds(targets: object, scores: object) -> np.ndarray:
    """Return thresholds at which every label is predicted as often as it occurs, so that precision equals recall.

    They need no scale and no choice, which makes models of different losses comparable; they do use the number of
    positives. Equal scores at the border are all predicted.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers.

    Returns:
        (n_labels,) float64; infinity for a label without positives, which is never predicted.

    Raises:
        ValueError: as :func:`dbl_core.metrics.average_precision`.
    """
    targets, scores = check_pair(targets, scores)
    positives = targets.sum(axis=0)
    result = np.full(positives.size, np.inf)
    for label in np.flatnonzero(positives):
        place = len(scores) - positives[label]
        result[label] = np.partition(scores[:, label], place)[place]
    return result
