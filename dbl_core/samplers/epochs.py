"""How long an epoch is, and how often it repeats the images of rare labels."""

from dataclasses import dataclass

import numpy as np

from dbl_core.longtail.matrix import sparse_label_matrix
from dbl_core.samplers.catalog import epoch_length
from dbl_core.stats.measures import label_counts_of
from dbl_core.stats.sampling import label_shares


@dataclass(frozen=True)
class EpochSummary:
    """One epoch of a sampler, on average.

    Attributes:
        n_draws: images that are shown.
        passes: n_draws over the images of the training set.
        rarest: (n,) int64 columns of the labels that share the smallest count above 0.
        rarest_images: images that carry one of them.
        rarest_repeats: how often each of these images is shown, on average.
        most_repeats: how often the most repeated image is shown.
        never: images that are never drawn (those without labels, under a sampler that asks for labels).
    """

    n_draws: int
    passes: float
    rarest: np.ndarray
    rarest_images: int
    rarest_repeats: float
    most_repeats: float
    never: int


def epoch_summary(labels: object, sampler: str, *, n_draws: int | None = None, **options: float | None) -> EpochSummary:
    """Return what one epoch of a sampler does to single images.

    Args:
        labels: (n_samples, n_labels) bool or 0/1 of the training set, dense or scipy sparse.
        sampler: a key of ``SAMPLERS``.
        n_draws: images an epoch, >= 1; None takes :func:`epoch_length`, max(n) * C / 4, as training does.
        **options: as for ``dbl_core.stats.label_shares``; "progressive" has ``progress``.

    Raises:
        ValueError: labels that are not a 0/1 matrix or hold no positive, an unknown sampler or option, n_draws below 1.
    """
    matrix = sparse_label_matrix(labels)
    shares = label_shares(matrix, sampler, **options)
    counts = label_counts_of(matrix)
    if n_draws is None:
        n_draws = epoch_length(counts)
    if isinstance(n_draws, bool) or not isinstance(n_draws, (int, np.integer)) or n_draws < 1:
        raise ValueError(f"n_draws must be a whole number >= 1, not {n_draws!r}")
    rarest = np.flatnonzero(counts == counts[counts > 0].min())
    carriers = np.unique(matrix[:, rarest].nonzero()[0])
    repeats = shares.repeats(int(n_draws))
    return EpochSummary(
        n_draws=int(n_draws),
        passes=int(n_draws) / matrix.shape[0],
        rarest=rarest,
        rarest_images=carriers.size,
        rarest_repeats=float(repeats[carriers].mean()),
        most_repeats=float(repeats.max()),
        never=int((shares.image_probability == 0).sum()),
    )
