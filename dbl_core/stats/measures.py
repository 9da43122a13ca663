"""The label measures of the literature: size, imbalance, and how rare and frequent labels share images."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import scipy

from dbl_core.longtail.matrix import sparse_label_matrix

CONVENTIONS = ("mulan", "mldr")
SCUMBLES = ("active", "all")
BETA = 0.9999
"""Overlap of two samples of a label in the effective number of Cui et al.; their value for large data sets."""


def label_measures(
    labels: object, *, n_inputs: int | None = None, convention: str = "mulan", scumble: str = "active"
) -> dict[str, float]:
    """Return the measures of a label matrix, by the keys of ``dbl_core.stats.MEASURES``, which holds their formulas.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        n_inputs: number of input features F, for TCS only; without it TCS is NaN.
        convention: "mulan" leaves labels without positives out of the imbalance ratios; "mldr" gives them IRLbl 0 and
            counts them in the means, as the R package's stored values do. Without absent labels both agree.
        scumble: "active" takes the root over the labels of a sample, as mldr and MULAN compute it; "all" over all
            labels, as the formula is printed.

    Returns:
        n_samples, n_labels, absent_labels, labelsets and single_labelsets as int; cardinality, density, mean_ir,
        max_ir, cvir, mean_imr, max_imr, scumble, scumble_cv, tcs, gini, entropy, effective_labels and effective_ir as
        float.

    Raises:
        ValueError: labels that are not a 0/1 matrix, n_inputs not a whole number >= 1, or an unknown convention or
            scumble.

    Edge rows: without any positive the imbalance ratios, gini, entropy and the effective numbers are NaN and scumble is
    0; with one label cvir and entropy are NaN; scumble_cv is 0 where no image mixes labels of different frequency; a
    label on no or on every sample has no ImR.
    """
    matrix = sparse_label_matrix(labels)
    _check_convention(convention)
    counts = label_counts_of(matrix)
    mixing = instance_scumble(matrix, counts, scumble)
    set_sizes = labelset_sizes(matrix)
    return {
        **count_measures(counts, matrix.shape[0], convention=convention),
        "labelsets": set_sizes.size,
        "single_labelsets": int((set_sizes == 1).sum()),
        "scumble": float(mixing.mean()),
        "scumble_cv": _variation(mixing),
        "tcs": _complexity(n_inputs, matrix.shape[1], set_sizes.size),
    }


def count_measures(label_counts: np.ndarray, n_samples: int, *, convention: str = "mulan") -> dict[str, float]:
    """Return the measures that the counts of the labels determine, as :func:`label_measures` has them.

    Args:
        label_counts: (n_labels,) int, positives per label, each from 0 to n_samples.
        n_samples: number of samples, at least 1.
        convention: as for :func:`label_measures`.

    Returns:
        All keys of :func:`label_measures` but labelsets, single_labelsets, scumble, scumble_cv and tcs, which need to
        know the labels that share a sample.

    Raises:
        ValueError: an unknown convention.
    """
    _check_convention(convention)
    counts, n_labels = np.asarray(label_counts), len(label_counts)
    ratios = imbalance_ratios(counts, convention)
    ratios = ratios[np.isfinite(ratios)]
    within = within_label_ratios(counts, n_samples)
    return {
        "n_samples": n_samples,
        "n_labels": n_labels,
        "absent_labels": int((counts == 0).sum()),
        "cardinality": int(counts.sum()) / n_samples,
        "density": int(counts.sum()) / n_samples / n_labels,
        "mean_ir": _or_nan(np.mean, ratios),
        "max_ir": _or_nan(np.max, ratios),
        "cvir": _variation(ratios),
        "mean_imr": _or_nan(np.mean, within[np.isfinite(within)]),
        "max_imr": _or_nan(np.max, within[np.isfinite(within)]),
        "gini": _gini(counts),
        "entropy": _evenness(counts),
        "effective_labels": _or_nan(lambda bits: np.exp(bits.sum()), _surprise(counts)),
        "effective_ir": _or_nan(lambda each: each.max() / each.min(), effective_numbers(counts[counts > 0])),
    }


def per_label_measures(
    labels: object, *, convention: str = "mulan", scumble: str = "active", beta: float = BETA
) -> dict[str, np.ndarray]:
    """Return the measures of every label, by the keys of ``dbl_core.stats.LABEL_MEASURES``, which holds their formulas.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        convention: as for :func:`label_measures`.
        scumble: as for :func:`label_measures`.
        beta: for "effective" only, in [0, 1); 0 makes every effective number 1.

    Returns:
        Arrays of (n_labels,): "count" (int64), "frequency" (count / n_samples), "irlbl" (largest count / count; for an
        absent label NaN, or 0 under "mldr"), "imr" (larger over smaller of positives and negatives; NaN for a label on
        no or on every sample), "scumble" (mean over the label's samples), "scumble_cv" (sample standard deviation over
        mean, 0 where all are equal) and "effective" (effective number of positives). SCUMBLE is NaN for an absent
        label, its variation with one sample.

    Raises:
        ValueError: labels that are not a 0/1 matrix, an unknown convention or scumble, or beta out of range.

    Charte et al. 2015 (IRLbl) and 2019 (SCUMBLE per label); Zhang et al. 2015 (ImR); Cui et al. 2019 (effective).
    """
    matrix = sparse_label_matrix(labels)
    _check_convention(convention)
    counts = label_counts_of(matrix)
    mixing = instance_scumble(matrix, counts, scumble)
    columns = matrix.T.astype(np.float64)
    mean = np.divide(columns @ mixing, counts, out=np.full(counts.size, math.nan), where=counts > 0)
    spread = matrix.astype(np.float64).tocsc()
    spread.data = (mixing[spread.indices] - np.repeat(mean, counts)) ** 2
    deviation = np.sqrt(spread.sum(axis=0) / np.maximum(counts - 1, 1))
    variation = np.divide(deviation, mean, out=np.zeros(counts.size), where=deviation > 0)
    counted = per_label_count_measures(counts, matrix.shape[0], convention=convention, beta=beta)
    effective = counted.pop("effective")
    return {
        **counted,
        "scumble": mean,
        "scumble_cv": np.where(counts > 1, variation, math.nan),
        "effective": effective,
    }


def per_label_count_measures(
    label_counts: np.ndarray, n_samples: int, *, convention: str = "mulan", beta: float = BETA
) -> dict[str, np.ndarray]:
    """Return the measures of every label that its count determines, as :func:`per_label_measures` has them.

    Args:
        label_counts: as for :func:`count_measures`.
        n_samples: as for :func:`count_measures`.
        convention: as for :func:`label_measures`.
        beta: as for :func:`per_label_measures`.

    Returns:
        Arrays of (n_labels,): count, frequency, irlbl, imr and effective.

    Raises:
        ValueError: an unknown convention, or beta out of range.
    """
    _check_convention(convention)
    return {
        "count": label_counts,
        "frequency": label_counts / n_samples,
        "irlbl": imbalance_ratios(label_counts, convention),
        "imr": within_label_ratios(label_counts, n_samples),
        "effective": effective_numbers(label_counts, beta),
    }


def label_counts_of(matrix: scipy.sparse.csr_array) -> np.ndarray:
    """Return the positives per label of a sparse label matrix as (n_labels,) int64."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)


def imbalance_ratios(label_counts: np.ndarray, convention: str = "mulan") -> np.ndarray:
    """Return IRLbl, largest count over count, as (n_labels,) float64; an absent label is NaN, or 0 under "mldr"."""
    present = label_counts > 0
    ratios = np.full(label_counts.size, 0.0 if convention == "mldr" else math.nan)
    if present.any():
        ratios[present] = label_counts.max() / label_counts[present]
    return ratios


def within_label_ratios(label_counts: np.ndarray, n_samples: int) -> np.ndarray:
    """Return ImR, the larger over the smaller of positives and negatives, as (n_labels,) float64 >= 1.

    NaN for a label on no or on every sample. Zhang, Li, Liu: COCOA, IJCAI 2015, section 1.
    """
    less = np.minimum(label_counts, n_samples - label_counts)
    return np.divide(n_samples - less, less, out=np.full(label_counts.size, math.nan), where=less > 0)


def effective_numbers(label_counts: np.ndarray, beta: float = BETA) -> np.ndarray:
    """Return the effective number of positives of every label, (1 - beta^n) / (1 - beta), as (n_labels,) float64.

    It is close to n while n is far below 1 / (1 - beta) and never exceeds that; 0 for an absent label.

    Raises:
        ValueError: beta is not in [0, 1).

    Cui et al.: Class-balanced loss based on effective number of samples, CVPR 2019, equation 2.
    """
    if isinstance(beta, bool) or not isinstance(beta, (int, float, np.floating)) or not 0 <= beta < 1:
        raise ValueError(f"beta must be a number from 0 to below 1, not {beta!r}")
    if beta == 0:
        return (label_counts > 0).astype(np.float64)
    return -np.expm1(label_counts * math.log(beta)) / (1 - beta)


def instance_scumble(matrix: scipy.sparse.csr_array, label_counts: np.ndarray, scumble: str = "active") -> np.ndarray:
    """Return the SCUMBLE of every sample: 1 - geometric / arithmetic mean of the IRLbl of its labels.

    Args:
        matrix: (n_samples, n_labels) sparse bool.
        label_counts: (n_labels,) its positives per label.
        scumble: "active" takes the k-th root of the product over the k labels of the sample; "all" the C-th root, C
            being the number of all labels, which also calls a sample with one rare label mixed.

    Returns:
        (n_samples,) float64 in [0, 1); 0 for samples without labels, and under "active" for those with one label or
        with labels of equal frequency.
    """
    if scumble not in SCUMBLES:
        raise ValueError(f"unknown scumble {scumble!r}; allowed: {', '.join(SCUMBLES)}")
    ratios = imbalance_ratios(label_counts)
    mixing = np.zeros(matrix.shape[0])
    sizes = np.diff(matrix.indptr)
    mixed = sizes > (1 if scumble == "active" else 0)
    if mixed.any():
        entries = ratios[matrix.indices[np.repeat(mixed, sizes)]]
        starts = np.concatenate(([0], np.cumsum(sizes[mixed])[:-1]))
        root = sizes[mixed] if scumble == "active" else matrix.shape[1]
        arithmetic = np.add.reduceat(entries, starts) / sizes[mixed]
        geometric = np.exp(np.add.reduceat(np.log(entries), starts) / root)
        same = np.maximum.reduceat(entries, starts) == np.minimum.reduceat(entries, starts)
        exact = same if scumble == "active" else arithmetic == 1
        mixing[mixed] = np.where(exact, 0.0, 1 - geometric / arithmetic)
    return mixing


def labelset_sizes(matrix: scipy.sparse.csr_array) -> np.ndarray:
    """Return how many samples carry each distinct label set: (n_labelsets,) int64, the empty set included."""
    indptr, indices = matrix.indptr, np.ascontiguousarray(matrix.indices, dtype=np.int32)
    lengths = np.diff(indptr)
    found = []
    for length in np.unique(lengths):
        starts = indptr[:-1][lengths == length]
        if length == 0:
            found.append([starts.size])
            continue
        rows = np.ascontiguousarray(indices[starts[:, None] + np.arange(length)])
        keys = rows.view(np.dtype((np.void, rows.itemsize * int(length)))).ravel()
        found.append(np.unique(keys, return_counts=True)[1])
    return np.concatenate(found).astype(np.int64)


def _check_convention(convention: str) -> None:
    if convention not in CONVENTIONS:
        raise ValueError(f"unknown convention {convention!r}; allowed: {', '.join(CONVENTIONS)}")


def _variation(values: np.ndarray) -> float:
    """Return the sample standard deviation over the mean; 0 for equal values, NaN for fewer than two."""
    if values.size < 2:
        return math.nan
    spread = float(values.std(ddof=1))
    return spread / float(values.mean()) if spread else 0.0


def _complexity(n_inputs: int | None, n_labels: int, n_labelsets: int) -> float:
    if n_inputs is None:
        return math.nan
    if isinstance(n_inputs, bool) or not isinstance(n_inputs, (int, np.integer)) or n_inputs < 1:
        raise ValueError(f"n_inputs must be a whole number >= 1 or None, not {n_inputs!r}")
    return math.log(int(n_inputs) * n_labels * n_labelsets)


def _gini(counts: np.ndarray) -> float:
    total = int(counts.sum())
    if total == 0:
        return math.nan
    rank = np.arange(1, counts.size + 1)
    return float((2 * rank - counts.size - 1) @ np.sort(counts)) / (counts.size * total)


def _surprise(counts: np.ndarray) -> np.ndarray:
    """Return -q ln q of the labels that occur, q being a label's share of all positives; its sum is the entropy."""
    present = counts[counts > 0]
    share = present / max(1, present.sum())
    return -(share * np.log(share))


def _evenness(counts: np.ndarray) -> float:
    each = _surprise(counts)
    return float(each.sum() / math.log(counts.size)) + 0.0 if each.size and counts.size > 1 else math.nan


def _or_nan(measure: Callable[[np.ndarray], float], values: np.ndarray) -> float:
    return float(measure(values)) if values.size else math.nan
