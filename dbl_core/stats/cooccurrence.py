"""Which labels come together, under six measures, and an order of the labels that shows it."""

from __future__ import annotations

import numpy as np
import scipy

from dbl_core.longtail.matrix import label_matrix, sparse_label_matrix
from dbl_core.stats.catalog import COOCCURRENCE_MEASURES

ORDERS = ("frequency", "name", "cluster")
BLOCK_ROWS = 1 << 16
"""Rows of a dense matrix that are turned into numbers at a time; bounds memory."""
OPTIMAL_LEAVES = 400
"""Up to this many labels, the branches of the clustering are turned so that neighbours are most alike."""


def cooccurrence(labels: object, measure: str = "count") -> np.ndarray:
    """Return a measure of co-occurrence for every pair of labels; ``COOCCURRENCE_MEASURES`` holds the formulas.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse (millions of rows fit when sparse).
        measure: "count", "conditional" (row i, column j: P(j | i)), "lift", "npmi", "jaccard" or "phi".

    Returns:
        (n_labels, n_labels): int64 for "count", float64 otherwise. All are symmetric but "conditional".

    Raises:
        ValueError: labels that are not a 0/1 matrix, or an unknown measure.

    Undefined cells are NaN: "conditional" in the row of an absent label; "lift" and "npmi" where one of the two is
    absent, "npmi" also where both are on every sample; "jaccard" where both are absent; "phi" where one of the two is
    absent or on every sample. "npmi" is -1 for two present labels that never meet.
    """
    if measure not in COOCCURRENCE_MEASURES:
        raise ValueError(f"unknown measure {measure!r}; allowed: {', '.join(COOCCURRENCE_MEASURES)}")
    if scipy.sparse.issparse(labels):
        matrix = sparse_label_matrix(labels).astype(np.int32)
        counts = (matrix.T @ matrix).toarray().astype(np.int64)
    else:
        matrix = label_matrix(labels)
        counts = _dense_counts(matrix)
    return cooccurrence_from_counts(counts, matrix.shape[0], measure)


def cooccurrence_from_counts(counts: np.ndarray, n_samples: int, measure: str) -> np.ndarray:
    """Return a measure from the co-occurrence counts, so that a page that switches measures counts only once.

    Args:
        counts: (n_labels, n_labels) int64, as ``cooccurrence(labels, "count")`` gives them.
        n_samples: number of samples behind them.
        measure: as for :func:`cooccurrence`.
    """
    if measure not in COOCCURRENCE_MEASURES:
        raise ValueError(f"unknown measure {measure!r}; allowed: {', '.join(COOCCURRENCE_MEASURES)}")
    if measure == "count":
        return counts
    both = counts.astype(np.float64)
    single = np.diagonal(both)
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "conditional":
            return both / single[:, None]
        if measure == "jaccard":
            return both / (single[:, None] + single[None, :] - both)
        if measure == "phi":
            scale = np.sqrt(single * (n_samples - single))
            return (n_samples * both - np.outer(single, single)) / np.outer(scale, scale)
        lift = n_samples * both / np.outer(single, single)
        return lift if measure == "lift" else _npmi(lift, both / n_samples)


def _npmi(lift: np.ndarray, joint: np.ndarray) -> np.ndarray:
    return np.where(lift == 0, -1.0, np.log(lift) / -np.log(joint))


def _dense_counts(matrix: np.ndarray) -> np.ndarray:
    """Count pairs by blocks of rows; a block's sums are whole numbers below 2^24, so float32 holds them exactly."""
    counts = np.zeros((matrix.shape[1], matrix.shape[1]), dtype=np.int64)
    for start in range(0, matrix.shape[0], BLOCK_ROWS):
        block = matrix[start : start + BLOCK_ROWS].astype(np.float32)
        counts += (block.T @ block).astype(np.int64)
    return counts


def order_labels(labels: object, by: str = "frequency", *, label_names: object = None) -> np.ndarray:
    """Return an order of the labels for a chart.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        by: "frequency" (most frequent first), "name" (alphabetical, ignoring case; needs label_names) or "cluster"
            (labels that come together are neighbours: average linkage on 1 - Jaccard, the tree's leaves in order).
        label_names: (n_labels,) names, for "name" only.

    Returns:
        (n_labels,) int64 permutation of the columns; ties keep the order of the columns. Under "cluster" absent labels
        come last.

    Raises:
        ValueError: labels that are not a 0/1 matrix, an unknown order, or label_names that are missing or too few.
    """
    if by not in ORDERS:
        raise ValueError(f"unknown order {by!r}; allowed: {', '.join(ORDERS)}")
    if by == "name":
        n_labels = (labels if scipy.sparse.issparse(labels) else label_matrix(labels)).shape[1]
        names = [] if label_names is None else [str(name).casefold() for name in label_names]
        if len(names) != n_labels:
            raise ValueError(f"the order by name needs {n_labels} label_names, one a column, not {len(names)}")
        return np.array(sorted(range(n_labels), key=names.__getitem__), dtype=np.int64)
    counts = cooccurrence(labels)
    if by == "frequency":
        return np.argsort(-np.diagonal(counts), kind="stable").astype(np.int64)
    return _cluster_order(counts)


def _cluster_order(counts: np.ndarray) -> np.ndarray:
    present = np.flatnonzero(np.diagonal(counts) > 0)
    absent = np.flatnonzero(np.diagonal(counts) == 0)
    leaves = np.arange(present.size)
    if present.size > 2:
        distance = 1 - cooccurrence_from_counts(counts[np.ix_(present, present)], 1, "jaccard")
        np.fill_diagonal(distance, 0.0)
        from scipy.cluster import hierarchy  # a large part of scipy comes with it, which most pages do without
        from scipy.spatial.distance import squareform

        condensed = squareform(distance, checks=False)
        tree = hierarchy.linkage(condensed, method="average", optimal_ordering=present.size <= OPTIMAL_LEAVES)
        leaves = hierarchy.leaves_list(tree)
    return np.concatenate((present[leaves], absent)).astype(np.int64)
