r"""Robust asymmetric loss (RAL): polynomial positives, and asymmetric negatives flattened by a Hill factor."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.losses.probability_margin import ProbabilityMargin, power


@dataclass(frozen=True, eq=False, kw_only=True)
class PolynomialPositives:
    r"""Settings of the loss of positives.

    Attributes:
        gamma_pos: :math:`\gamma_+`, at least 0; 0 switches their focusing off.
        epsilon_1: Coefficient of 1 - p taken off; 0 leaves the logarithm's own.
        epsilon_2: Coefficient of (1 - p)^2 / 2 taken off; 0 leaves the logarithm's own.
    """

    gamma_pos: float | Tensor
    epsilon_1: float | Tensor
    epsilon_2: float | Tensor


@dataclass(frozen=True, eq=False, kw_only=True)
class HillNegatives:
    r"""Settings of the loss of negatives.

    Attributes:
        gamma_neg: :math:`\gamma_-`, at least 0; 0 switches their focusing off.
        clip: m, from 0 (off) to below 1.
        lam: :math:`\lambda`, at least 1: how far a confident negative keeps its loss.
        hill_factor: "paper" or "official".
    """

    gamma_neg: float | Tensor
    clip: float | Tensor
    lam: float | Tensor
    hill_factor: Literal["paper", "official"] = "paper"


class RobustAsymmetricLoss(MultiLabelLoss):
    r"""Asymmetric loss with two free coefficients for positives and a Hill factor for negatives.

    .. math:: L_+ = (1-p)^{\gamma_+}\,[-\log p - \epsilon_1(1-p) - \tfrac{\epsilon_2}{2}(1-p)^2], \quad
        L_- = \psi\,p_m^{\gamma_-}\,(-\log(1-p_m)), \quad \psi = (\lambda-p)\,p^2, \; p_m = \max(p-m, 0)

    Park et al., "Robust Asymmetric Loss for Multi-Label Long-Tailed Learning", ICCV 2023 workshop CVAMD,
    arXiv 2308.05542. The public code multiplies :math:`\psi` by a further :math:`\lambda - 1 + p_m`
    (``hill_factor`` "official"). Soft targets weight the two terms, each with its own focusing.

    Args:
        n_labels: Number of classes.
        positives: Settings of :math:`L_+`.
        negatives: Settings of :math:`L_-`.
        reduction: "mean", "sum" or "none" over cells; the public code sums.
    """

    def __init__(
        self,
        n_labels: int,
        *,
        positives: PolynomialPositives,
        negatives: HillNegatives,
        reduction: str = "mean",
    ):
        super().__init__(n_labels, reduction=reduction)
        self._keep(**vars(positives), gamma_neg=negatives.gamma_neg, lam=negatives.lam)
        self.hill_factor = negatives.hill_factor
        self.margin = ProbabilityMargin(negatives.clip)

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        logits, targets = self._prepared(logits, targets)
        log_p, log_q = F.logsigmoid(logits), F.logsigmoid(-logits)
        p, q = torch.sigmoid(logits), torch.sigmoid(-logits)
        positive = torch.exp(self.gamma_pos * log_q) * (-log_p - self.epsilon_1 * q - self.epsilon_2 / 2 * q**2)
        shifted, log_q_shifted = self.margin(logits, log_q)
        hill = (self.lam - p) * p**2
        if self.hill_factor == "official":
            hill = hill * (self.lam - 1 + shifted)
        return torch.lerp(-log_q_shifted * power(shifted, self.gamma_neg) * hill, positive, targets)
