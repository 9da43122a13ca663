"""The label measures of the literature: size, imbalance, and how rare and frequent labels share images."""

import math

import numpy as np
from scipy import sparse

from dbl_core.longtail.matrix import sparse_label_matrix

CONVENTIONS = ("mulan", "mldr")


def label_measures(labels: object, *, n_inputs: int | None = None, convention: str = "mulan") -> dict[str, float]:
    """Return the measures of a label matrix, by the keys of ``dbl_core.stats.MEASURES``, which holds their formulas.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        n_inputs: number of input features F, for TCS only; without it TCS is NaN.
        convention: "mulan" leaves labels without positives out of the imbalance ratios; "mldr" gives them IRLbl 0 and
            counts them in the means, as the R package's stored values do. Without absent labels both agree.

    Returns:
        n_samples, n_labels, absent_labels, labelsets and single_labelsets as int; cardinality, density, mean_ir,
        max_ir, cvir, scumble, scumble_cv, tcs, gini and entropy as float.

    Raises:
        ValueError: labels that are not a 0/1 matrix, n_inputs not a whole number >= 1, an unknown convention.

    Edge rows: without any positive the imbalance ratios, gini and entropy are NaN and scumble is 0; with one label cvir
    and entropy are NaN; scumble_cv is 0 where no image mixes labels of different frequency.
    """
    matrix = sparse_label_matrix(labels)
    _check_convention(convention)
    n_samples, n_labels = matrix.shape
    counts = label_counts_of(matrix)
    ratios = imbalance_ratios(counts, convention)
    ratios = ratios[np.isfinite(ratios)]
    mixing = instance_scumble(matrix, counts)
    set_sizes = labelset_sizes(matrix)
    mean_ir = float(ratios.mean()) if ratios.size else math.nan
    return {
        "n_samples": n_samples,
        "n_labels": n_labels,
        "absent_labels": int((counts == 0).sum()),
        "labelsets": set_sizes.size,
        "single_labelsets": int((set_sizes == 1).sum()),
        "cardinality": int(counts.sum()) / n_samples,
        "density": int(counts.sum()) / n_samples / n_labels,
        "mean_ir": mean_ir,
        "max_ir": float(ratios.max()) if ratios.size else math.nan,
        "cvir": _variation(ratios),
        "scumble": float(mixing.mean()),
        "scumble_cv": _variation(mixing),
        "tcs": _complexity(n_inputs, n_labels, set_sizes.size),
        "gini": _gini(counts),
        "entropy": _evenness(counts),
    }


def per_label_measures(labels: object, *, convention: str = "mulan") -> dict[str, np.ndarray]:
    """Return count, frequency, IRLbl, SCUMBLE and its variation for every label.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        convention: as for :func:`label_measures`.

    Returns:
        Arrays of (n_labels,): "count" (int64), "frequency" (count / n_samples), "irlbl" (largest count / count; for an
        absent label NaN, or 0 under "mldr"), "scumble" (mean over the label's samples), "scumble_cv" (sample standard
        deviation over mean, 0 where all are equal). SCUMBLE is NaN for an absent label, its variation with one sample.

    Raises:
        ValueError: labels that are not a 0/1 matrix, or an unknown convention.

    Charte et al. 2015 (IRLbl) and 2019 (SCUMBLE per label).
    """
    matrix = sparse_label_matrix(labels)
    _check_convention(convention)
    counts = label_counts_of(matrix)
    mixing = instance_scumble(matrix, counts)
    columns = matrix.T.astype(np.float64)
    mean = np.divide(columns @ mixing, counts, out=np.full(counts.size, math.nan), where=counts > 0)
    spread = matrix.astype(np.float64).tocsc()
    spread.data = (mixing[spread.indices] - np.repeat(mean, counts)) ** 2
    deviation = np.sqrt(spread.sum(axis=0) / np.maximum(counts - 1, 1))
    variation = np.divide(deviation, mean, out=np.zeros(counts.size), where=deviation > 0)
    return {
        "count": counts,
        "frequency": counts / matrix.shape[0],
        "irlbl": imbalance_ratios(counts, convention),
        "scumble": mean,
        "scumble_cv": np.where(counts > 1, variation, math.nan),
    }


def label_counts_of(matrix: sparse.csr_array) -> np.ndarray:
    """Return the positives per label of a sparse label matrix as (n_labels,) int64."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)


def imbalance_ratios(label_counts: np.ndarray, convention: str = "mulan") -> np.ndarray:
    """Return IRLbl, largest count over count, as (n_labels,) float64; an absent label is NaN, or 0 under "mldr"."""
    present = label_counts > 0
    ratios = np.full(label_counts.size, 0.0 if convention == "mldr" else math.nan)
    if present.any():
        ratios[present] = label_counts.max() / label_counts[present]
    return ratios


def instance_scumble(matrix: sparse.csr_array, label_counts: np.ndarray) -> np.ndarray:
    """Return the SCUMBLE of every sample: 1 - geometric / arithmetic mean of the IRLbl of its labels.

    Returns:
        (n_samples,) float64 in [0, 1); exactly 0 for samples with fewer than two labels.
    """
    ratios = imbalance_ratios(label_counts)
    mixing = np.zeros(matrix.shape[0])
    sizes = np.diff(matrix.indptr)
    several = sizes > 1
    if several.any():
        entries = ratios[matrix.indices[np.repeat(several, sizes)]]
        starts = np.concatenate(([0], np.cumsum(sizes[several])[:-1]))
        arithmetic = np.add.reduceat(entries, starts) / sizes[several]
        geometric = np.exp(np.add.reduceat(np.log(entries), starts) / sizes[several])
        same = np.maximum.reduceat(entries, starts) == np.minimum.reduceat(entries, starts)
        mixing[several] = np.where(same, 0.0, 1 - geometric / arithmetic)
    return mixing


def labelset_sizes(matrix: sparse.csr_array) -> np.ndarray:
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


def _evenness(counts: np.ndarray) -> float:
    present = counts[counts > 0]
    if present.size == 0 or counts.size < 2:
        return math.nan
    share = present / present.sum()
    return float(-(share @ np.log(share)) / math.log(counts.size)) + 0.0
