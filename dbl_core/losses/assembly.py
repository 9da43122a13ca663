"""From a name of the catalogue and complete options to the module that computes the loss."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor, nn

from dbl_core.losses.catalog import describe
from dbl_core.losses.distribution_balanced import DistributionBalancedLoss
from dbl_core.losses.focal import FocalFactor
from dbl_core.losses.negative_tolerance import NegativeTolerance
from dbl_core.losses.weights import (
    ClassWeights,
    ImageWeights,
    RebalancedWeights,
    checked_counts,
    class_balanced,
    inverse_frequency,
)

Options = Mapping[str, float | str]


def assemble(
    name: str,
    options: Options,
    *,
    counts: Sequence[float] | np.ndarray | Tensor,
    n_samples: int,
    reduction: str = "mean",
) -> nn.Module:
    """Build a loss from the terms that the catalogue names; see ``dbl_core.losses.build_loss``.

    Args:
        name: A key of the catalogue.
        options: All its options, as ``check_options`` returns them.
        counts: Positives per label.
        n_samples: Images of the training set.
        reduction: "mean", "sum" or "none".
    """
    terms = describe(name).terms
    counts = checked_counts(counts, n_samples)
    tolerance = focal = None
    if "tolerance" in terms:
        picked = {key: options[key] for key in ("lam", "kappa", "bias")}
        tolerance = NegativeTolerance(counts, n_samples, **picked)
    if "focal" in terms:
        focal = FocalFactor(gamma=options["gamma"], scale=options["focal_scale"])
    weighting = _weighting(terms, options, counts, n_samples)
    return DistributionBalancedLoss(
        len(counts), weighting=weighting, tolerance=tolerance, focal=focal, reduction=reduction
    )


def _weighting(terms: tuple[str, ...], options: Options, counts: Tensor, n_samples: int) -> nn.Module | None:
    if "rebalanced" in terms:
        return RebalancedWeights(counts, alpha=options["alpha"], beta=options["beta"], mu=options["mu"])
    if "class_balanced" in terms:
        weights = class_balanced(counts, beta=options["beta"])
        return ClassWeights(weights) if options["mode"] == "by_class" else ImageWeights(weights)
    if "inverse" in terms:
        return ClassWeights(inverse_frequency(counts, n_samples, power=options["power"]))
    return None
