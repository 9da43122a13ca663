r"""Multi-focal modifier (MFM): an asymmetric loss whose focusing grows as a class gets rarer."""

from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from dbl_core.losses.asymmetric import AsymmetricLoss, FocusGradient


@dataclass(frozen=True, eq=False, kw_only=True)
class TailFocusing:
    r"""The exponents of every class.

    The head-tail factor :math:`h_i = (1 - \log(n_i/n_{\max}))^q` is 1 for the most frequent class and grows as a class
    gets rarer; the exponents are :math:`\gamma_+ + w_+ h_i` and :math:`\gamma_- + w_- h_i`.

    Attributes:
        counts: Positives per label, (n_labels,); 0 counts as 1.
        gamma_pos: :math:`\gamma_+`, focusing of all positives, at least 0.
        gamma_neg: :math:`\gamma_-`, focusing of all negatives, at least 0.
        tail_pos: :math:`w_+`, at least 0; 0 leaves the class out of the focusing of positives.
        tail_neg: :math:`w_-`, at least 0; 0 leaves the class out of the focusing of negatives.
        power: q, at least 0; 0 makes h 1 for every class.
    """

    counts: Tensor
    gamma_pos: float | Tensor
    gamma_neg: float | Tensor
    tail_pos: float | Tensor
    tail_neg: float | Tensor
    power: float | Tensor

    @property
    def factor(self) -> Tensor:
        """H of every class, at least 1; (n_labels,), or (n_stack, 1, n_labels) for a stack of powers."""
        n = self.counts.clamp(min=1)
        return (1 - (n / n.max()).log()) ** self.power

    @property
    def positive(self) -> Tensor:
        """Exponent of the positives of every class."""
        return self.gamma_pos + self.tail_pos * self.factor

    @property
    def negative(self) -> Tensor:
        """Exponent of the negatives of every class."""
        return self.gamma_neg + self.tail_neg * self.factor


class MultiFocalModifierLoss(AsymmetricLoss):
    r"""Asymmetric loss with the exponents of a :class:`TailFocusing`.

    Zhang et al., "Learning in Imperfect Environment: Multi-Label Classification with Long-Tailed Distribution and
    Partial Labels", ICCV 2023, arXiv 2304.10539, equations 5 and 6.

    The public code differs from the equations: it focuses tail negatives only (w_+ = 0, w_- = 1), it clips negatives
    as ASL does, it takes the factors as constants, and it multiplies the loss by h too (``weighting`` "official").
    Its attention over co-occurring labels is no part of the equations and left out here.

    Args:
        focusing: The exponents.
        clip: m, from 0 (off) to below 1.
        weighting: "paper" acts through the exponents alone, "official" multiplies every cell of a class by h too.
        focus_gradient: "full" or "detached", see ``AsymmetricLoss``.
        reduction: "mean", "sum" or "none" over cells; the public code sums.
    """

    def __init__(
        self,
        focusing: TailFocusing,
        *,
        clip: float | Tensor,
        weighting: Literal["paper", "official"] = "paper",
        focus_gradient: FocusGradient = "full",
        reduction: str = "mean",
    ):
        super().__init__(
            len(focusing.counts),
            gamma_pos=focusing.positive,
            gamma_neg=focusing.negative,
            clip=clip,
            focus_gradient=focus_gradient,
            reduction=reduction,
        )
        self._keep(class_weights=focusing.factor if weighting == "official" else focusing.factor**0)

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        return super().values(logits, targets) * self.class_weights

    def weights(self, targets: Tensor) -> Tensor:
        """Return the weight of every cell: h of its class, or 1 where h acts through the exponents alone."""
        return self.class_weights * super().weights(targets)
