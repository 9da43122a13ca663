r"""Asymmetric loss (ASL): one focusing for positives, a stronger one for negatives, easy negatives dropped."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.losses.probability_margin import ProbabilityMargin, power

FocusGradient = Literal["full", "detached"]


class AsymmetricLoss(MultiLabelLoss):
    r"""Cross-entropy with separate focusing of positives and negatives and a margin for negatives.

    .. math:: L_+ = (1-p)^{\gamma_+}\,(-\log p), \quad L_- = p_m^{\gamma_-}\,(-\log(1-p_m)), \quad p_m = \max(p-m, 0)

    Ridnik et al., "Asymmetric Loss For Multi-Label Classification", ICCV 2021, arXiv 2009.14119, equation 7. The
    paper trains with :math:`\gamma_+=0`; the public code and timm start from 1. Without focusing and margin it is
    binary cross-entropy. Soft targets weight the two terms, each with its own focusing.

    Args:
        n_labels: Number of classes.
        gamma_pos: :math:`\gamma_+`, at least 0; 0 switches the focusing of positives off.
        gamma_neg: :math:`\gamma_-`, at least 0; 0 switches the focusing of negatives off.
        clip: m, from 0 (off) to below 1: a negative with p at most m has neither loss nor gradient.
        focus_gradient: "full" differentiates the focusing factors, as the formula says; "detached" takes them as
            constant weights, which the public code can do (``disable_torch_grad_focal_loss``).
        reduction: "mean", "sum" or "none" over cells; the public code sums.
    """

    def __init__(
        self,
        n_labels: int,
        *,
        gamma_pos: float | Tensor,
        gamma_neg: float | Tensor,
        clip: float | Tensor,
        focus_gradient: FocusGradient = "full",
        reduction: str = "mean",
    ):
        super().__init__(n_labels, reduction=reduction)
        self._keep(gamma_pos=gamma_pos, gamma_neg=gamma_neg, focus_gradient=focus_gradient)
        self.margin = ProbabilityMargin(clip)

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        logits, targets = self._prepared(logits, targets)
        log_p, log_q = F.logsigmoid(logits), F.logsigmoid(-logits)
        shifted, log_q_shifted = self.margin(logits, log_q)
        positive_focus, negative_focus = torch.exp(self.gamma_pos * log_q), power(shifted, self.gamma_neg)
        if self.focus_gradient == "detached":
            positive_focus, negative_focus = positive_focus.detach(), negative_focus.detach()
        return -torch.lerp(log_q_shifted * negative_focus, log_p * positive_focus, targets)
