"""An exponential moving average of the weights: the noise of single steps averages out."""

from __future__ import annotations

import copy

import torch
from torch import nn


class WeightAverage:
    r"""A second copy of a model whose weights follow the first slowly.

    .. math:: \bar w \leftarrow d_t\,\bar w + (1-d_t)\,w, \qquad d_t = \min(d, (1+t)/(10+t))

    The rising decay lets short runs forget their initial weights, as the average of TensorFlow does. Buffers, such as
    the statistics of a normalisation, are averages themselves and are copied.

    Args:
        model: What is averaged; its copy starts equal to it.
        decay: d in [0, 1).

    Attributes:
        model: The average.
        steps: Updates so far, t.

    Polyak, Juditsky: Acceleration of stochastic approximation by averaging, SIAM J. Control Optim. 30(4), 1992.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the weights after a step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        torch._foreach_lerp_(list(self.model.parameters()), list(model.parameters()), 1 - decay)
        if buffers := list(self.model.buffers()):
            torch._foreach_copy_(buffers, list(model.buffers()))
