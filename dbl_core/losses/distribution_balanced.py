r"""The Distribution-Balanced Loss with every term a switch: all ten losses of its family are this one module."""

import torch
from torch import Tensor, nn

from dbl_core.losses.focal import FocalFactor
from dbl_core.losses.fused import FusedLoss, Pass, Sides
from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.losses.negative_tolerance import NegativeTolerance
from dbl_core.losses.weights import ClassWeights, RebalancedWeights


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
        self._weighs_images = not (weighting is None or isinstance(weighting, ClassWeights))
        self._is_square = focal is not None and focal.is_square
        for name, constant in self._sides()._asdict().items():
            self.register_buffer(name, constant)

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every cell, see ``MultiLabelLoss.values``."""
        return self._fused(logits, targets, "none")

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, reduced, see ``MultiLabelLoss.forward``."""
        return self._fused(logits, targets, self.reduction)

    def batch_means(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of every batch of a stack, see ``MultiLabelLoss.batch_means``."""
        return self._fused(logits, targets, "batch")

    def terms(self, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        r"""Return every term of the loss, cell by cell; "loss" is what ``values`` returns, gradient included.

        Returns:
            Tensors of the shape of ``logits``: "weight" (w; 1 where there is none), "nu", "shifted" (z - nu),
            "focal" (the factor that acts on the cell; 1 where there is none) and "loss". With a re-balanced
            weighting also "r", the ratio before smoothing; it is huge, not infinite, in an image without any label.

        Raises:
            ValueError: As ``forward``.
        """
        loss = self.values(logits, targets)
        logits, targets = self._prepared(logits, targets)
        ones = torch.ones_like(logits)
        nu = torch.zeros_like(logits) if self.nu is None else self.nu.to(logits.dtype).expand_as(logits)
        shifted = logits - nu
        terms = {"weight": self.weights(targets), "nu": nu, "shifted": shifted, "focal": ones}
        if self.focal is not None:
            as_negative, as_positive = self.focal(-self.negative_step * shifted), self.focal(shifted)
            terms["focal"] = torch.lerp(as_negative, as_positive, targets)
        terms["loss"] = loss
        if isinstance(self.weighting, RebalancedWeights):
            terms["r"] = self.weighting.ratio(targets)
        return terms

    def weights(self, targets: Tensor) -> Tensor:
        """Return the weight w of every cell of targets (..., n_labels), which does not depend on the logits."""
        if self.weighting is None:
            return super().weights(targets)
        targets = targets.to(torch.promote_types(targets.dtype, torch.float32))
        return self.weighting(targets).to(targets.dtype).expand_as(targets)

    def _sides(self) -> Sides:
        """Gather the class constants from the parts; they are the buffers of this module."""
        ones = torch.ones(self.n_labels)
        nu, lam = (None, ones) if self.tolerance is None else (self.tolerance.nu, self.tolerance.lam * ones)
        gamma, gain = (None, ones) if self.focal is None else (self.focal.gamma, self.focal.scale * ones)
        if isinstance(self.weighting, ClassWeights):
            gain = gain * self.weighting.class_weights
        negative_gain, lam = torch.broadcast_tensors(gain / lam, lam)
        positive_gain = gain.expand_as(lam)
        rows = (lam, -torch.ones_like(lam), negative_gain, positive_gain)
        return Sides(nu, *(row.contiguous() for row in rows), gamma, torch.zeros(self.n_labels))

    def _fused(self, logits: Tensor, targets: Tensor, reduction: str) -> Tensor:
        hard = _are_hard(targets)
        logits, targets = self._prepared(logits, targets)
        weight = self.weighting(targets) if self._weighs_images else None
        sides = Sides(**self._buffers)  # not attribute by attribute: a module takes a microsecond for each
        if logits.dtype != torch.float32:
            sides = Sides(*(constant if constant is None else constant.to(logits.dtype) for constant in sides))
        factor = 1.0
        if reduction == "mean":
            factor = 1 / max(logits.numel(), 1)
        elif reduction == "batch":
            factor = 1 / max(logits.shape[-2] * logits.shape[-1], 1)
        return FusedLoss.apply(logits, targets, weight, sides, Pass(hard, reduction, factor, self._is_square))


def _are_hard(targets: Tensor) -> bool:
    """Whether every target is known to be 0 or 1, without making anyone wait for a GPU."""
    if not targets.is_floating_point():
        return True
    if not targets.is_cpu or torch.compiler.is_compiling():
        return False
    return targets.frac().sum().item() == 0
