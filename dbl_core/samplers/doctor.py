"""What is odd about a sampler on a given training set: settings without effect, promises that are not kept."""

from collections.abc import Sequence

import numpy as np

from dbl_core.longtail.matrix import sparse_label_matrix
from dbl_core.samplers.epochs import epoch_summary
from dbl_core.stats.chances import repeat_factors
from dbl_core.stats.measures import label_counts_of
from dbl_core.stats.sampling import SamplingShares, label_shares, leaking_pairs

UNCHANGED = 0.9
"""A sampler that keeps more than this share of max/min does next to nothing."""
KEPT = 1.5
"""A max/min above this many times the promised one is a promise that is not kept."""
MANY_REPEATS = 20
"""Shown this often in one epoch, an image is learned by heart."""


def sampler_hints(
    sampler: str, labels: object, *, label_names: Sequence[str] | None = None, **options: float | None
) -> tuple[str, ...]:
    """Say what is odd about a sampler on a training set, one sentence each; nothing where all is as it should be.

    Args:
        sampler: a key of ``SAMPLERS``.
        labels: (n_samples, n_labels) bool or 0/1 of the training set, dense or scipy sparse.
        label_names: (n_labels,) names for the sentences; "label 3" otherwise.
        **options: as for ``dbl_core.stats.label_shares``.

    Raises:
        ValueError: labels that are not a 0/1 matrix or hold no positive, an unknown sampler or option, an option out of
            range, or label_names of another number.
    """
    matrix = sparse_label_matrix(labels)
    names = [f"label {j}" for j in range(matrix.shape[1])] if label_names is None else [str(n) for n in label_names]
    if len(names) != matrix.shape[1]:
        raise ValueError(f"label_names must be {matrix.shape[1]} names, one a column, but there are {len(names)}")
    shares = label_shares(matrix, sampler, **options)
    counts = label_counts_of(matrix)
    found = [_absent(counts, names)]
    if sampler != "uniform":
        idle = _idle_threshold(matrix, counts, names, options) if sampler == "repeat_factor" else ""
        found += [idle or _idle(counts, shares), "" if idle else _leak(matrix, names, shares, options)]
        found += [_learned_by_heart(matrix, names, sampler, options)]
    return tuple(sentence for sentence in found if sentence)


def _absent(counts: np.ndarray, names: list[str]) -> str:
    absent = [name for name, count in zip(names, counts, strict=True) if count == 0]
    if not absent:
        return ""
    listed = ", ".join(absent[:6]) + (", …" if len(absent) > 6 else "")
    verb = "1 label has" if len(absent) == 1 else f"{len(absent)} labels have"
    return f"{verb} no image, so no sampler can show one: {listed}."


def _idle_threshold(matrix: object, counts: np.ndarray, names: list[str], options: dict[str, float | None]) -> str:
    _, of_image, threshold = repeat_factors(matrix, options.get("threshold"))
    if of_image.max() > 1:
        return ""
    rarest = int(np.argmin(np.where(counts > 0, counts, counts.max() + 1)))
    least = counts[rarest] / matrix.shape[0]
    return (
        f"threshold {threshold:.3g} is not above the frequency of any label (the rarest, {names[rarest]}, has "
        f"{least:.3g}), so no image is repeated and this is uniform sampling; it begins to act above {least:.3g}."
    )


def _idle(counts: np.ndarray, shares: SamplingShares) -> str:
    before = counts.max() / counts[counts > 0].min()
    if shares.max_min < UNCHANGED * before:
        return ""
    if before < KEPT:
        return f"The labels are balanced already (imbalance {before:.2f}); this sampler has nothing to do."
    if shares.max_min > before:
        return (
            f"This sampler makes the labels less even: the imbalance goes from {before:.1f} to {shares.max_min:.1f}, "
            "because frequent labels ride along with rare ones."
        )
    return f"This sampler changes next to nothing: the imbalance goes from {before:.1f} to {shares.max_min:.1f}."


def _leak(matrix: object, names: list[str], shares: SamplingShares, options: dict[str, float | None]) -> str:
    if shares.max_min < KEPT * shares.promised_max_min:
        return ""
    most = int(np.argmax(shares.leak))
    pairs = leaking_pairs(matrix, shares.sampler, n_pairs=matrix.shape[1] ** 2, **options)
    with_most = np.flatnonzero(pairs["frequent"] == most)
    why = ""
    if with_most.size:
        first = int(with_most[0])
        why = f"; it is on {100 * pairs['together'][first]:.0f} % of the images with {names[pairs['rare'][first]]}"
    return (
        f"It promises an imbalance of {shares.promised_max_min:.1f}, but labels that ride along leave "
        f"{shares.max_min:.1f}: {names[most]} is shown "
        f"{shares.rates[most] / shares.promised_rates[most]:.1f} times as often as promised{why}."
    )


def _learned_by_heart(matrix: object, names: list[str], sampler: str, options: dict[str, float | None]) -> str:
    epoch = epoch_summary(matrix, sampler, **options)
    sentences = []
    if epoch.rarest_repeats >= MANY_REPEATS:
        who = names[epoch.rarest[0]] if epoch.rarest.size == 1 else f"{epoch.rarest.size} rarest labels"
        images = "the only image" if epoch.rarest_images == 1 else f"each of the {epoch.rarest_images} images"
        sentences.append(
            f"In an epoch of {epoch.n_draws:,} draws, {images} of {who} is shown about {epoch.rarest_repeats:.0f} "
            "times and may be learned by heart; augmentation or fewer epochs help."
        )
    if epoch.never:
        what = "image without labels is" if epoch.never == 1 else "images without labels are"
        sentences.append(f"{epoch.never:,} {what} never shown, because this sampler asks for labels.")
    return " ".join(sentences)
