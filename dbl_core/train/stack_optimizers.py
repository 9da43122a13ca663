"""SGD and AdamW for a stack of heads, each head with rates of its own; as ``torch.optim`` defines them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dbl_core.config import TrainConfig

_CLIP_EPSILON = 1e-6  # as torch.nn.utils.clip_grad_norm_
_BETAS, _ADAM_EPSILON = (0.9, 0.999), 1e-8  # the defaults of torch.optim.AdamW


class StackOptimizer:
    """What both share: the peak rates and weight decays, and gradient clipping.

    Args:
        parameters: Tensors (K, ...), changed in place by ``step``.
        configs: K settings.
    """

    def __init__(self, parameters: Sequence[Tensor], configs: Sequence[TrainConfig]) -> None:
        self.parameters = parameters
        self.rate = self._column([config.peak_rate for config in configs])
        self.decay = self._column([config.weight_decay for config in configs])
        self.limit = self._column([config.clip_norm or float("inf") for config in configs])
        self.clips = any(config.clip_norm for config in configs)

    def _column(self, values: Sequence[float]) -> Tensor:
        """(K, 1, 1), one value a head."""
        return self.parameters[0].new_tensor(values)[:, None, None]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], factor: float) -> None:
        """Change the parameters.

        Args:
            gradients: One tensor for each of the parameters; may be changed.
            factor: Factor on the peak rates, from the schedule.
        """
        if self.clips:
            norms = torch.stack([torch.linalg.vector_norm(gradient, dim=(1, 2)) for gradient in gradients])
            norm = torch.linalg.vector_norm(norms, dim=0)[:, None, None]
            scale = (self.limit / (norm + _CLIP_EPSILON)).clamp_(max=1.0)
            for gradient in gradients:
                gradient.mul_(scale)
        self._move(gradients, self.rate * factor)

    def _move(self, gradients: Sequence[Tensor], rate: Tensor) -> None:
        raise NotImplementedError


class StackSGD(StackOptimizer):
    """SGD with momentum and weight decay, see ``torch.optim.SGD``."""

    def __init__(self, parameters: Sequence[Tensor], configs: Sequence[TrainConfig]) -> None:
        super().__init__(parameters, configs)
        self.momentum = self._column([config.momentum for config in configs])
        self.buffers = [torch.zeros_like(parameter) for parameter in parameters]

    def _move(self, gradients: Sequence[Tensor], rate: Tensor) -> None:
        for parameter, buffer, gradient in zip(self.parameters, self.buffers, gradients, strict=True):
            buffer.mul_(self.momentum).add_(gradient).addcmul_(parameter, self.decay)
            parameter.addcmul_(buffer, rate, value=-1)


class StackAdamW(StackOptimizer):
    """Adam with decoupled weight decay, see ``torch.optim.AdamW``."""

    def __init__(self, parameters: Sequence[Tensor], configs: Sequence[TrainConfig]) -> None:
        super().__init__(parameters, configs)
        self.means = [torch.zeros_like(parameter) for parameter in parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in parameters]
        self.steps = 0

    def _move(self, gradients: Sequence[Tensor], rate: Tensor) -> None:
        self.steps += 1
        first, second = _BETAS
        unbiased = rate / (1 - first**self.steps)
        root = (1 - second**self.steps) ** 0.5
        for parameter, mean, square, gradient in zip(self.parameters, self.means, self.squares, gradients, strict=True):
            parameter.mul_(1 - rate * self.decay)
            mean.lerp_(gradient, 1 - first)
            square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
            size = square.sqrt().div_(root).add_(_ADAM_EPSILON)
            parameter.addcmul_(mean / size, unbiased, value=-1)


STACK_OPTIMIZERS: dict[str, type[StackOptimizer]] = {"sgd": StackSGD, "adamw": StackAdamW}
