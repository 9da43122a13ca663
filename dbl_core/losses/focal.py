r"""The focal factor: cells that are already answered well count less."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class FocalFactor:
    r"""Factor :math:`s\,(1-p_t)^\gamma` of a cell, :math:`p_t` the probability of its right answer.

    It is differentiated together with the loss. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017.

    Attributes:
        gamma: Focusing; 0 leaves the scale alone in place.
        scale: Constant factor s.
    """

    gamma: float
    scale: float

    def __call__(self, log_p: Tensor, logit: Tensor) -> Tensor:
        r"""Return the factor from the log of :math:`p_t` and from its logit, both of one shape.

        With u the logit of :math:`p_t`, :math:`\log(1-p_t) = \log p_t - u`. The power is taken through this log:
        no second sigmoid is needed, and where :math:`1-p_t` has vanished the gradient is 0, not NaN, for a gamma
        below 1 too.
        """
        return self.scale * torch.exp(self.gamma * (log_p - logit))
