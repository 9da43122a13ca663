"""Whether a score of 0.7 comes true in 70 % of the cells: reliability, expected calibration error, Brier score.

A cell is one image and one label. Calibration is of probabilities, so every function is told whether its scores are
logits (then their sigmoid counts) or probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from dbl_core.longtail.groups import Convention
from dbl_core.metrics.ranking import check_pair
from dbl_core.metrics.report import REPORT_KEYS, checked_members, group_means
from dbl_core.metrics.threshold import ratio

KINDS = ("logit", "probability")
BINNINGS = {"width": "bins of equal width", "mass": "bins of equally many cells"}
N_BINS = 15
MOST_BINS = 100
Z_95 = 1.959963984540054
"""Standard normal quantile of a 95 % interval."""


@dataclass(frozen=True)
class Reliability:
    """A reliability diagram as a table, one row a bin that may be empty.

    Attributes:
        low: (n_bins,) lower edge of the bin, itself outside but in the first bin.
        high: (n_bins,) upper edge, itself inside.
        count: (n_bins,) int64 cells in the bin.
        mean_probability: (n_bins,) their mean probability; NaN in an empty bin.
        share: (n_bins,) share of them that are positive; NaN in an empty bin.
        share_low: (n_bins,) lower end of Wilson's 95 % interval of the share; NaN in an empty bin.
        share_high: (n_bins,) its upper end.
        ece: expected calibration error, sum over bins of count / n |share - mean_probability|; NaN without cells.
    """

    low: np.ndarray
    high: np.ndarray
    count: np.ndarray
    mean_probability: np.ndarray
    share: np.ndarray
    share_low: np.ndarray
    share_high: np.ndarray
    ece: float


@dataclass(frozen=True)
class GroupCalibration:
    """Calibration of the labels of one group.

    Attributes:
        reliability: all cells of the group in one pool, in bins of equal width.
        reliability_mass: the same in bins of equally many cells.
        label_ece: mean over the labels of each label's own ECE in bins of equal width. Errors of two labels that cancel
            in the pool do not cancel here.
        brier: mean of (probability - target)^2 over the cells.
        mean_probability: mean over the cells.
        share: share of the cells that are positive.
        n_labels: labels of the group.
    """

    reliability: Reliability
    reliability_mass: Reliability
    label_ece: float
    brier: float
    mean_probability: float
    share: float
    n_labels: int


@dataclass(frozen=True)
class CalibrationReport:
    """Calibration per group and per label.

    Attributes:
        groups: "total", "head", "medium" and "tail" -> :class:`GroupCalibration`; NaN in a group without labels.
        ece: (n_labels,) ECE of every label in bins of equal width.
        ece_mass: (n_labels,) ECE of every label in bins of equally many images.
        brier: (n_labels,) Brier score.
        mean_probability: (n_labels,) mean probability.
        share: (n_labels,) share of positives, the prevalence.
        n_bins: bins asked for.
    """

    groups: dict[str, GroupCalibration]
    ece: np.ndarray
    ece_mass: np.ndarray
    brier: np.ndarray
    mean_probability: np.ndarray
    share: np.ndarray
    n_bins: int


def probabilities(scores: object, kind: str) -> np.ndarray:
    """Return scores as probabilities in float64: the sigmoid of logits, or the checked numbers themselves.

    Args:
        scores: numbers of any shape.
        kind: "logit" or "probability".

    Raises:
        ValueError: another kind, or probabilities outside [0, 1].
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of scores {kind!r}; allowed: {', '.join(KINDS)}")
    values = np.asarray(scores, dtype=np.float64)
    if kind == "logit":
        return scipy.special.expit(values)
    wrong = ~((values >= 0) & (values <= 1))
    if wrong.any():
        raise ValueError(f"probabilities must lie in [0, 1], but one is {values[wrong].flat[0]}; are these logits?")
    return values


def reliability(
    targets: object, scores: object, *, kind: str, n_bins: int = N_BINS, binning: str = "width"
) -> Reliability:
    """Return the reliability diagram and the expected calibration error of all cells in one pool.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers.
        kind: "logit" or "probability".
        n_bins: 1 to 100.
        binning: "width" for bins of equal width in [0, 1]; "mass" for bins of equally many cells, whose edges are
            quantiles. Equal probabilities are never parted, so with ties there may be fewer, uneven bins.

    Returns:
        :class:`Reliability`. Rows and edges are those of scikit-learn's ``calibration_curve``, which leaves empty bins
        out. Wilson's interval takes cells as independent; cells of one image are not, so it is somewhat too narrow.

    Raises:
        ValueError: as :func:`dbl_core.metrics.average_precision`, :func:`probabilities`, or an option out of range.

    Naeini, Cooper and Hauskrecht, AAAI 2015 (ECE); Nixon et al., CVPR Workshops 2019 (bins of equal mass); Wilson 1927.
    """
    _check_options(n_bins, binning)
    targets, scores = check_pair(targets, scores)
    pool = _Pool(targets.ravel(), scores.ravel(), kind)
    edges = pool.edges(n_bins, binning)
    return _table(edges, pool.tally(edges))


def calibration_report(
    targets: object,
    scores: object,
    label_counts: object,
    *,
    kind: str,
    n_bins: int = N_BINS,
    convention: str | Convention = "db",
) -> CalibrationReport:
    """Return calibration of every label and of all labels, head, medium and tail.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers.
        label_counts: (n_labels,) positives per label in the training set; they decide the group.
        kind: "logit" or "probability".
        n_bins: 1 to 100.
        convention: group convention.

    Returns:
        :class:`CalibrationReport`. A label without positives is calibrated or not like any other (probability 0 would
        be right), so it is kept here, unlike in mAP.

    Raises:
        ValueError: as :func:`reliability` and :func:`dbl_core.metrics.group_report`.

    Most cells of a long-tailed data set are easy negatives near 0, so the ECE of a pool is small for nearly every
    model; the reliability table and the ECE of bins of equal mass show more. Kull et al., NeurIPS 2019 (ECE by class).
    """
    _check_options(n_bins, "width")
    targets, scores = check_pair(targets, scores)
    members = checked_members(label_counts, convention, targets.shape[1])
    values = probabilities(scores, kind)
    even = np.linspace(0, 1, n_bins + 1)
    tallies, ece_mass = np.empty((values.shape[1], 3, n_bins)), np.empty(values.shape[1])
    for label in range(values.shape[1]):
        pool = _Pool(targets[:, label], scores[:, label], kind)
        tallies[label] = pool.tally(even)
        ece_mass[label] = _gap(pool.tally(pool.edges(n_bins, "mass")))
    ece = np.array([_gap(tally) for tally in tallies])
    brier = np.mean((values - targets) ** 2, axis=0)
    mean, share = values.mean(axis=0), targets.mean(axis=0)
    means = group_means(np.stack([ece, brier, mean, share]), members)
    groups = {}
    for number, (key, inside) in enumerate(zip(REPORT_KEYS, members, strict=True)):
        pool = _Pool(targets[:, inside].ravel(order="F"), scores[:, inside].ravel(order="F"), kind)
        edges = pool.edges(n_bins, "mass")
        tables = _table(even, tallies[inside].sum(axis=0)), _table(edges, pool.tally(edges))
        groups[key] = GroupCalibration(*tables, *map(float, means[:, number]), n_labels=int(inside.sum()))
    return CalibrationReport(groups, ece, ece_mass, brier, mean, share, n_bins)


def wilson_interval(hits: object, count: object, z: float = Z_95) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's interval of the share hits / count.

    Args:
        hits: whole numbers >= 0, of any shape.
        count: whole numbers >= hits.
        z: standard normal quantile; 1.96 for 95 %.

    Returns:
        Lower and upper ends in [0, 1]; NaN where count is 0.
    """
    count = np.asarray(count, dtype=np.float64)
    share = ratio(np.asarray(hits, dtype=np.float64), count)
    squared = ratio(np.full(count.shape, z * z), count)
    centre = (share + squared / 2) / (1 + squared)
    half = np.sqrt(share * (1 - share) * squared + squared**2 / 4) / (1 + squared)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


class _Pool:
    """Cells of one pool in rising order, so that every set of bins costs a few look-ups.

    Args:
        targets: (n_cells,) bool.
        scores: (n_cells,) checked scores; sorted as they come, since float32 sorts twice as fast as its sigmoid.
        kind: "logit" or "probability".
    """

    def __init__(self, targets: np.ndarray, scores: np.ndarray, kind: str) -> None:
        self.values = probabilities(np.sort(scores), kind)
        self.positives = probabilities(np.sort(scores[targets]), kind)
        self.sums = np.concatenate(([0.0], np.cumsum(self.values)))

    def edges(self, n_bins: int, binning: str) -> np.ndarray:
        """Return the edges of the bins, at least two; quantiles are linear between neighbours as NumPy's."""
        even = np.linspace(0, 1, n_bins + 1)
        if binning == "width" or not self.values.size:
            return even
        place = even * (self.values.size - 1)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, self.values.size - 1)
        gap = self.values[above] - self.values[below]
        inner = np.unique((self.values[below] + (place - below) * gap)[1:-1])
        return np.concatenate((self.values[:1], inner[inner < self.values[-1]], self.values[-1:]))

    def tally(self, edges: np.ndarray) -> np.ndarray:
        """Return cells, positives and summed probability of every bin: (3, n_bins); a bin holds its upper edge."""
        inner = edges[1:-1]
        ends = np.concatenate(([0], np.searchsorted(self.values, inner, side="right"), [self.values.size]))
        hits = np.concatenate(([0], np.searchsorted(self.positives, inner, side="right"), [self.positives.size]))
        return np.diff(np.stack([ends, hits, self.sums[ends]]), axis=1)


def _gap(tally: np.ndarray) -> float:
    """Return the expected calibration error of a tally; NaN without cells."""
    n_cells = tally[0].sum()
    return float(np.abs(tally[1] - tally[2]).sum() / n_cells) if n_cells else float("nan")


def _table(edges: np.ndarray, tally: np.ndarray) -> Reliability:
    count, hits, total = tally
    low, high = wilson_interval(hits, count)
    return Reliability(
        low=edges[:-1],
        high=edges[1:],
        count=count.astype(np.int64),
        mean_probability=ratio(total, count),
        share=ratio(hits, count),
        share_low=low,
        share_high=high,
        ece=_gap(tally),
    )


def _check_options(n_bins: int, binning: str) -> None:
    if isinstance(n_bins, bool) or not isinstance(n_bins, (int, np.integer)) or not 1 <= n_bins <= MOST_BINS:
        raise ValueError(f"n_bins must be a whole number from 1 to {MOST_BINS}, not {n_bins!r}")
    if binning not in BINNINGS:
        raise ValueError(f"unknown binning {binning!r}; allowed: {', '.join(BINNINGS)}")
