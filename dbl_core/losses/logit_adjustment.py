r"""Logit adjustment, multi-label: the class's prior log-odds are added in training and left out of test scores."""

import torch
from torch import Tensor

from dbl_core.losses.multi_label_loss import MultiLabelLoss, binary_cross_entropy
from dbl_core.losses.weights import prior_logits


class LogitAdjustedLoss(MultiLabelLoss):
    r"""Binary cross-entropy of :math:`z - \nu_i`, :math:`\nu_i = -\tau\log(p_i/(1-p_i))`, :math:`p_i = n_i/N`.

    A rare class has a positive :math:`\nu`: its logit is lowered in training, so that what is learned must stand out
    from the prior by itself, and the plain z at test time favours it. Menon et al., "Long-tail learning via logit
    adjustment", ICLR 2021, arXiv 2007.07314, equation 10, with the log-odds of one sigmoid a class in place of the log
    prior of a softmax. It is negative-tolerant regularisation with lambda 1 and kappa :math:`\tau`.

    Soft targets weight the positive and the negative term.

    Args:
        counts: Positives per label, clamped to 1..N-1.
        n_samples: Images of the training set.
        tau: :math:`\tau`, at least 0; 0 is binary cross-entropy.
        reduction: "mean", "sum" or "none" over cells.
    """

    def __init__(self, counts: Tensor, n_samples: int, *, tau: float | Tensor, reduction: str = "mean"):
        super().__init__(len(counts), reduction=reduction)
        self._keep(nu=-tau * prior_logits(counts, n_samples))

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        logits, targets = self._prepared(logits, targets)
        return binary_cross_entropy(logits - self.nu, targets)

    def shift(self, targets: Tensor) -> Tensor:
        """Return nu of the class of every cell, positive or negative."""
        return self.nu * torch.ones_like(targets, dtype=torch.promote_types(targets.dtype, torch.float32))
