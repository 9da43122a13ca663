r"""Two-way loss: the hardest positive against the hardest negative, within each image and within each class."""

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dbl_core.losses.multi_label_loss import MultiLabelLoss, Unit


class TwoWayLoss(MultiLabelLoss):
    r"""Soft contrast of negatives and positives along both axes of a batch, one value a batch.

    A line is an image with its labels, or a class with the images of the batch. Its loss is

    .. math:: \zeta\Bigl(T_n\log\sum_{y=0} e^{z/T_n} + T_p\log\sum_{y=1} e^{-z/T_p}\Bigr),
        \quad \zeta(x) = \log(1+e^x),

    and the loss of a batch the mean over the images that have a positive plus the mean over the classes that have
    one. A line without any negative has nothing to compare and the loss 0; a batch without any positive has the loss
    0 as a whole. Only differences of logits count: the scores rank, they are no calibrated probabilities. Kobayashi,
    "Two-way Multi-Label Loss", CVPR 2023.

    Soft targets are rounded: above 0.5 is a positive.

    Args:
        n_labels: Number of classes.
        t_pos: :math:`T_p`, above 0; the smaller, the more the hardest positive counts alone.
        t_neg: :math:`T_n`, above 0; the smaller, the more the hardest negative counts alone.
        reduction: "mean", "sum" or "none", all the same for the one value of a batch.
    """

    unit: ClassVar[Unit] = "batch"

    def __init__(
        self,
        n_labels: int,
        *,
        t_pos: float | Tensor,
        t_neg: float | Tensor,
        reduction: str = "mean",
    ):
        super().__init__(n_labels, reduction=reduction)
        self._keep(t_pos=t_pos, t_neg=t_neg)

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every batch, see ``MultiLabelLoss.values``."""
        logits, targets = self._prepared(logits, targets)
        if logits.ndim < 2:
            raise ValueError(f"A batch must have the shape (n_samples, {self.n_labels}), not {tuple(logits.shape)}.")
        positive = targets > 0.5
        return sum(self._mean_of_lines(logits, positive, axis) for axis in (-1, -2))

    def _mean_of_lines(self, logits: Tensor, positive: Tensor, axis: int) -> Tensor:
        """Return the mean loss of the lines along an axis that have a positive."""
        hardest_negative = _soft_maximum(logits, ~positive, self.t_neg, axis)
        hardest_positive = _soft_maximum(-logits, positive, self.t_pos, axis)
        counted = positive.any(axis, keepdim=True)
        compared = counted & ~positive.all(axis, keepdim=True)
        loss = torch.where(compared, -F.logsigmoid(-(hardest_negative + hardest_positive)), 0.0)
        return loss.sum((-2, -1)) / counted.sum((-2, -1)).clamp(min=1)


def _soft_maximum(scores: Tensor, chosen: Tensor, temperature: float | Tensor, axis: int) -> Tensor:
    """Return T log sum exp(s / T) over the chosen entries of every line.

    A line without any keeps all of its entries, so that value and gradient stay finite; the caller drops it.
    """
    left_out = ~chosen & chosen.any(axis, keepdim=True)
    scaled = (scores / temperature).masked_fill(left_out, -torch.inf)
    return temperature * torch.logsumexp(scaled, dim=axis, keepdim=True)
