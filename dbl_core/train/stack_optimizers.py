"""SGD and AdamW for a stack of heads, each head with rates of its own; as ``torch.optim`` defines them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dbl_core.config import TrainConfig
from dbl_core.models.ensemble import HeadGradient, HeadStack

_CLIP_EPSILON = 1e-6  # as torch.nn.utils.clip_grad_norm_
_BETAS, _ADAM_EPSILON = (0.9, 0.999), 1e-8  # the defaults of torch.optim.AdamW


class StackOptimizer:
    """What both share: the peak rates and weight decays, and gradient clipping.

    Args:
        stack: The heads; ``step`` changes their parameters in place.
        configs: K settings.
    """

    def __init__(self, stack: HeadStack, configs: Sequence[TrainConfig]) -> None:
        self.parameters = stack.parameters
        self.rate = self._column([config.peak_rate for config in configs])
        self.decay = self._column([config.weight_decay for config in configs])
        self.limit = self._column([config.clip_norm or float("inf") for config in configs])

    def _column(self, values: Sequence[float]) -> Tensor:
        """(K, 1, 1), one value a head."""
        return self.parameters[0].new_tensor(values)[:, None, None]

    @torch.no_grad()
    def step(self, gradient: HeadGradient, factor: float) -> None:
        """Change the parameters.

        Args:
            gradient: Of all parameters; may be changed.
            factor: Factor on the peak rates, from the schedule.
        """
        if not bool((gradient.norm_bound() < self.limit.flatten()).all()):
            norm = gradient.norm()[:, None, None]
            gradient.scale((self.limit / (norm + _CLIP_EPSILON)).clamp_(max=1.0))
        self._move(gradient, self.rate * factor)

    def _move(self, gradient: HeadGradient, rate: Tensor) -> None:
        raise NotImplementedError


class StackSGD(StackOptimizer):
    """SGD with momentum and weight decay, see ``torch.optim.SGD``."""

    def __init__(self, stack: HeadStack, configs: Sequence[TrainConfig]) -> None:
        super().__init__(stack, configs)
        self.momentum = self._column([config.momentum for config in configs])
        self.buffers = [torch.zeros_like(parameter) for parameter in self.parameters]

    def _move(self, gradient: HeadGradient, rate: Tensor) -> None:
        for parameter, buffer, (left, right) in zip(self.parameters, self.buffers, gradient.factors, strict=True):
            buffer.mul_(self.momentum).baddbmm_(left.mT, right).addcmul_(parameter, self.decay)
            parameter.addcmul_(buffer, rate, value=-1)


class StackAdamW(StackOptimizer):
    """Adam with decoupled weight decay, see ``torch.optim.AdamW``."""

    def __init__(self, stack: HeadStack, configs: Sequence[TrainConfig]) -> None:
        super().__init__(stack, configs)
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.scratch = [torch.empty_like(parameter) for parameter in self.parameters]
        self.steps = 0

    def _move(self, gradient: HeadGradient, rate: Tensor) -> None:
        self.steps += 1
        first, second = _BETAS
        unbiased = rate / (1 - first**self.steps)
        root = (1 - second**self.steps) ** 0.5
        state = zip(self.parameters, self.means, self.squares, self.scratch, gradient.factors, strict=True)
        for parameter, mean, square, scratch, (left, right) in state:
            torch.bmm(left.mT, right, out=scratch)
            mean.lerp_(scratch, 1 - first)
            square.mul_(second).addcmul_(scratch, scratch, value=1 - second)
            torch.sqrt(square, out=scratch).div_(root).add_(_ADAM_EPSILON)
            torch.div(mean, scratch, out=scratch).mul_(unbiased)
            parameter.mul_(1 - rate * self.decay).sub_(scratch)


STACK_OPTIMIZERS: dict[str, type[StackOptimizer]] = {"sgd": StackSGD, "adamw": StackAdamW}
