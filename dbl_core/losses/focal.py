r"""The focal factor: cells that are already answered well count less."""

import torch
from torch import Tensor, nn


class FocalFactor(nn.Module):
    r"""Factor :math:`s\,(1-p_t)^\gamma` of a cell, :math:`p_t` the probability of its right answer.

    It is differentiated together with the loss. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017.

    Args:
        gamma: Focusing; 0 leaves the scale alone in place. A number, or (n_stack, 1, 1) for a stack of batches.
        scale: Constant factor s, likewise.
    """

    def __init__(self, *, gamma: float | Tensor, scale: float | Tensor):
        super().__init__()
        self.is_square = not isinstance(gamma, Tensor) and gamma == 2
        self.register_buffer("gamma", torch.as_tensor(gamma, dtype=torch.float32))
        self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float32))

    def forward(self, logit: Tensor) -> Tensor:
        """Return the factor of cells with this logit of :math:`p_t`."""
        return self.scale * torch.sigmoid(-logit) ** self.gamma
