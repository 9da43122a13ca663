"""How far a mAP could be off because the test split is small: bootstrap over test images.

A resample draws n_samples test images with replacement; an image drawn m times counts m times. The weighted average
precision of all resamples needs one sort per label, because drawing changes weights, never the order of scores. What
this does not cover is the spread between training seeds: that needs several runs.
"""

import math
from dataclasses import dataclass

import numpy as np

from dbl_core.longtail.groups import Convention
from dbl_core.metrics.ranking import average_precision, check_pair
from dbl_core.metrics.report import REPORT_KEYS, checked_members, group_means


@dataclass(frozen=True)
class Interval:
    """A value and its interval; all three are NaN where the value is undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class BootstrapIntervals:
    """Intervals of one score matrix, or of the difference of two.

    Attributes:
        per_class: one :class:`Interval` a label, for its average precision.
        groups: mAP of "total", "head", "medium" and "tail".
        defined: (n_labels,) share of resamples in which the label drew a positive at all.
    """

    per_class: tuple[Interval, ...]
    groups: dict[str, Interval]
    defined: np.ndarray


@dataclass(frozen=True)
class Resampling:
    """How to resample: n_resamples >= 1 draws, level in (0, 1) of the interval, seed a whole number >= 0."""

    n_resamples: int = 200
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("n_resamples", 1), ("seed", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
                raise ValueError(f"{name} must be a whole number >= {least}, not {value!r}")
        if not 0 < self.level < 1:
            raise ValueError(f"level must be between 0 and 1, not {self.level!r}")

    def weights(self, n_samples: int) -> np.ndarray:
        """Return how often every image is drawn: (n_samples, n_resamples) int32, every column sums to n_samples."""
        rng = np.random.default_rng(self.seed)
        drawn = rng.integers(0, n_samples, size=(self.n_resamples, n_samples))
        cells = (drawn * self.n_resamples + np.arange(self.n_resamples)[:, None]).ravel()
        counts = np.bincount(cells, minlength=n_samples * self.n_resamples)
        return counts.reshape(n_samples, self.n_resamples).astype(np.int32)


def bootstrap_intervals(
    targets: object,
    scores: object,
    label_counts: object,
    *,
    convention: str | Convention = "db",
    **resampling: float,
) -> BootstrapIntervals:
    """Return percentile intervals of every label's AP and of total, head, medium and tail mAP.

    Args:
        targets: (n_samples, n_labels) bool or 0/1 of the test split.
        scores: (n_samples, n_labels) finite numbers.
        label_counts: (n_labels,) positives per label in the training set; they decide the group.
        convention: group convention, as for :func:`dbl_core.metrics.group_report`.
        **resampling: ``n_resamples`` = 200, ``level`` = 0.95, ``seed`` = 0.

    Returns:
        :class:`BootstrapIntervals`. Values are those of the whole test split; low and high are the (1 - level) / 2 and
        (1 + level) / 2 quantiles over resamples.

    Raises:
        ValueError: as :func:`dbl_core.metrics.average_precision` and group_report, or a resampling value out of range.
        TypeError: a resampling option that does not exist.

    Which labels are left out: a label without a positive in the test split is NaN and in no mean. A label that draws no
    positive in one resample is left out of that resample's means and of its own quantiles; ``defined`` tells how often
    it took part. Intervals of labels with few positives are somewhat too narrow, as the resamples know only those few
    images. They also lie too high: a positive that is drawn twice stands right behind its twin, which raises AP, so
    with a handful of positives the quantiles can pass the value itself; the interval is then stretched to hold it. In
    a simulation 90 % intervals held the truth in 88 of 100 cases with 200 positives, in 86 with 40 and in 84 with 8.

    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
    """
    draw = Resampling(**resampling)
    targets, scores = check_pair(targets, scores)
    members = checked_members(label_counts, convention, targets.shape[1])
    resampled = _resampled_ap(targets, scores, draw.weights(targets.shape[0]))
    return _summary(average_precision(targets, scores), resampled, members, draw.level)


def paired_intervals(
    targets: object,
    scores: object,
    other_scores: object,
    label_counts: object,
    *,
    convention: str | Convention = "db",
    **resampling: float,
) -> BootstrapIntervals:
    """Return the difference in AP and mAP of two score matrices of the same test split, with its interval.

    Both are weighted by the same resamples, so what is hard for both cancels: the interval of the difference is usually
    much narrower than the two intervals side by side suggest. An interval that holds 0 means that these test images
    cannot tell the two apart.

    Args:
        targets: (n_samples, n_labels) bool or 0/1 of the test split.
        scores: (n_samples, n_labels) finite numbers.
        other_scores: (n_samples, n_labels) finite numbers; differences are scores minus other_scores.
        label_counts: (n_labels,) positives per label in the training set.
        convention: group convention.
        **resampling: as for :func:`bootstrap_intervals`, which also tells which labels are left out.

    Returns:
        :class:`BootstrapIntervals` of the differences, in (-1, 1).

    Raises:
        ValueError: as :func:`bootstrap_intervals`.
    """
    draw = Resampling(**resampling)
    targets, scores = check_pair(targets, scores)
    _, other_scores = check_pair(targets, other_scores)
    members = checked_members(label_counts, convention, targets.shape[1])
    weights = draw.weights(targets.shape[0])
    resampled = _resampled_ap(targets, scores, weights) - _resampled_ap(targets, other_scores, weights)
    value = average_precision(targets, scores) - average_precision(targets, other_scores)
    return _summary(value, resampled, members, draw.level)


def _resampled_ap(targets: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted AP of every resample and label: (n_resamples, n_labels), NaN without a drawn positive."""
    columns = [_weighted_ap(targets[:, j], scores[:, j], weights) for j in range(targets.shape[1])]
    return np.stack(columns, axis=1)


def _weighted_ap(targets: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the AP of one label under every column of weights.

    Samples fall into blocks, one for each distinct score that a positive has: block b holds the scores from that one up
    to, not including, the next higher one of a positive. The weight at or above a positive's score is the sum of
    the blocks up to its own.
    """
    n_resamples = weights.shape[1]
    thresholds, block_of_positive = np.unique(-scores[targets], return_inverse=True)
    if thresholds.size == 0:
        return np.full(n_resamples, math.nan)
    block = np.searchsorted(thresholds, -scores, side="left")
    order = np.argsort(block, kind="stable")
    starts = np.searchsorted(block[order], np.arange(thresholds.size))
    inside = int(np.searchsorted(block[order], thresholds.size))
    everything = np.cumsum(np.add.reduceat(weights[order[:inside]], starts, axis=0), axis=0)
    by_block = np.argsort(block_of_positive, kind="stable")
    first = np.searchsorted(block_of_positive[by_block], np.arange(thresholds.size))
    drawn = np.add.reduceat(weights[targets][by_block], first, axis=0)
    positives = np.cumsum(drawn, axis=0)
    precision = np.divide(positives, everything, out=np.zeros(everything.shape), where=everything > 0)
    total = positives[-1]
    return np.divide((drawn * precision).sum(axis=0), total, out=np.full(n_resamples, math.nan), where=total > 0)


def _summary(value: np.ndarray, resampled: np.ndarray, members: np.ndarray, level: float) -> BootstrapIntervals:
    means = group_means(value[None, :], members)[0]
    return BootstrapIntervals(
        per_class=tuple(_interval(value[j], resampled[:, j], level) for j in range(value.size)),
        groups=dict(
            zip(
                REPORT_KEYS,
                (_interval(*pair, level) for pair in zip(means, group_means(resampled, members).T, strict=True)),
                strict=True,
            )
        ),
        defined=np.isfinite(resampled).mean(axis=0),
    )


def _interval(value: float, resampled: np.ndarray, level: float) -> Interval:
    defined = resampled[np.isfinite(resampled)]
    if defined.size == 0:
        return Interval(float(value), math.nan, math.nan)
    low, high = np.quantile(defined, ((1 - level) / 2, (1 + level) / 2))
    if math.isfinite(value):
        low, high = min(low, value), max(high, value)
    return Interval(float(value), float(low), float(high))
