r"""Label-distribution-aware margin (LDAM), multi-label: positives of rare classes must be found by a wider margin."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dbl_core.losses.multi_label_loss import MultiLabelLoss


class LabelMarginLoss(MultiLabelLoss):
    r"""Binary cross-entropy in which the logit of a positive is lowered by a margin that grows with rarity.

    .. math:: L_+ = \zeta(-(z-\Delta_i)), \quad L_- = \zeta(z), \quad
        \Delta_i = \Delta_{\max}\,(n_i/n_{\min})^{-1/4}

    with :math:`\zeta(x) = \log(1+e^x)`; the rarest class has the margin :math:`\Delta_{\max}`. Cao et al., "Learning
    Imbalanced Datasets with Label-Distribution-Aware Margin Loss", NeurIPS 2019, arXiv 1906.07413, equation 13 in the
    normalisation of its code, carried over from softmax to one sigmoid a class. The scale 30 of that code belongs to
    its cosine logits and has no counterpart for the logits of a linear head.

    A soft target y lowers the logit of its positive share alone: y :math:`L_+` + (1 - y) :math:`L_-`.

    Args:
        counts: Positives per label; 0 counts as 1.
        max_margin: :math:`\Delta_{\max}`, the margin of the rarest class; 0 is binary cross-entropy.
        reduction: "mean", "sum" or "none" over cells.
    """

    def __init__(self, counts: Tensor, *, max_margin: float | Tensor, reduction: str = "mean"):
        super().__init__(len(counts), reduction=reduction)
        n = counts.clamp(min=1)
        self._keep(margins=max_margin * (n / n.min()) ** -0.25)

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        logits, targets = self._prepared(logits, targets)
        return -torch.lerp(F.logsigmoid(-logits), F.logsigmoid(logits - self.margins), targets)

    def shift(self, targets: Tensor) -> Tensor:
        """Return the margin of every cell that is a positive; 0 for negatives."""
        return self.margins * targets.to(torch.promote_types(targets.dtype, torch.float32))
