r"""The Distribution-Balanced Loss with every term a switch: all ten losses of its family are this one module."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dbl_core.losses.focal import FocalFactor
from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.losses.negative_tolerance import NegativeTolerance
from dbl_core.losses.weights import RebalancedWeights


class _Cells(NamedTuple):
    """What one pass computes; None stands for a term that is switched off."""

    shifted: Tensor
    weight: Tensor | None
    positive_focal: Tensor | None
    negative_focal: Tensor | None
    loss: Tensor


class DistributionBalancedLoss(MultiLabelLoss):
    r"""Weighted, negative-tolerant, focal binary cross-entropy.

    .. math:: w_i\,[\,y\,f_+\,\zeta(-(z-\nu_i)) + (1-y)\,f_-\,\zeta(\lambda(z-\nu_i))/\lambda\,],
        \quad f = s\,(1-p_t)^\gamma

    with :math:`\zeta(x) = \log(1+e^x)`, :math:`p_t = \sigma(z-\nu)` for positives and :math:`\sigma(-\lambda(z-\nu))`
    for negatives; w and :math:`1/\lambda` stay outside :math:`p_t`, and w carries no gradient. Without any term it is
    binary cross-entropy. Wu et al., "Distribution-Balanced Loss for Multi-Label Classification in Long-Tailed
    Datasets", ECCV 2020, in the form of the public code (the first arXiv text has sign errors in equations 7 and 10).

    Soft targets (Mixup, label smoothing) weight the positive and the negative term.

    Args:
        n_labels: Number of classes.
        weighting: Module from targets to the weight w, of a shape that broadcasts to the cells; None means 1.
        tolerance: Shift and factor of NTR; None means nu = 0 and lambda = 1.
        focal: Focal factor; None means 1.
        reduction: "mean" over all cells, "sum" of all cells, "none" for one value a cell.

    Raises:
        ValueError: The reduction is not one of the three.
    """

    def __init__(
        self,
        n_labels: int,
        *,
        weighting: nn.Module | None = None,
        tolerance: NegativeTolerance | None = None,
        focal: FocalFactor | None = None,
        reduction: str = "mean",
    ):
        super().__init__(n_labels, reduction=reduction)
        self.weighting = weighting
        self.tolerance = tolerance
        self.focal = focal

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        return self._cells(logits, targets).loss

    def terms(self, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        r"""Return every term of the loss, cell by cell, from the same pass that ``forward`` takes.

        Returns:
            Tensors of the shape of ``logits``: "weight" (w; 1 where there is none), "nu", "shifted" (z - nu),
            "focal" (the factor that acts on the cell; 1 where there is none) and "loss". With a re-balanced
            weighting also "r", the ratio before smoothing; it is huge, not infinite, in an image without any label.

        Raises:
            ValueError: As ``forward``.
        """
        cells = self._cells(logits, targets)
        ones = torch.ones_like(cells.shifted)
        targets = targets.to(cells.shifted.dtype)
        terms = {
            "weight": ones if cells.weight is None else cells.weight.expand_as(ones),
            "nu": torch.zeros_like(ones) if self.tolerance is None else self.tolerance.nu.expand_as(ones),
            "shifted": cells.shifted,
            "focal": ones if self.focal is None else torch.lerp(cells.negative_focal, cells.positive_focal, targets),
            "loss": cells.loss,
        }
        if isinstance(self.weighting, RebalancedWeights):
            terms["r"] = self.weighting.ratio(targets)
        return terms

    def weights(self, targets: Tensor) -> Tensor:
        """Return the weight w of every cell of targets (..., n_labels), which does not depend on the logits."""
        if self.weighting is None:
            return super().weights(targets)
        targets = targets.to(torch.promote_types(targets.dtype, torch.float32))
        return self.weighting(targets).expand_as(targets)

    def extra_repr(self) -> str:
        """Name the settings that are not modules of their own."""
        return f"{super().extra_repr()}, focal={self.focal}"

    def _cells(self, logits: Tensor, targets: Tensor) -> _Cells:
        shifted, targets = self._prepared(logits, targets)
        lam = 1.0
        if self.tolerance is not None:
            lam = self.tolerance.lam
            shifted = shifted - self.tolerance.nu
        flipped = -lam * shifted
        log_p, log_q = F.logsigmoid(shifted), F.logsigmoid(flipped)  # logs of p_t, as a positive and as a negative
        positive, negative = -log_p, log_q * (-1 / lam)
        positive_focal = negative_focal = weight = None
        if self.focal is not None:
            positive_focal, negative_focal = self.focal(log_p, shifted), self.focal(log_q, flipped)
            positive, negative = positive * positive_focal, negative * negative_focal
        loss = torch.lerp(negative, positive, targets)  # (1 - y) * negative + y * positive, exact at 0 and 1
        if self.weighting is not None:
            weight = self.weighting(targets)
            loss = loss * weight
        return _Cells(shifted, weight, positive_focal, negative_focal, loss)
