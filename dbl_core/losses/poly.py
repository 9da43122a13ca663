r"""Poly-1 loss: the focal loss with the weight of its leading polynomial term set free."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dbl_core.losses.multi_label_loss import MultiLabelLoss


class PolyLoss(MultiLabelLoss):
    r"""Focal loss plus a multiple of the first term of its expansion in :math:`1-p_t`.

    .. math:: (1-p_t)^{\gamma}\,(-\log p_t) + \epsilon\,(1-p_t)^{\gamma+1}

    with :math:`p_t` the probability of the right answer, p for a positive and 1 - p for a negative. Leng et al.,
    "PolyLoss: A Polynomial Expansion Perspective of Classification Loss Functions", ICLR 2022, arXiv 2204.12511, the
    sigmoid form of Poly-1 without its class weight alpha. Soft targets weight the positive and the negative term.

    Args:
        n_labels: Number of classes.
        epsilon: :math:`\epsilon`, at least -1; 0 is the focal loss, -1 takes the leading term away.
        gamma: :math:`\gamma`, at least 0; 0 is Poly-1 cross-entropy.
        reduction: "mean", "sum" or "none" over cells.
    """

    def __init__(self, n_labels: int, *, epsilon: float | Tensor, gamma: float | Tensor, reduction: str = "mean"):
        super().__init__(n_labels, reduction=reduction)
        self._keep(epsilon=epsilon, gamma=gamma)

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        logits, targets = self._prepared(logits, targets)
        log_p, log_q = F.logsigmoid(logits), F.logsigmoid(-logits)
        return torch.lerp(self._term(log_q, log_p), self._term(log_p, log_q), targets)

    def _term(self, log_right: Tensor, log_wrong: Tensor) -> Tensor:
        """Return the loss from the logs of p_t and of 1 - p_t."""
        return torch.exp(self.gamma * log_wrong) * (self.epsilon * torch.exp(log_wrong) - log_right)
