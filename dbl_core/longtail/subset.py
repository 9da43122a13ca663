"""Cut a long-tailed training set out of a pool of multi-label images."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
import scipy

from dbl_core.longtail.matrix import label_matrix
from dbl_core.longtail.notes import residue_notes
from dbl_core.longtail.profiles import check_profile, check_ratio, target_counts
from dbl_core.longtail.selection import Selection, fill_at_random, repair

DEFAULT_SHARE = 0.4
"""Largest share of a label's images that the default max_count asks for."""
SEARCHED_ROWS = 200_000
"""A larger pool is thinned out at random before the search, down to what the profile can use."""
SPARE = 4
"""Images of every label that thinning out keeps, as a multiple of what is asked for."""


@dataclass(frozen=True)
class LongTailSubset:
    """A long-tailed choice of images.

    Attributes:
        rows: (n_chosen,) int64, ascending row indices into the pool.
        asked: (n_labels,) int64 positives the profile asks for, in the order of the pool's columns; 0 for a label that
            is absent from the pool.
        achieved: (n_labels,) int64 positives the chosen images have.
        ratio_achieved: largest over smallest achieved count of the labels that were asked for; inf if one has none.
        notes: sentences on what could not be met and why; empty when every count is within 1 % of the profile.
    """

    rows: np.ndarray
    asked: np.ndarray
    achieved: np.ndarray
    ratio_achieved: float
    notes: tuple[str, ...] = ()


def longtail_subset(
    labels: object,
    *,
    ratio: float,
    profile: str = "pareto",
    max_count: int | None = None,
    seed: int = 0,
    label_names: object = None,
) -> LongTailSubset:
    """Choose images of a pool so that the positives per label follow a long-tailed profile.

    The labels keep their order by frequency in the pool (ties: the earlier column first): the most frequent label gets
    the first rank of the profile. Images carry several labels, so counts cannot be set one by one: a random filling
    (rarest label first) is repaired by adding, removing and swapping single images, best weighted gain first, where a
    label's weight is 1 / asked^2 (so that differences count in percent). Images without labels are never chosen. Of a
    pool above 200,000 images a random part is searched that keeps four times the images asked for of every label.

    Args:
        labels: (n_samples, n_labels) bool or 0/1 label matrix of the pool.
        ratio: imbalance ratio, largest over smallest count, >= 1; 1 asks for equal counts.
        profile: "pareto" (as VOC-MLT and COCO-MLT), "exponential", "step", "linear", or "natural" (the pool's shape).
        max_count: positives asked of the most frequent label, at most what the pool has of it. None takes the largest
            multiple of the ratio for which no label is asked for more than two fifths of its images in the pool, which
            leaves the search a choice (at least the ratio itself); on VOC2012 at ratio 193.75 that is 775, as in
            VOC-MLT.
        seed: whole number >= 0; the same seed gives the same rows on every platform.
        label_names: (n_labels,) names for the notes; "label 3" otherwise.

    Returns:
        A :class:`LongTailSubset`; it tells asked from achieved, and its notes say what could not be met.

    Raises:
        ValueError: labels are not a 0/1 matrix or have no positive at all; ratio below 1 or not finite, or above
            max_count or the pool's largest count; an unknown profile; max_count below 1 or above the pool's largest
            count; a seed that is not a whole number >= 0; label_names of another length.

    Edge rows: a label that is absent from the pool is asked for 0 and noted; one label alone gets max_count.

    The profile is that of Wu et al., ECCV 2020, section 4.1; the search replaces the random walk of the public script.
    """
    pool = label_matrix(labels)
    check_ratio(ratio)
    check_profile(profile)
    names = _names(label_names, pool.shape[1])
    rng = random.Random(_whole("seed", seed, 0))
    asked = _asked(pool.sum(axis=0), ratio, profile, max_count)
    searched = _searched_rows(pool, asked, rng)
    sets, set_of_row, stock = distinct_sets(pool[searched])
    selection = Selection(sets, stock, asked)
    fill_at_random(selection, set_of_row, rng)
    repair(selection, rng)
    rows = np.arange(pool.shape[0])[searched][_draw_rows(selection.taken, set_of_row, rng)]
    present = asked > 0
    least = int(selection.achieved[present].min())
    return LongTailSubset(
        rows=rows,
        asked=asked,
        achieved=selection.achieved,
        ratio_achieved=int(selection.achieved.max()) / least if least else math.inf,
        notes=residue_notes(pool, rows, asked, names),
    )


def distinct_sets(labels: np.ndarray) -> tuple[scipy.sparse.csr_array, np.ndarray, np.ndarray]:
    """Return the distinct label sets of a bool matrix, the set of every row, and the rows of every set.

    Returns:
        (n_sets, n_labels) sparse bool in a fixed order, (n_samples,) int64 set index, (n_sets,) int64 number of rows.
    """
    packed = np.packbits(labels, axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, set_of_row, stock = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    return scipy.sparse.csr_array(labels[first]), set_of_row.astype(np.int64), stock.astype(np.int64)


def _asked(pool_counts: np.ndarray, ratio: float, profile: str, max_count: int | None) -> np.ndarray:
    """Return the target count of every column: profile by pool frequency, 0 for labels the pool does not have."""
    order = np.argsort(-pool_counts, kind="stable")
    order = order[pool_counts[order] > 0]
    if order.size == 0:
        raise ValueError("labels hold no positive at all; a subset needs at least one label that occurs")
    ranked = pool_counts[order]
    if ratio > ranked[0]:
        raise ValueError(f"ratio {ratio:g} needs a label with that many images; the most frequent has {ranked[0]}")
    if max_count is None:
        largest = _default_max_count(ranked, ratio, profile)
    else:
        largest = _whole("max_count", max_count, 1)
        if largest > ranked[0]:
            raise ValueError(f"max_count must be from 1 to {ranked[0]} (the most frequent label), not {largest}")
    asked = np.zeros(pool_counts.size, dtype=np.int64)
    asked[order] = target_counts(order.size, ratio, largest, profile, pool_counts=ranked)
    return asked


def _default_max_count(ranked: np.ndarray, ratio: float, profile: str) -> int:
    """Return the largest first count, a whole multiple of ratio, that leaves every label most of its images."""
    spare = np.maximum(1, np.floor(ranked * DEFAULT_SHARE))
    least = math.ceil(ratio)
    low, high = least, max(least, int(spare[0]))
    while low < high:
        middle = (low + high + 1) // 2
        if (target_counts(ranked.size, ratio, middle, profile, pool_counts=ranked) <= spare).all():
            low = middle
        else:
            high = middle - 1
    return max(least, round(math.floor(low / ratio) * ratio))


def _searched_rows(pool: np.ndarray, asked: np.ndarray, rng: random.Random) -> slice | np.ndarray:
    """Return all rows of a pool, or of a large one random rows with SPARE times the images asked for of every label."""
    if pool.shape[0] <= SEARCHED_ROWS:
        return slice(None)
    order = list(range(pool.shape[0]))
    rng.shuffle(order)
    place = np.empty(pool.shape[0], dtype=np.int64)
    place[order] = np.arange(pool.shape[0])
    by_label = scipy.sparse.csr_array(pool).tocsc()
    kept = np.zeros(pool.shape[0], dtype=bool)
    for label in np.argsort(asked, kind="stable").tolist():
        holders = by_label.indices[by_label.indptr[label] : by_label.indptr[label + 1]]
        missing = SPARE * int(asked[label]) - int(kept[holders].sum())
        if missing > 0:
            free = holders[~kept[holders]]
            kept[free[np.argsort(place[free])[:missing]]] = True
    return np.flatnonzero(kept)


def _draw_rows(taken: np.ndarray, set_of_row: np.ndarray, rng: random.Random) -> np.ndarray:
    """Draw taken[k] random rows of every label set k and return them in ascending order."""
    order = list(range(set_of_row.size))
    rng.shuffle(order)
    shuffled = np.asarray(order, dtype=np.int64)
    by_set = shuffled[np.argsort(set_of_row[shuffled], kind="stable")]
    sizes = np.bincount(set_of_row, minlength=taken.size)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    place = np.arange(by_set.size) - np.repeat(starts, sizes)
    return np.sort(by_set[place < np.repeat(taken, sizes)])


def _whole(name: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, not {value!r}")
    return int(value)


def _names(label_names: object, n_labels: int) -> tuple[str, ...]:
    if label_names is None:
        return tuple(f"label {j}" for j in range(n_labels))
    names = tuple(str(name) for name in label_names)
    if len(names) != n_labels:
        raise ValueError(f"label_names must be {n_labels} names, one a column, but there are {len(names)}")
    return names
