r"""ZLPR: every positive of an image above 0, every negative below it, by two log-sum-exps an image."""

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from dbl_core.losses.multi_label_loss import MultiLabelLoss, Unit


class ZlprLoss(MultiLabelLoss):
    r"""Zero-bounded log-sum-exp and pairwise rank-based loss, one value an image.

    .. math:: \log\Bigl(1 + \sum_j (1-y_j)\,e^{z_j}\Bigr) + \log\Bigl(1 + \sum_j y_j\,e^{-z_j}\Bigr)

    Its threshold is the logit 0. The gradient is shared out within an image: a hard cell takes it from the easy ones.
    Su et al., "ZLPR: A Novel Loss for Multi-label Classification", arXiv 2208.02955, 2022. Soft targets enter as the
    weights of the two sums, the paper's soft version; an image without any positive, or without any negative, keeps
    the other term.

    Args:
        n_labels: Number of classes.
        reduction: "mean", "sum" or "none" over images.
    """

    unit: ClassVar[Unit] = "image"

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every image, see ``MultiLabelLoss.values``."""
        logits, targets = self._prepared(logits, targets)
        return _log_one_plus_sum(logits, 1 - targets) + _log_one_plus_sum(-logits, targets)


def _log_one_plus_sum(exponents: Tensor, weights: Tensor) -> Tensor:
    """Return log(1 + sum of weights * exp(exponents)) over the last axis; a weight of 0 leaves its entry out."""
    return torch.logsumexp(F.pad(exponents + weights.log(), (0, 1)), dim=-1)
