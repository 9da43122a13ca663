"""What a sampler really shows: the share of every label after the labels that ride along."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from dbl_core.longtail.matrix import sparse_label_matrix
from dbl_core.stats.chances import sampler_chances
from dbl_core.stats.measures import label_counts_of


@dataclass(frozen=True)
class SamplingShares:
    """The labels of one drawn image, on average.

    Attributes:
        sampler: name of the sampler.
        image_probability: (n_samples,) chance of every image to be the one that is drawn; sums to 1.
        rates: (n_labels,) chance that the drawn image has the label; they sum to the labels per drawn image.
        shares: (n_labels,) rates divided by their sum.
        max_min: largest over smallest rate of the labels that occur: the imbalance ratio that training sees.
        promised: the rate that class-aware sampling would give every label if no other rode along (1 / labels that
            occur); NaN for a sampler that promises no balance.
        promised_rates: (n_labels,) the same for every sampler, label by label.
        promised_max_min: largest over smallest promised rate of the labels that occur.
    """

    sampler: str
    image_probability: np.ndarray
    rates: np.ndarray
    shares: np.ndarray
    max_min: float
    promised: float
    promised_rates: np.ndarray
    promised_max_min: float

    @property
    def leak(self) -> np.ndarray:
        """What rides along: rates - promised_rates, (n_labels,) >= 0."""
        return np.maximum(self.rates - self.promised_rates, 0.0)

    def repeats(self, n_draws: int) -> np.ndarray:
        """Return how often every image is shown in n_draws draws, on average: (n_samples,) float64."""
        return n_draws * self.image_probability


def label_shares(labels: object, sampler: str = "class_aware", **options: float | None) -> SamplingShares:
    """Return the expected share of every label under a sampler, co-occurrence included.

    With N images, C labels that occur, n_j positives of label j and an image k, the chance to draw k is

        uniform        1 / N
        class_aware    sum over the labels j of k of (1 / C) / n_j
        square_root    sum over the labels j of k of q_j / n_j,  q_j = sqrt(n_j) / sum_i sqrt(n_i)
        repeat_factor  R_k / sum_l R_l,  R_k = max over the labels j of k of max(1, sqrt(t / f_j)),  f_j = n_j / N
        progressive    (1 - s) / N + s * class_aware,  s from 0 at the start of training to 1 at its end

    and the rate of a label is the sum over its images. Class-aware sampling asks for the labels equally often, so
    rate_j = (1/C) sum over i of P(j | i): a label is shown when it is asked for, and again whenever it rides along with
    another. Frequent labels therefore keep part of their lead: on VOC-MLT max/min falls from 193.8 to 15.3 only, on
    COCO-MLT from 188 to 49.9.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        sampler: one of the five names above.
        **options: "repeat_factor" has ``threshold`` t in (0, 1] (None or left out: the median f, see
            :func:`repeat_factors`); "progressive" has ``progress`` s in [0, 1] (left out: 0.5, which is also the
            average over the whole training, as s grows evenly).

    Returns:
        :class:`SamplingShares`. Labels without positives have rate 0 and are in neither C nor max_min.

    Raises:
        ValueError: labels that are not a 0/1 matrix or hold no positive, an unknown sampler, or an option that it does
            not have or whose value is out of range.

    Class-aware: Wu et al., ECCV 2020, section 3.1 (P_I of equation 2). Square-root: Mahajan et al., ECCV 2018.
    Repeat-factor: Gupta et al., CVPR 2019. Progressive: Kang et al., ICLR 2020, equation 3, which starts from drawing
    all positives equally often; here it starts from drawing all images equally often, which is what a plain loader does
    and shows images without labels too.
    """
    chances = sampler_chances(labels, sampler, **options)
    matrix = sparse_label_matrix(labels)
    rates = matrix.astype(np.float64).T @ chances.image
    present = rates > 0
    return SamplingShares(
        sampler=sampler,
        image_probability=chances.image,
        rates=rates,
        shares=rates / rates.sum(),
        max_min=_max_min(rates[present]),
        promised=float(1 / present.sum()) if sampler == "class_aware" else math.nan,
        promised_rates=chances.promised,
        promised_max_min=_max_min(chances.promised[present]),
    )


def leaking_pairs(
    labels: object, sampler: str = "class_aware", *, n_pairs: int = 20, **options: float | None
) -> dict[str, np.ndarray]:
    """Return which frequent labels ride along with which rare ones, the pair that moves the balance most first.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        sampler: as for :func:`label_shares`; "uniform" promises nothing, so nothing leaks.
        n_pairs: pairs at most, >= 1.
        **options: as for :func:`label_shares`.

    Returns:
        Arrays of one length: "rare" (int64 column of the label that was asked for), "frequent" (int64 column of the
        more frequent label that came along), "together" (P(frequent | rare) in the data), "rate" (chance that a drawn
        image was drawn for the rare label and shows the frequent one beyond its promise) and "share" (rate as a
        fraction of all images drawn that show the frequent label). Pairs of equal rate keep the order of the columns.

    Raises:
        ValueError: as :func:`label_shares`, or n_pairs below 1.
    """
    if isinstance(n_pairs, bool) or not isinstance(n_pairs, (int, np.integer)) or n_pairs < 1:
        raise ValueError(f"n_pairs must be a whole number >= 1, not {n_pairs!r}")
    matrix = sparse_label_matrix(labels)
    chances = sampler_chances(matrix, sampler, **options)
    counts = label_counts_of(matrix)
    columns = matrix.astype(np.float64)
    rates = columns.T @ chances.image
    rides = scipy.sparse.coo_array(chances.rides)
    more = (counts[rides.col] > counts[rides.row]) & (rides.data > 0)
    rare, frequent, rate = rides.row[more].astype(np.int64), rides.col[more].astype(np.int64), rides.data[more]
    best = np.lexsort((frequent, rare, -rate))[:n_pairs]
    rare, frequent, rate = rare[best], frequent[best], rate[best]
    by_label = columns.tocsc()
    both = np.asarray(by_label[:, rare].multiply(by_label[:, frequent]).sum(axis=0)).ravel()
    return {
        "rare": rare,
        "frequent": frequent,
        "together": both / counts[rare],
        "rate": rate,
        "share": rate / rates[frequent],
    }


def _max_min(rates: np.ndarray) -> float:
    return float(rates.max() / rates.min())
