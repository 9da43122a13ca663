"""Split labelled images into parts (training, validation, test) so that rare labels are in every one of them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import scipy

from dbl_core.longtail.matrix import sparse_label_matrix


def stratified_split(labels: object, shares: Sequence[float], *, seed: int = 0) -> list[np.ndarray]:
    """Divide the rows of a label matrix into parts of given shares that all look like the whole.

    A random split loses rare labels: of a label with 6 images, a test part of one fifth has none in one case of four.
    Iterative stratification takes the rarest remaining label and deals its images one by one to the part that still
    wants most of that label, then the next rarest. Part m wants ``n_j * share_m`` images of label j.

    Two things go beyond the paper. A label with at least as many images as there are parts is wanted at least once by
    every part, and a last step exchanges single images where a part still lacks such a label. And the parts have
    exactly their sizes (shares of the rows, largest remainders rounded up).

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        shares: at least two numbers above 0 that sum to 1, such as (0.7, 0.1, 0.2).
        seed: whole number >= 0; the same seed gives the same parts on every platform.

    Returns:
        One ascending int64 array of rows a part; every row is in exactly one of them.

    Raises:
        ValueError: labels that are not a 0/1 matrix, shares that are not as above or leave a part without a row, or a
            seed that is not a whole number >= 0.

    Edge rows: images without labels fill the parts up. A label with fewer images than parts is missing somewhere, and
    with many labels on few images so may others be; :func:`check_split` names them.

    Sechidis, Tsoumakas, Vlahavas: On the stratification of multi-label data, ECML PKDD 2011, algorithm 1.
    """
    matrix = sparse_label_matrix(labels)
    sizes = _part_sizes(matrix.shape[0], shares)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed must be a whole number >= 0, not {seed!r}")
    part_of_row = _deal(matrix, sizes, shares, random.Random(int(seed)))
    _exchange(matrix, part_of_row, len(sizes))
    return [np.flatnonzero(part_of_row == part).astype(np.int64) for part in range(len(sizes))]


def check_split(
    labels: object, parts: Sequence[object], label_names: object = None, *, part_names: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Say what is wrong with a split: rows in two parts, and every label that is missing somewhere, with its counts.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        parts: row arrays, one a part; they need not cover all rows.
        label_names: (n_labels,) names for the sentences; "label 3" otherwise.
        part_names: a name for each part, such as ("training", "test"); "part 1" otherwise.

    Returns:
        Sentences, the label with the fewest images first; empty when every label is in every part and no row is in two.

    Raises:
        ValueError: labels that are not a 0/1 matrix, rows that are not whole numbers within it, no part, or names of
            another number.
    """
    matrix = sparse_label_matrix(labels)
    rows = [_checked_rows(part, matrix.shape[0], number) for number, part in enumerate(parts, start=1)]
    if not rows:
        raise ValueError("a split needs at least one part")
    names = _names("label_names", label_names, "label {}", range(matrix.shape[1]))
    titles = _names("part_names", part_names, "part {}", range(1, len(rows) + 1))
    counts = np.array([np.bincount(matrix[part].indices, minlength=matrix.shape[1]) for part in rows])
    notes = _shared_rows(rows, titles)
    total = counts.sum(axis=0)
    missing = ((counts == 0).any(axis=0)) & (total > 0)
    for label in np.argsort(total, kind="stable").tolist():
        if missing[label]:
            notes.append(_missing_note(names[label], counts[:, label].tolist(), titles))
    absent = [names[j] for j in np.flatnonzero(total == 0)]
    if absent:
        verb = "1 label has" if len(absent) == 1 else f"{len(absent)} labels have"
        notes.append(f"{verb} no image in any part: {', '.join(absent)}.")
    return tuple(notes)


def _part_sizes(n_samples: int, shares: Sequence[float]) -> list[int]:
    """Return whole sizes that sum to n_samples, the largest remainders rounded up."""
    values = [float(share) for share in shares]
    if len(values) < 2 or not all(math.isfinite(v) and v > 0 for v in values) or abs(math.fsum(values) - 1) > 1e-6:
        raise ValueError(f"shares must be at least two numbers above 0 that sum to 1, not {list(shares)}")
    wanted = [n_samples * value for value in values]
    sizes = [math.floor(round(want, 6)) for want in wanted]
    by_remainder = sorted(range(len(values)), key=lambda part: (sizes[part] - round(wanted[part], 6), part))
    for part in by_remainder[: n_samples - sum(sizes)]:
        sizes[part] += 1
    if min(sizes) < 1:
        raise ValueError(f"shares {list(shares)} of {n_samples} rows leave a part without a row")
    return sizes


def _wishes(count: int, shares: Sequence[float]) -> list[float]:
    """Return how many of a label's images every part wants: its share, but at least one if there are enough."""
    wishes = [count * float(share) for share in shares]
    if count < len(wishes) or min(wishes) >= 1:
        return wishes
    spare = math.fsum(wish - 1 for wish in wishes if wish > 1)
    left = (count - len(wishes)) / spare
    return [1 + max(0.0, wish - 1) * left for wish in wishes]


def _deal(matrix: scipy.sparse.csr_array, sizes: list[int], shares: Sequence[float], rng: random.Random) -> np.ndarray:
    """Give every row a part: (n_samples,) int64."""
    by_label = matrix.tocsc()
    left = np.bincount(matrix.indices, minlength=matrix.shape[1]).tolist()
    wishes = [_wishes(count, shares) for count in left]
    room = list(sizes)
    order = list(range(matrix.shape[0]))
    rng.shuffle(order)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    part_of_row = np.full(matrix.shape[0], -1, dtype=np.int64)
    open_labels = {label for label, count in enumerate(left) if count}
    while open_labels:
        label = min(open_labels, key=lambda j: (left[j], j))
        holders = by_label.indices[by_label.indptr[label] : by_label.indptr[label + 1]]
        holders = holders[part_of_row[holders] < 0]
        for row in holders[np.argsort(place[holders])].tolist():
            part = _neediest(wishes[label], room)
            part_of_row[row] = part
            room[part] -= 1
            for j in matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].tolist():
                wishes[j][part] -= 1
                left[j] -= 1
        open_labels = {j for j in open_labels if left[j]}
    rest = [row for row in order if part_of_row[row] < 0]
    part_of_row[rest] = np.repeat(np.arange(len(room)), room)
    return part_of_row


def _neediest(wishes: list[float], room: list[int]) -> int:
    """Return the part with room that wants most of the label; ties fall to the one with most room."""
    return max((part for part in range(len(room)) if room[part]), key=lambda part: (wishes[part], room[part], -part))


def _exchange(matrix: scipy.sparse.csr_array, part_of_row: np.ndarray, n_parts: int) -> None:
    """Swap single rows between parts where a part lacks a label that has enough images for all; changes part_of_row."""
    counts = np.array(
        [np.bincount(matrix[part_of_row == part].indices, minlength=matrix.shape[1]) for part in range(n_parts)]
    )
    total = counts.sum(axis=0)
    due = total >= n_parts
    by_label = matrix.tocsc()
    for part, label in np.argwhere((counts == 0) & due).tolist():
        holders = by_label.indices[by_label.indptr[label] : by_label.indptr[label + 1]]
        if counts[part, label] == 0:
            _bring(matrix, part_of_row, counts, due, (part, holders))


def _bring(
    matrix: scipy.sparse.csr_array,
    part_of_row: np.ndarray,
    counts: np.ndarray,
    due: np.ndarray,
    want: tuple[int, np.ndarray],
) -> None:
    """Bring one holder of a label into a part and send back the row most like it, if no other label is lost by it."""
    part, holders = want
    for row in sorted(holders.tolist(), key=lambda k: (matrix.indptr[k + 1] - matrix.indptr[k], k)):
        donor = int(part_of_row[row])
        brought = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        if (due[brought] & (counts[donor, brought] == 1)).any():
            continue
        back = _sendable(matrix, np.flatnonzero(part_of_row == part), brought, due & (counts[part] == 1))
        if back is None:
            continue
        sent = matrix.indices[matrix.indptr[back] : matrix.indptr[back + 1]]
        part_of_row[row], part_of_row[back] = part, donor
        for labels, sign in ((brought, 1), (sent, -1)):
            counts[part, labels] += sign
            counts[donor, labels] -= sign
        return


def _sendable(matrix: scipy.sparse.csr_array, rows: np.ndarray, like: np.ndarray, only: np.ndarray) -> int | None:
    """Return the row that differs least from a label set and carries no label that is the part's only one."""
    inside = matrix[rows].astype(np.int64)
    shared = np.zeros(matrix.shape[1], dtype=np.int64)
    shared[like] = 1
    differing = inside.sum(axis=1) + like.size - 2 * (inside @ shared)
    free = inside @ only.astype(np.int64) == 0
    return int(rows[free][np.argmin(differing[free])]) if free.any() else None


def _checked_rows(part: object, n_samples: int, number: int) -> np.ndarray:
    rows = np.asarray(part)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise ValueError(f"part {number} must be row numbers in one dimension, but has {rows.dtype} of {rows.shape}")
    wrong = (rows < 0) | (rows >= n_samples)
    if wrong.any():
        raise ValueError(f"part {number} names row {rows[wrong][0]}; the labels have rows 0 to {n_samples - 1}")
    return rows.astype(np.int64)


def _names(what: str, given: object, pattern: str, numbers: range) -> list[str]:
    names = [pattern.format(number) for number in numbers] if given is None else [str(name) for name in given]
    if len(names) != len(numbers):
        raise ValueError(f"{what} must be {len(numbers)} names, but there are {len(names)}")
    return names


def _shared_rows(rows: list[np.ndarray], titles: list[str]) -> list[str]:
    notes = []
    for first in range(len(rows)):
        for second in range(first + 1, len(rows)):
            both = np.intersect1d(rows[first], rows[second]).size
            if both:
                verb = "row is" if both == 1 else "rows are"
                notes.append(f"{both:,} {verb} in both {titles[first]} and {titles[second]}.")
    return notes


def _missing_note(name: str, counts: list[int], titles: list[str]) -> str:
    where = " and ".join(title for title, count in zip(titles, counts, strict=True) if count == 0)
    told = ", ".join(f"{title}: {count:,}" for title, count in zip(titles, counts, strict=True))
    total = sum(counts)
    few = f"; {total} {'image' if total == 1 else 'images'} cannot be in {len(counts)} parts"
    return f"{name} is missing from {where} ({told}{few if total < len(counts) else ''})."
