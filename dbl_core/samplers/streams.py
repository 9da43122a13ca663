"""Streams of row indices for training."""

import numpy as np

from dbl_core.longtail.matrix import label_matrix


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


def _shuffled_passes(items: np.ndarray, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return n_draws of items, each pass over all of them in its own random order."""
    n_passes = -(-n_draws // items.size)
    return rng.permuted(np.tile(items, (n_passes, 1)), axis=1).ravel()[:n_draws].astype(np.int64, copy=False)


def _whole(name: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, not {value!r}")
    return int(value)
