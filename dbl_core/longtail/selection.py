"""Choose how many images of every label set to take so that all label counts come close to their targets at once.

Images with the same label set are interchangeable for the counts, so the search runs over distinct label sets: take
``taken[k]`` of the ``stock[k]`` images of set k. The distance to the targets is the weighted sum of squares

    D = sum_j  w_j (achieved_j - asked_j)^2,   w_j ~ 1 / asked_j^2,

with whole-number weights, so that every comparison is exact and the answer is the same on every platform. A label that
is asked for but has no image at all costs KEEP w_j more: a subset must not lose a label.
"""

from __future__ import annotations

import random

import numpy as np
import scipy

WEIGHT_SCALE = 1 << 24
"""Weight of a label that is asked for once; w_j = max(1, WEIGHT_SCALE // asked_j^2)."""
KEEP = 8
"""Extra cost of a label without any image, in units of its weight."""
SWAP_CANDIDATES = 48
"""Label sets on either side that a quick swap chooses from, best first."""
EXCHANGE_SETS = 1_500
"""Label sets on either side of an exhaustive pass of swaps; larger pools take another random choice every pass."""
LARGE_POOL = 5_000
"""From this many label sets on, single images are moved in batches; weighing all sets for each move takes too long."""
BATCH = 256
"""Moves of a batch, each of them weighed again just before it is made."""
MOST_PASSES = 60
"""Exhaustive passes at most; later ones gain little."""
IDLE_PASSES = 3
"""Fruitless passes in a row, each over another choice, after which the search ends."""


class Selection:
    """The state of the search: how many images of every label set are taken, and what that makes of the counts.

    Args:
        sets: (n_sets, n_labels) sparse bool, the distinct label sets.
        stock: (n_sets,) images of each set in the pool.
        asked: (n_labels,) target counts, >= 0.
    """

    def __init__(self, sets: scipy.sparse.csr_array, stock: np.ndarray, asked: np.ndarray) -> None:
        self.sets = sets.astype(np.int64)
        self.stock = stock
        self.asked = asked
        self.taken = np.zeros_like(stock)
        self.achieved = np.zeros_like(asked)
        self.weights = np.maximum(1, WEIGHT_SCALE // np.maximum(asked, 1) ** 2)
        self.keep = np.where(asked > 0, KEEP * self.weights, 0)
        self.sizes = self.sets @ self.weights

    def move(self, index: int, copies: int) -> None:
        """Take copies (negative: give back) images of one label set."""
        labels = self._labels(index)
        self.taken[index] += copies
        self.achieved[labels] += copies

    def gains(self) -> tuple[np.ndarray, np.ndarray]:
        """Return how much one image more, and one image less, of every set lowers D; impossible moves lose most."""
        pull = 2 * self.weights * (self.asked - self.achieved)
        found = self.sets @ (pull + self.keep * (self.achieved == 0))
        lost = self.sets @ (pull + self.keep * (self.achieved == 1))
        worst = np.iinfo(np.int64).min // 4
        add = np.where(self.taken < self.stock, found - self.sizes, worst)
        remove = np.where(self.taken > 0, -lost - self.sizes, worst)
        return add, remove

    def exchange_if_better(self, new: int | None, old: int | None) -> bool:
        """Take an image of set new for one of set old (None: only take, only give back) if D falls; tell whether."""
        if (new is not None and self.taken[new] >= self.stock[new]) or (old is not None and self.taken[old] <= 0):
            return False
        found = np.setdiff1d(self._labels(new), self._labels(old), assume_unique=True)
        lost = np.setdiff1d(self._labels(old), self._labels(new), assume_unique=True)
        missing = self.asked - self.achieved
        better = self.weights[found] * (2 * missing[found] - 1) + self.keep[found] * (self.achieved[found] == 0)
        worse = self.weights[lost] * (2 * missing[lost] + 1) + self.keep[lost] * (self.achieved[lost] == 1)
        if better.sum() <= worse.sum():
            return False
        for index, copies in ((new, 1), (old, -1)):
            if index is not None:
                self.move(index, copies)
        return True

    def _labels(self, index: int | None) -> np.ndarray:
        if index is None:
            return np.empty(0, dtype=self.sets.indices.dtype)
        return self.sets.indices[self.sets.indptr[index] : self.sets.indptr[index + 1]]


def fill_at_random(selection: Selection, set_of_row: np.ndarray, rng: random.Random) -> None:
    """Take random images as long as no label of theirs is full, the rarest label first.

    Starting from a random filling keeps the subset a sample of the pool: a search from nothing would prefer the images
    with the most labels and distort co-occurrence.
    """
    rows = list(range(set_of_row.size))
    rng.shuffle(rows)
    order = np.asarray(rows, dtype=np.int64)
    shuffled = set_of_row[order]
    indptr, indices = selection.sets.indptr, selection.sets.indices
    members = [indices[indptr[k] : indptr[k + 1]].tolist() for k in range(selection.stock.size)]
    room = (selection.asked - selection.achieved).tolist()
    by_label = selection.sets.tocsc()
    free = np.ones(order.size, dtype=bool)
    for label in np.argsort(selection.asked, kind="stable").tolist():
        holders = np.zeros(selection.stock.size, dtype=bool)
        holders[by_label.indices[by_label.indptr[label] : by_label.indptr[label + 1]]] = True
        for place in np.flatnonzero(holders[shuffled] & free).tolist():
            if room[label] <= 0:
                break
            index = int(shuffled[place])
            if all(room[j] > 0 for j in members[index]):
                free[place] = False
                selection.move(index, 1)
                for j in members[index]:
                    room[j] -= 1


def repair(selection: Selection, rng: random.Random, *, max_moves: int = 20_000) -> None:
    """Add, remove and swap single images, best gain first, until no such move lowers D.

    Quick swaps look at the best images to add and to remove. That is not enough where a frequent label rides along with
    rare ones: the image with both must give way to one that has the rare label alone, and neither is good by itself.
    When quick swaps find nothing, passes over all pairs of label sets do. Ties fall to the first set in a seeded random
    order. Every move lowers the whole number D, so the search ends; max_moves bounds its time on a pool that cannot
    meet the profile at all.
    """
    order = list(range(selection.stock.size))
    rng.shuffle(order)
    rank = np.asarray(order, dtype=np.int64)
    passes = random.Random()
    passes.setstate(rng.getstate())
    passes_left = MOST_PASSES
    for _ in range(max_moves):
        add, remove = selection.gains()
        if _single_moves(selection, add, remove, rank) or _swap(selection, add, remove, rank):
            continue
        if passes_left == 0 or not _exchange(selection, passes):
            return
        passes_left -= 1


def _single_moves(selection: Selection, add: np.ndarray, remove: np.ndarray, rank: np.ndarray) -> bool:
    """Add or remove the best single image, or the best few hundred in a large pool; False where none lowers D."""
    if rank.size < LARGE_POOL:
        best_add = int(rank[np.argmax(add[rank])])
        best_remove = int(rank[np.argmax(remove[rank])])
        if max(add[best_add], remove[best_remove]) <= 0:
            return False
        if add[best_add] >= remove[best_remove]:
            selection.move(best_add, 1)
        else:
            selection.move(best_remove, -1)
        return True
    gain = np.maximum(add, remove)
    useful = rank[gain[rank] > 0]
    best = useful[np.argsort(-gain[useful], kind="stable")[:BATCH]]
    moved = [selection.exchange_if_better(*((k, None) if add[k] >= remove[k] else (None, k))) for k in best.tolist()]
    return any(moved)


def _swap(selection: Selection, add: np.ndarray, remove: np.ndarray, rank: np.ndarray) -> bool:
    """Exchange one image for another where that lowers D most; False where no exchange among the candidates does."""
    incoming = rank[np.argsort(-add[rank], kind="stable")[:SWAP_CANDIDATES]]
    outgoing = rank[np.argsort(-remove[rank], kind="stable")[:SWAP_CANDIDATES]]
    weighted = selection.sets[outgoing] * selection.weights
    shared = (selection.sets[incoming] @ weighted.T).toarray()
    gain = add[incoming][:, None] + remove[outgoing][None, :] + 2 * shared
    gain[incoming[:, None] == outgoing[None, :]] = 0
    at = int(np.argmax(gain))
    if gain.flat[at] <= 0:
        return False
    selection.move(int(incoming[at // gain.shape[1]]), 1)
    selection.move(int(outgoing[at % gain.shape[1]]), -1)
    return True


def _exchange(selection: Selection, rng: random.Random) -> bool:
    """Swap images over all pairs of label sets, each set's best partner; False where that finds nothing."""
    for _ in range(IDLE_PASSES):
        add, remove = selection.gains()
        incoming = _choice(np.flatnonzero(selection.taken < selection.stock), rng)
        outgoing = _choice(np.flatnonzero(selection.taken > 0), rng)
        weighted = selection.sets[incoming] * selection.weights
        shared = (weighted @ selection.sets[outgoing].T).toarray()
        gain = add[incoming][:, None] + remove[outgoing][None, :] + 2 * shared
        gain[incoming[:, None] == outgoing[None, :]] = 0
        if gain.size == 0:
            return False
        best = np.argmax(gain, axis=0)
        value = gain[best, np.arange(outgoing.size)]
        order = np.argsort(-value, kind="stable")
        pairs = zip(incoming[best[order]].tolist(), outgoing[order].tolist(), value[order].tolist(), strict=True)
        if sum(selection.exchange_if_better(new, old) for new, old, worth in pairs if worth > 0):
            return True
        if max(incoming.size, outgoing.size) < EXCHANGE_SETS:
            return False
    return False


def _choice(sets: np.ndarray, rng: random.Random) -> np.ndarray:
    """Return the sets in a random order, EXCHANGE_SETS at most."""
    order = sets.tolist()
    rng.shuffle(order)
    return np.asarray(order[:EXCHANGE_SETS], dtype=np.int64)
