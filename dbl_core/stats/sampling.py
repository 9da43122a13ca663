"""What a sampler really shows: the share of every label after the labels that ride along."""

import math
from dataclasses import dataclass

import numpy as np

from dbl_core.longtail.matrix import sparse_label_matrix
from dbl_core.stats.measures import label_counts_of

SHARES_OF = ("uniform", "class_aware")


@dataclass(frozen=True)
class SamplingShares:
    """The labels of one drawn image, on average.

    Attributes:
        sampler: name of the sampler.
        image_probability: (n_samples,) chance of every image to be the one that is drawn; sums to 1.
        rates: (n_labels,) chance that the drawn image has the label; they sum to the labels per drawn image.
        shares: (n_labels,) rates divided by their sum.
        max_min: largest over smallest rate of the labels that occur: the imbalance ratio that training sees.
        promised: the rate that every label would have if no other rode along (1 / labels that occur), or NaN for a
            sampler that promises no balance.
    """

    sampler: str
    image_probability: np.ndarray
    rates: np.ndarray
    shares: np.ndarray
    max_min: float
    promised: float


def label_shares(labels: object, sampler: str = "class_aware") -> SamplingShares:
    """Return the expected share of every label under a sampler, co-occurrence included.

    Uniform sampling draws image k with probability 1 / N. Class-aware sampling asks for the C labels equally often, so

        P(k) = (1/C) sum over the labels j of k of 1 / n_j,      rate_j = (1/C) sum over i of P(j | i):

    a label is shown when it is asked for, and again whenever it rides along with another. Frequent labels therefore
    keep part of their lead: on VOC-MLT max/min falls from 193.8 to 15.3 only, on COCO-MLT from 188 to 49.9.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        sampler: "uniform" or "class_aware".

    Returns:
        :class:`SamplingShares`. Labels without positives have rate 0 and are in neither C nor max_min.

    Raises:
        ValueError: labels that are not a 0/1 matrix or hold no positive, or an unknown sampler.

    Wu et al., ECCV 2020, section 3.1 (P_I of equation 2).
    """
    if sampler not in SHARES_OF:
        raise ValueError(f"unknown sampler {sampler!r}; allowed: {', '.join(SHARES_OF)}")
    matrix = sparse_label_matrix(labels).astype(np.float64)
    counts = label_counts_of(matrix)
    present = counts > 0
    if not present.any():
        raise ValueError("labels hold no positive at all; shares need a label that occurs")
    n_present = int(present.sum())
    if sampler == "uniform":
        probability = np.full(matrix.shape[0], 1 / matrix.shape[0])
    else:
        probability = matrix @ np.divide(1.0, counts, out=np.zeros(counts.size), where=present) / n_present
    rates = matrix.T @ probability
    return SamplingShares(
        sampler=sampler,
        image_probability=probability,
        rates=rates,
        shares=rates / rates.sum(),
        max_min=float(rates[present].max() / rates[present].min()),
        promised=1 / n_present if sampler == "class_aware" else math.nan,
    )
