"""``torch.compile`` as an option: faster steps where it works, a warning and the plain network where it does not."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class CompiledForward:
    """Calls a model through ``torch.compile``; the model itself, its weights and their names stay as they are.

    One shape is compiled, that of the first batch. Another one, such as the last and shorter batch of an epoch, passes
    the plain model: compiling again would take longer than it saves.

    Args:
        model: What is called.
        warn: Told, once, why it goes on without compiling.
    """

    def __init__(self, model: nn.Module, warn: Callable[[str], None]) -> None:
        self.model, self.warn = model, warn
        self.shape: torch.Size | None = None
        self._compiled: Callable[[Tensor], Tensor] | None = None
        self._failed = False

    def __call__(self, inputs: Tensor) -> Tensor:
        """The outputs of the model."""
        self.shape = self.shape or inputs.shape
        if self._failed or inputs.shape != self.shape:
            return self.model(inputs)
        try:
            self._compiled = self._compiled or torch.compile(self.model, dynamic=False)
            return self._compiled(inputs)
        except torch.cuda.OutOfMemoryError:
            self.shape = None  # half of this batch comes next
            raise
        except Exception as error:  # whatever a compiler that does not fit this machine raises
            self._failed = True
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
            self.warn(f"the network could not be compiled ({reason}), so it is trained without compiling")
        return self.model(inputs)
