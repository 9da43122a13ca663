r"""The family of the Distribution-Balanced Loss by its formulas alone: value and slope of every cell, in numpy.

What a loss under test is held against, and so free of the code that the lab trains with. With the logit z, the target
y, the shift :math:`\nu`, :math:`\zeta(x)=\log(1+e^x)` and a sign of -1 for positives and +1 for negatives, a cell is

.. math:: w\,f\,\zeta(a)/\ell,\quad a=\pm\,\ell\,(z-\nu),\quad f=s\,(1-p_t)^\gamma,\quad p_t=e^{-\zeta(a)},

where :math:`\ell` is 1 for positives and :math:`\lambda` for negatives. Deviations are the ways in which public copies
have gone wrong; with one of them the closed form gives what such a copy computes, so that it can be named.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dbl_core.losses.catalog import describe
from dbl_core.losses.conformance.training_set import TrainingSet

DEVIATIONS = {
    "shift reversed": "the shift nu has the wrong sign",
    "shift of log p": "the shift nu is taken from log p, not from the log-odds log(p / (1 - p))",
    "negatives undivided": "negatives are not divided by lambda",
    "p_t without lambda": "lambda is left out of the focal p_t of negatives",
    "p_t weighted": "the weight is inside the focal p_t",
    "p_t of the batch": "the focal p_t comes from the mean loss of the batch, not from each cell",
    "focal detached": "the focal factor is cut out of the gradient",
    "negatives unweighted": "only positives are weighted",
}


@dataclass(frozen=True)
class Claim:
    """A loss that somebody's code claims to be.

    Attributes:
        name: A key of ``LOSSES``.
        options: All its options, as ``check_options`` returns them.
        deviations: Keys of ``DEVIATIONS``: in what it differs from that loss.
    """

    name: str
    options: Mapping[str, float | str]
    deviations: frozenset[str] = frozenset()

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that the loss switches on."""
        return describe(self.name).terms


def closed_form(
    claim: Claim, training_set: TrainingSet, logits: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss of every cell, and the gradient of their sum.

    Args:
        claim: A loss of the DB family.
        training_set: Counts and number of images, every count from 1 to one less than that number.
        logits: (n_samples, n_labels) float64.
        targets: The same shape, 0 or 1.

    Returns:
        Two float64 arrays of the shape of ``logits``.
    """
    positive = targets > 0
    lam = claim.options.get("lam", 1.0)
    scale = np.where(positive, -1.0, lam)  # of z - nu in a, with its sign
    entropy, slope = _entropy(scale * (logits - _shift(claim, training_set)), scale)
    weight = _weight(claim, training_set, positive)
    if "negatives unweighted" in claim.deviations:
        weight = np.where(positive, weight, 1.0)
    outside = weight if "negatives undivided" in claim.deviations else weight / np.abs(scale)
    if "focal" not in claim.terms:
        return outside * entropy, outside * slope
    gamma, size = claim.options["gamma"], claim.options["focal_scale"]
    inside, inside_slope = _inside_p_t(claim, logits - _shift(claim, training_set), positive, weight, entropy, slope)
    wrong = -np.expm1(-inside)  # 1 - p_t
    focal = size * wrong**gamma
    focal_slope = gamma * focal / wrong * np.exp(-inside) * inside_slope
    if "focal detached" in claim.deviations:
        focal_slope = np.zeros_like(slope)
    if "p_t of the batch" in claim.deviations:  # every cell moves the factor of all of them
        return outside * focal * entropy, outside * focal * slope + focal_slope * (outside * entropy).sum()
    return outside * focal * entropy, outside * (focal * slope + focal_slope * entropy)


def _entropy(a: np.ndarray, slope_of_a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Zeta of a, and its slope against the logit."""
    return np.logaddexp(0, a), np.exp(-np.logaddexp(0, -a)) * slope_of_a


def _inside_p_t(claim, shifted, positive, weight, entropy, slope) -> tuple[np.ndarray, np.ndarray]:
    """The cross-entropy whose exponential p_t is, and its slope: that of the cell, but for the deviations."""
    if "p_t without lambda" in claim.deviations:
        sign = np.where(positive, -1.0, 1.0)
        return _entropy(sign * shifted, sign)
    if "p_t weighted" in claim.deviations:
        return weight * entropy, weight * slope
    if "p_t of the batch" in claim.deviations:
        return np.full_like(entropy, entropy.mean()), slope / slope.size
    return entropy, slope


def _shift(claim: Claim, training_set: TrainingSet) -> np.ndarray | float:
    if "tolerance" not in claim.terms:
        return 0.0
    p = training_set.label_counts / training_set.n_samples
    prior = np.log(p) if "shift of log p" in claim.deviations else np.log(p / (1 - p))
    divisor = claim.options["lam"] if claim.options["bias"] == "official" else 1.0
    sign = 1.0 if "shift reversed" in claim.deviations else -1.0
    return sign * claim.options["kappa"] * prior / divisor


def _weight(claim: Claim, training_set: TrainingSet, positive: np.ndarray) -> np.ndarray:
    counts, options = training_set.label_counts.astype(float), claim.options
    if "rebalanced" in claim.terms:
        drawn = (positive / counts).sum(-1, keepdims=True)
        with np.errstate(divide="ignore"):
            ratio = 1 / counts / drawn  # infinite in an image without any label: its weight is alpha + 1
        with np.errstate(over="ignore", invalid="ignore"):
            smooth = 1 / (1 + np.exp(-options["beta"] * (ratio - options["mu"])))
        return options["alpha"] + smooth
    of_class = np.ones_like(counts)
    if "inverse" in claim.terms:
        of_class = (training_set.n_samples / counts) ** options["power"]
    if "class_balanced" in claim.terms:
        of_class = (1 - options["beta"]) / (1 - options["beta"] ** counts)
        if options["mode"] == "average_w":
            mean = (positive * of_class).sum(-1, keepdims=True) / np.maximum(positive.sum(-1, keepdims=True), 1)
            return np.broadcast_to(mean, positive.shape)
    return np.broadcast_to(of_class, positive.shape)
