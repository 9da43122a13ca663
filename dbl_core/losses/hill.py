r"""Hill loss: a negative that the model is sure is a positive may be a missing label, and is left alone."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dbl_core.losses.multi_label_loss import MultiLabelLoss


class HillLoss(MultiLabelLoss):
    r"""A weighted squared error for negatives whose gradient fades again towards p = 1, focal margin for positives.

    .. math:: L_+ = (1-p_m)^{\gamma}\,(-\log p_m), \quad p_m = \sigma(z-m), \quad L_- = (\lambda-p)\,p^2

    With :math:`\lambda = 1.5` the gradient of a negative in p, :math:`3p(1-p)`, is 0 at both ends.
    Zhang et al., "Simple and Robust Loss Design for Multi-Label Learning with Missing Labels", arXiv 2112.07368, 2021.
    Soft targets weight the two terms.

    Args:
        n_labels: Number of classes.
        lam: :math:`\lambda`, at least 1.
        margin: m, by which the logit of a positive is lowered; 0 switches it off.
        gamma: :math:`\gamma`, focusing of positives; 0 switches it off.
        reduction: "mean", "sum" or "none" over cells; the public code sums.
    """

    def __init__(
        self,
        n_labels: int,
        *,
        lam: float | Tensor,
        margin: float | Tensor,
        gamma: float | Tensor,
        reduction: str = "mean",
    ):
        super().__init__(n_labels, reduction=reduction)
        self._keep(lam=lam, margin=margin, gamma=gamma)

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        logits, targets = self._prepared(logits, targets)
        lowered, p = logits - self.margin, torch.sigmoid(logits)
        positive = -F.logsigmoid(lowered) * torch.exp(self.gamma * F.logsigmoid(-lowered))
        return torch.lerp((self.lam - p) * p**2, positive, targets)

    def shift(self, targets: Tensor) -> Tensor:
        """Return the margin of every cell that is a positive; 0 for negatives."""
        return self.margin * targets.to(torch.promote_types(targets.dtype, torch.float32))
