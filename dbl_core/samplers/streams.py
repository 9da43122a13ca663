"""Streams of row indices for training."""

import numpy as np

from dbl_core.longtail.matrix import label_matrix
from dbl_core.stats.chances import class_chances, repeat_factors

# Keys of independent random streams of one seed, beside [seed] (uniform), [seed, 0] (order of the classes) and
# [seed, 1 + label] (the deck of a class).
CLASSES, PASSES, COINS, PLAIN = 1, 2, 3, 4


def uniform_indices(n_samples: int, n_draws: int, seed: int = 0) -> np.ndarray:
    """Return rows in shuffled passes: every image once before any image comes again.

    Args:
        n_samples: number of training images, >= 1.
        n_draws: length of the stream, >= 0; may stop in the middle of a pass.
        seed: whole number >= 0; the same seed gives the same stream, and a longer stream starts with the shorter one.

    Returns:
        (n_draws,) int64 row indices in [0, n_samples).

    Raises:
        ValueError: n_samples below 1, n_draws or seed below 0, or one of them not a whole number.
    """
    n_samples = _whole("n_samples", n_samples, 1)
    return _shuffled_passes(
        np.arange(n_samples), _whole("n_draws", n_draws, 0), np.random.default_rng(_whole("seed", seed, 0))
    )


def class_aware_indices(labels: object, n_draws: int, seed: int = 0) -> np.ndarray:
    """Return rows drawn by visiting the classes in turn, one image of the class a visit.

    Classes are visited in shuffled passes (each class once before any comes again); every class deals its own images in
    shuffled passes too. Each class is therefore asked for equally often, but an image brings its other labels along:
    ``dbl_core.stats.label_shares`` tells what that leaves of the balance. An image with several labels is in the deck
    of each of them.

    Args:
        labels: (n_samples, n_labels) bool or 0/1 of the training set.
        n_draws: length of the stream, >= 0.
        seed: whole number >= 0; the same seed gives the same stream, and a longer stream starts with the shorter one.

    Returns:
        (n_draws,) int64 row indices in [0, n_samples). A class without images is skipped; images without labels are
        never drawn.

    Raises:
        ValueError: labels that are not 0/1 or hold no positive, n_draws or seed not a whole number >= 0.

    Shen, Lin, Huang: Relay Backpropagation, ECCV 2016, section 5.3; as in the public code of Wu et al., ECCV 2020, with
    one image a visit.
    """
    matrix = label_matrix(labels)
    n_draws, seed = _whole("n_draws", n_draws, 0), _whole("seed", seed, 0)
    classes = np.flatnonzero(matrix.any(axis=0))
    if classes.size == 0:
        raise ValueError("labels hold no positive at all; class-aware sampling needs a class with an image")
    n_visits = -(-n_draws // classes.size)
    dealt = np.empty((n_visits, classes.size), dtype=np.int64)
    for slot, label in enumerate(classes):
        deck = np.random.default_rng([seed, 1 + int(label)])
        dealt[:, slot] = _shuffled_passes(np.flatnonzero(matrix[:, label]), n_visits, deck)
    order = np.random.default_rng([seed, 0]).permuted(np.tile(np.arange(classes.size), (n_visits, 1)), axis=1)
    return np.take_along_axis(dealt, order, axis=1).ravel()[:n_draws]


def square_root_indices(labels: object, n_draws: int, seed: int = 0) -> np.ndarray:
    """Return rows of classes that are asked for with chance sqrt(n_j) / sum_i sqrt(n_i), one image a visit.

    Half-way between the counts as they are and equal classes. Every class deals its own images in shuffled passes.

    Args:
        labels: (n_samples, n_labels) bool or 0/1 of the training set.
        n_draws: length of the stream, >= 0.
        seed: whole number >= 0; the same seed gives the same stream, and a longer stream starts with the shorter one.

    Returns:
        (n_draws,) int64 row indices in [0, n_samples). Images without labels are never drawn.

    Raises:
        ValueError: as :func:`class_aware_indices`.

    Mahajan et al.: Exploring the limits of weakly supervised pretraining, ECCV 2018, section 2.2 (as replication of
    images); Kang et al., ICLR 2020, equation 1 with q = 1/2.
    """
    matrix = label_matrix(labels)
    n_draws, seed = _whole("n_draws", n_draws, 0), _whole("seed", seed, 0)
    if not matrix.any():
        raise ValueError("labels hold no positive at all; square-root sampling needs a class with an image")
    edges = np.cumsum(class_chances(matrix.sum(axis=0), "square_root"))
    drawn = np.random.default_rng([seed, 0, CLASSES]).random(n_draws)
    visited = np.searchsorted(edges, drawn * edges[-1], side="right")
    stream = np.empty(n_draws, dtype=np.int64)
    for label in np.unique(visited).tolist():
        places = np.flatnonzero(visited == label)
        deck = np.random.default_rng([seed, 1 + label])
        stream[places] = _shuffled_passes(np.flatnonzero(matrix[:, label]), places.size, deck)
    return stream


def repeat_factor_indices(labels: object, n_draws: int, seed: int = 0, *, threshold: float | None = None) -> np.ndarray:
    """Return rows in passes over all images in which images of rare classes come several times.

    An image with factor r (``dbl_core.stats.repeat_factors``: the largest max(1, sqrt(t / f_j)) of its labels) comes
    floor(r) times in a pass, and once more with chance r - floor(r). Every pass rounds and shuffles anew.

    Args:
        labels: (n_samples, n_labels) bool or 0/1 of the training set.
        n_draws: length of the stream, >= 0; may stop in the middle of a pass.
        seed: whole number >= 0; the same seed gives the same stream, and a longer stream starts with the shorter one.
        threshold: t in (0, 1]; None takes the median frequency of the labels that occur.

    Returns:
        (n_draws,) int64 row indices in [0, n_samples). Images without labels come once a pass.

    Raises:
        ValueError: as :func:`class_aware_indices`, or a threshold out of range.

    Gupta, Dollár, Girshick: LVIS, CVPR 2019, appendix B.2; rounding as in the public code of detectron2.
    """
    matrix = label_matrix(labels)
    n_draws, seed = _whole("n_draws", n_draws, 0), _whole("seed", seed, 0)
    factors = repeat_factors(matrix, threshold)[1]
    whole, rest = np.floor(factors).astype(np.int64), factors % 1
    passes = [np.empty(0, dtype=np.int64)]
    missing = n_draws
    while missing > 0:
        rng = np.random.default_rng([seed, 0, PASSES, len(passes)])
        passes.append(rng.permutation(np.repeat(np.arange(factors.size), whole + (rng.random(factors.size) < rest))))
        missing -= passes[-1].size
    return np.concatenate(passes)[:n_draws]


def progressive_indices(labels: object, n_draws: int, seed: int = 0) -> np.ndarray:
    """Return rows that are drawn uniformly at the start of training and class-aware at its end.

    Draw d of n_draws is class-aware with chance d / (n_draws - 1), so n_draws must be the draws of the whole training,
    not of one epoch. Both kinds of draws deal their images in shuffled passes.

    Args:
        labels: (n_samples, n_labels) bool or 0/1 of the training set.
        n_draws: length of the whole training in images, >= 0.
        seed: whole number >= 0; the same seed and length give the same stream.

    Returns:
        (n_draws,) int64 row indices in [0, n_samples).

    Raises:
        ValueError: as :func:`class_aware_indices`.

    Kang et al.: Decoupling representation and classifier, ICLR 2020, equation 3; with uniform images instead of uniform
    positives at the start.
    """
    matrix = label_matrix(labels)
    n_draws, seed = _whole("n_draws", n_draws, 0), _whole("seed", seed, 0)
    progress = np.arange(n_draws) / max(1, n_draws - 1)
    balanced = np.random.default_rng([seed, 0, COINS]).random(n_draws) < progress
    stream = np.empty(n_draws, dtype=np.int64)
    stream[balanced] = class_aware_indices(matrix, int(balanced.sum()), seed)
    plain = np.random.default_rng([seed, 0, PLAIN])
    stream[~balanced] = _shuffled_passes(np.arange(matrix.shape[0]), int((~balanced).sum()), plain)
    return stream


def _shuffled_passes(items: np.ndarray, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return n_draws of items, each pass over all of them in its own random order."""
    n_passes = -(-n_draws // items.size)
    return rng.permuted(np.tile(items, (n_passes, 1)), axis=1).ravel()[:n_draws].astype(np.int64, copy=False)


def _whole(name: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, not {value!r}")
    return int(value)
