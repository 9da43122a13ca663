"""From a name of the catalogue and complete options to the module that computes the loss.

Every builder passes its options on as they are: a number, a word, or for a stack of losses a tensor of shape
(n_stack, 1, 1), which no builder looks into.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

import numpy as np
from torch import Tensor, nn

from dbl_core.losses.asymmetric import AsymmetricLoss
from dbl_core.losses.catalog import LOSSES, describe
from dbl_core.losses.distribution_balanced import DistributionBalancedLoss
from dbl_core.losses.focal import FocalFactor
from dbl_core.losses.hill import HillLoss
from dbl_core.losses.label_margin import LabelMarginLoss
from dbl_core.losses.logit_adjustment import LogitAdjustedLoss
from dbl_core.losses.multi_focal_modifier import MultiFocalModifierLoss, TailFocusing
from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.losses.negative_tolerance import NegativeTolerance
from dbl_core.losses.poly import PolyLoss
from dbl_core.losses.robust_asymmetric import HillNegatives, PolynomialPositives, RobustAsymmetricLoss
from dbl_core.losses.two_way import TwoWayLoss
from dbl_core.losses.weights import (
    ClassWeights,
    ImageWeights,
    RebalancedWeights,
    checked_counts,
    class_balanced,
    inverse_frequency,
)
from dbl_core.losses.zlpr import ZlprLoss

Options = Mapping[str, float | str | Tensor]
Builder = Callable[[Options, Tensor, int, str], MultiLabelLoss]


def assemble(
    name: str,
    options: Options,
    *,
    counts: Sequence[float] | np.ndarray | Tensor,
    n_samples: int,
    reduction: str = "mean",
) -> MultiLabelLoss:
    """Build a loss of the catalogue; see ``dbl_core.losses.build_loss``.

    Args:
        name: A key of the catalogue.
        options: All its options, as ``check_options`` returns them; a number may be a tensor (n_stack, 1, 1).
        counts: Positives per label.
        n_samples: Images of the training set.
        reduction: "mean", "sum" or "none".
    """
    describe(name)
    return BUILDERS[name](options, checked_counts(counts, n_samples), n_samples, reduction)


def _of_labels(kind: type[MultiLabelLoss]) -> Builder:
    """Return the builder of a loss that knows nothing of the counts but how many labels there are."""
    return lambda options, counts, n_samples, reduction: kind(len(counts), reduction=reduction, **options)


def _label_margin(options: Options, counts: Tensor, n_samples: int, reduction: str) -> MultiLabelLoss:
    return LabelMarginLoss(counts, reduction=reduction, **options)


def _logit_adjusted(options: Options, counts: Tensor, n_samples: int, reduction: str) -> MultiLabelLoss:
    return LogitAdjustedLoss(counts, n_samples, reduction=reduction, **options)


def _robust_asymmetric(options: Options, counts: Tensor, n_samples: int, reduction: str) -> MultiLabelLoss:
    positives = PolynomialPositives(**_picked(options, PolynomialPositives))
    negatives = HillNegatives(**_picked(options, HillNegatives))
    return RobustAsymmetricLoss(len(counts), positives=positives, negatives=negatives, reduction=reduction)


def _multi_focal_modifier(options: Options, counts: Tensor, n_samples: int, reduction: str) -> MultiLabelLoss:
    exponents = _picked(options, TailFocusing)
    others = {key: value for key, value in options.items() if key not in exponents}
    return MultiFocalModifierLoss(TailFocusing(counts=counts, **exponents), reduction=reduction, **others)


def _picked(options: Options, settings: type) -> dict[str, float | str | Tensor]:
    """Return the options that a class of settings has as its fields."""
    return {field.name: options[field.name] for field in fields(settings) if field.name in options}


def _of_terms(terms: tuple[str, ...]) -> Builder:
    """Return the builder of a loss of the Distribution-Balanced family with these terms."""

    def build(options: Options, counts: Tensor, n_samples: int, reduction: str) -> MultiLabelLoss:
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

    return build


def _weighting(terms: tuple[str, ...], options: Options, counts: Tensor, n_samples: int) -> nn.Module | None:
    if "rebalanced" in terms:
        return RebalancedWeights(counts, alpha=options["alpha"], beta=options["beta"], mu=options["mu"])
    if "class_balanced" in terms:
        weights = class_balanced(counts, beta=options["beta"])
        return ClassWeights(weights) if options["mode"] == "by_class" else ImageWeights(weights)
    if "inverse" in terms:
        return ClassWeights(inverse_frequency(counts, n_samples, power=options["power"]))
    return None


_OWN = {
    "asl": _of_labels(AsymmetricLoss),
    "hill": _of_labels(HillLoss),
    "two_way": _of_labels(TwoWayLoss),
    "zlpr": _of_labels(ZlprLoss),
    "ral": _robust_asymmetric,
    "mfm": _multi_focal_modifier,
    "poly": _of_labels(PolyLoss),
    "ldam": _label_margin,
    "logit_adjust": _logit_adjusted,
}
BUILDERS: dict[str, Builder] = {
    name: _OWN[name] if name in _OWN else _of_terms(description.terms) for name, description in LOSSES.items()
}
"""For every loss of the catalogue, what builds it from options, counts, number of images and reduction."""
