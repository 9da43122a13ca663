"""Where predictions go wrong: which labels are seen because another one is there, and in which images.

In multi-label data a false alarm for a label often comes from its companions: a model that learned "fork" on pictures
of tables says "fork" wherever there is a table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dbl_core.metrics.ranking import check_pair
from dbl_core.metrics.threshold import checked_thresholds, ratio

LEAST_COUNT = 5
ORDERS = ("excess", "lift")


@dataclass(frozen=True)
class Confusions:
    """False alarms for label i (row) among the images that carry another label j (column) and not i.

    Attributes:
        chances: (n_labels, n_labels) int64 images with j and without i: so often could i be falsely seen beside j. On
            the diagonal 0.
        alarms: (n_labels, n_labels) int64 those of them for which i is predicted.
        base_rate: (n_labels,) share of all images without i for which i is predicted; NaN if every image carries i.
        lift: (n_labels, n_labels) float32 alarms / chances over base_rate: how many times more often i is falsely seen
            where j is. NaN where chances are fewer than ``least`` or i has no false alarm at all.
        excess: (n_labels, n_labels) float32 alarms - chances * base_rate: false alarms beyond the base rate; NaN as
            lift.
        false_alarms: (n_labels,) int64 images without i for which i is predicted.
        least: the smallest number of chances that is not masked.
    """

    chances: np.ndarray
    alarms: np.ndarray
    base_rate: np.ndarray
    lift: np.ndarray
    excess: np.ndarray
    false_alarms: np.ndarray
    least: int

    @property
    def n_masked(self) -> int:
        """Pairs of two labels that rest on too few images to be told."""
        return int((self.chances < self.least).sum() - len(self.chances) * (self.least > 0))


def confusions(targets: object, scores: object, *, thresholds: object, least: int = LEAST_COUNT) -> Confusions:
    """Count the false alarms for every label beside every other label, against the label's base rate.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers.
        thresholds: one number or (n_labels,) numbers on the scale of the scores; a label is predicted at or above.
        least: pairs with fewer chances are masked, a whole number >= 0.

    Returns:
        :class:`Confusions`. A lift above 1 is no proof that j is the cause: j may come with what is.

    Raises:
        ValueError: as :func:`dbl_core.metrics.threshold_report`; least below 0.
    """
    targets, scores = check_pair(targets, scores)
    _whole("least", least, 0)
    predicted = scores >= checked_thresholds(thresholds, targets.shape[1])
    # float32 products are many times faster than integer ones, and exact up to 2^24 images
    exact = np.float32 if len(targets) < 2**24 else np.float64
    carried, absent = targets.astype(exact), (~targets).astype(exact)
    false = (predicted & ~targets).astype(exact)
    chances = (absent.T @ carried).astype(np.int64)
    alarms = (false.T @ carried).astype(np.int64)
    false_alarms = false.sum(axis=0, dtype=np.float64).astype(np.int64)
    base_rate = ratio(false_alarms, absent.sum(axis=0, dtype=np.float64))
    told = (chances >= max(least, 1)) & (false_alarms > 0)[:, None]
    lift = np.where(told, ratio(ratio(alarms, chances), base_rate[:, None]), np.nan)
    excess = np.where(told, alarms - chances * base_rate[:, None], np.nan)
    return Confusions(
        chances, alarms, base_rate, lift.astype(np.float32), excess.astype(np.float32), false_alarms, int(least)
    )


def worst_confusions(
    found: Confusions, *, n_pairs: int = 20, by: str = "excess", label: int | None = None
) -> dict[str, np.ndarray]:
    """Return the pairs with most false alarms beyond the base rate, or with the highest lift; the worst first.

    Args:
        found: what :func:`confusions` returned.
        n_pairs: pairs at most, >= 1.
        by: "excess" or "lift"; lifts of pairs with few chances scatter most.
        label: column of the falsely seen label; None for all.

    Returns:
        Arrays of one length: "seen" (falsely seen label, column number), "beside" (the label that is there), "alarms",
        "chances", "rate" (alarms / chances), "base_rate", "lift" and "excess". Only pairs above the base rate; pairs of
        equal rank in the order of the columns.

    Raises:
        ValueError: an unknown order, n_pairs below 1, or no such label.
    """
    if by not in ORDERS:
        raise ValueError(f"unknown order {by!r}; allowed: {', '.join(ORDERS)}")
    _whole("n_pairs", n_pairs, 1)
    ranked = np.where(found.excess > 0, getattr(found, by), -np.inf)
    if label is not None:
        _column(label, len(ranked))
        ranked[np.arange(len(ranked)) != label] = -np.inf
    ranked = ranked.ravel()
    order = np.argsort(-ranked, kind="stable")[:n_pairs]
    order = order[np.isfinite(ranked[order])]
    seen, beside = np.unravel_index(order, found.chances.shape)
    return {
        "seen": seen,
        "beside": beside,
        "alarms": found.alarms[seen, beside],
        "chances": found.chances[seen, beside],
        "rate": ratio(found.alarms[seen, beside], found.chances[seen, beside]),
        "base_rate": found.base_rate[seen],
        "lift": found.lift[seen, beside],
        "excess": found.excess[seen, beside],
    }


@dataclass(frozen=True)
class ExtremeImages:
    """The images that a label's score ranks best and worst.

    Attributes:
        rows: kind -> rows of the score matrix, the most telling first: "best_positives" (highest-scored images with the
            label), "worst_positives" (lowest-scored with it) and "worst_negatives" (highest-scored without it).
        scores: kind -> their scores.
        places: kind -> their places in the ranking of the label, 1 for the highest score; equal scores share the best.
    """

    rows: dict[str, np.ndarray]
    scores: dict[str, np.ndarray]
    places: dict[str, np.ndarray]


def extreme_images(targets: object, scores: object, label: int, *, n_images: int = 8) -> ExtremeImages:
    """Return the best and the worst images of one label.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers.
        label: column of the label.
        n_images: images of a kind at most, >= 1.

    Returns:
        :class:`ExtremeImages`; equal scores in the order of the rows, fewer images where there are no more.

    Raises:
        ValueError: as :func:`dbl_core.metrics.average_precision`; no such label; n_images below 1.
    """
    targets, scores = check_pair(targets, scores)
    _whole("n_images", n_images, 1)
    _column(label, targets.shape[1])
    column, positive = scores[:, label], targets[:, label]
    falling, rising = (np.argsort(values, kind="stable") for values in (-column, column))
    rows = {
        "best_positives": falling[positive[falling]][:n_images],
        "worst_positives": rising[positive[rising]][:n_images],
        "worst_negatives": falling[~positive[falling]][:n_images],
    }
    ranked = np.sort(-column)
    places = {kind: 1 + np.searchsorted(ranked, -column[found], side="left") for kind, found in rows.items()}
    return ExtremeImages(rows, {kind: column[found] for kind, found in rows.items()}, places)


def _column(label: object, n_labels: int) -> None:
    if isinstance(label, bool) or not isinstance(label, (int, np.integer)) or not 0 <= label < n_labels:
        raise ValueError(f"label must be a column from 0 to {n_labels - 1}, not {label!r}")


def _whole(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, not {value!r}")
