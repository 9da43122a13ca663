"""Target profiles: how many positives the label of every rank should have, from the most frequent to the rarest."""

import math
from dataclasses import dataclass

import numpy as np

PARETO_SHAPE = 6.0
"""Shape of the Pareto density behind VOC-MLT and COCO-MLT."""
PARETO_LAST = 0.01
"""The density is followed down to this share of its survival function."""


@dataclass(frozen=True)
class ProfileDescription:
    """What a page shows about a profile: name, title, formula in LaTeX (rank u from 0 to 1) and one plain sentence."""

    name: str
    title: str
    formula: str
    idea: str


PROFILES: dict[str, ProfileDescription] = {
    profile.name: profile
    for profile in (
        ProfileDescription(
            "pareto",
            "Pareto, shape 6",
            r"n(u) = n_{\min} + (n_{\max}-n_{\min})\,\frac{x^{-7}-x_1^{-7}}{1-x_1^{-7}},\quad x = 1 + u\,(x_1-1),\ "
            r"x_1 = 0.01^{-1/6}",
            "The curve of VOC-MLT and COCO-MLT: a steep head and a long flat tail.",
        ),
        ProfileDescription(
            "exponential",
            "Exponential",
            r"n(u) = n_{\max}\,\rho^{-u}",
            "Every rank loses the same share: a straight line on a logarithmic axis, as in CIFAR-LT.",
        ),
        ProfileDescription(
            "step",
            "Step",
            r"n(u) = n_{\max}\ \text{for the first half},\ n_{\max}/\rho\ \text{for the rest}",
            "Half of the labels are frequent, half are rare, nothing lies between.",
        ),
        ProfileDescription(
            "linear",
            "Linear",
            r"n(u) = n_{\max} - u\,(n_{\max}-n_{\min})",
            "Every rank loses the same number of images: a mild tail for most labels.",
        ),
        ProfileDescription(
            "natural",
            "The pool's own",
            r"\log n(u) = \log n_{\min} + \frac{\log m(u)-\log m_{\min}}{\log m_{\max}-\log m_{\min}}\,\log\rho",
            "The order and spacing of the pool's own counts m, stretched on a logarithmic axis to the ratio.",
        ),
    )
}


def target_counts(
    n_labels: int, ratio: float, max_count: int, profile: str = "pareto", *, pool_counts: object = None
) -> np.ndarray:
    """Return the positives that a profile asks of every rank.

    The first rank gets exactly max_count and the last exactly max_count / ratio (rounded, at least 1). The published
    Pareto curve stops half a percent above its minimum; here it is stretched to end on it, so that the ratio is met.

    Args:
        n_labels: number of ranks, >= 1. With one label there is one rank and the ratio has nothing to act on.
        ratio: imbalance ratio rho, largest over smallest count, from 1 (flat) to max_count.
        max_count: positives of the first rank, >= 1.
        profile: a key of :data:`PROFILES`.
        pool_counts: (n_labels,) positives per label in the pool, all >= 1; needed by "natural" only. Equal counts have
            no shape to stretch: every rank then gets max_count.

    Returns:
        (n_labels,) int64, descending.

    Raises:
        ValueError: a value out of the ranges above; the message names it and what is allowed.
    """
    _check_target(n_labels, ratio, max_count, profile)
    if n_labels == 1:
        return np.array([max_count], dtype=np.int64)
    rank = np.arange(n_labels) / (n_labels - 1)
    if profile == "natural":
        height = _natural_height(pool_counts, n_labels)
        curve = max_count * np.exp((height - 1) * math.log(ratio))
    else:
        curve = _curve(profile, rank, ratio, max_count)
    counts = np.floor(np.round(curve, 6) + 0.5).astype(np.int64)
    return np.clip(counts, 1, max_count)


def _curve(profile: str, rank: np.ndarray, ratio: float, max_count: int) -> np.ndarray:
    least = max_count / ratio
    if profile == "exponential":
        return max_count * np.exp(-rank * math.log(ratio))
    if profile == "step":
        return np.where(np.arange(rank.size) < (rank.size + 1) // 2, float(max_count), least)
    if profile == "linear":
        return max_count - rank * (max_count - least)
    last = PARETO_LAST ** (-1 / PARETO_SHAPE)
    density = (1 + rank * (last - 1)) ** -(PARETO_SHAPE + 1)
    return least + (max_count - least) * (density - density[-1]) / (1 - density[-1])


def _natural_height(pool_counts: object, n_labels: int) -> np.ndarray:
    """Place of every rank between the pool's smallest (0) and largest (1) count on a logarithmic axis, descending."""
    if pool_counts is None:
        raise ValueError("profile 'natural' needs pool_counts, the positives per label in the pool")
    counts = np.sort(np.asarray(pool_counts))[::-1]
    if counts.shape != (n_labels,) or counts[-1] < 1:
        raise ValueError(f"pool_counts must be {n_labels} numbers >= 1, one for every label of the pool")
    logs = np.log(counts.astype(np.float64))
    spread = logs[0] - logs[-1]
    return np.ones(n_labels) if spread == 0 else (logs - logs[-1]) / spread


def check_ratio(ratio: float) -> None:
    """Raise ValueError unless ratio is a finite number of at least 1."""
    if isinstance(ratio, bool) or not isinstance(ratio, (int, float, np.integer, np.floating)):
        raise ValueError(f"ratio must be a number >= 1, not {ratio!r}")
    if not math.isfinite(ratio) or ratio < 1:
        raise ValueError(f"ratio must be a finite number >= 1, not {ratio}")


def check_profile(profile: str) -> None:
    """Raise ValueError unless profile is a key of PROFILES."""
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; allowed: {', '.join(PROFILES)}")


def _check_target(n_labels: int, ratio: float, max_count: int, profile: str) -> None:
    if n_labels < 1:
        raise ValueError(f"n_labels must be at least 1, not {n_labels}")
    check_ratio(ratio)
    check_profile(profile)
    if max_count < 1:
        raise ValueError(f"max_count must be at least 1, not {max_count}")
    if ratio > max_count:
        raise ValueError(
            f"ratio {ratio:g} with a largest class of {max_count} asks for less than one image of the rarest label; "
            f"allowed: a ratio from 1 to {max_count}, or a larger max_count"
        )
