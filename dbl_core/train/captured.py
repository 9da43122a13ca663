"""Training a network on CUDA without launching its kernels one by one: they are recorded once and replayed.

A step of ResNet-50 on 32 images has over a thousand kernels. A fast GPU is done with each before Python has launched
the next one; replayed as a CUDA graph they follow each other without a pause.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from dbl_core.config import TrainConfig
from dbl_core.train.compiled import CompiledForward


def forward_of(
    model: nn.Module, config: TrainConfig, device: torch.device, *, warn: Callable[[str], None]
) -> Callable[[Tensor], Tensor]:
    """How the steps of a run call its network.

    Args:
        model: On the device.
        config: Its mode, and whether the network is compiled.
        device: Where to compute.
        warn: Told, once, when compiling or recording fails and training goes on without.
    """
    if config.compile:
        return CompiledForward(model, warn)
    if config.mode != "head" and device.type == "cuda":
        return CapturedForward(model, device, warn)
    return model


class CapturedForward:
    """Calls a model by replaying its recorded forward and backward pass; weights and their names stay as they are.

    One shape is recorded, that of the first batch; others, such as the last and shorter batch of an epoch, pass the
    model itself. When a part of the model begins or ceases to learn, or to normalise by its batch, it is recorded anew.
    Recording leaves statistics and random states as if it had not happened.

    Args:
        model: On a CUDA device.
        device: That device.
        warn: Told, once, why it goes on without recording.
    """

    def __init__(self, model: nn.Module, device: torch.device, warn: Callable[[str], None]) -> None:
        self.model, self.device, self.warn = model, device, warn
        self.shape: torch.Size | None = None
        self._modules, self._parameters = list(model.modules()), list(model.parameters())
        self._replay: Callable[[Tensor], Tensor] | None = None
        self._recorded: tuple[bool, ...] = ()
        self._failed = False

    def __call__(self, inputs: Tensor) -> Tensor:
        """The outputs of the model."""
        self.shape = self.shape or inputs.shape
        if self._failed or inputs.shape != self.shape:
            return self.model(inputs)
        learns = tuple(parameter.requires_grad for parameter in self._parameters)
        state = learns + tuple(module.training for module in self._modules)
        if state != self._recorded:
            self._replay, self._recorded = self._record(inputs), state
        return self.model(inputs) if self._replay is None else self._replay(inputs)

    def _record(self, inputs: Tensor) -> Callable[[Tensor], Tensor] | None:
        """Record the model on a copy of a batch; None where that fails."""
        buffers = list(self.model.buffers())
        before, random = [buffer.clone() for buffer in buffers], torch.cuda.get_rng_state(self.device)
        # Gradients are added up on the stream of the recording: as it should be, and no reason to warn.
        if hasattr(torch.autograd.graph, "set_warn_on_accumulate_grad_stream_mismatch"):  # since torch 2.10
            torch.autograd.graph.set_warn_on_accumulate_grad_stream_mismatch(False)
        try:
            with torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False):
                return torch.cuda.make_graphed_callables(_Shell(self.model), (inputs.clone(),), allow_unused_input=True)
        except torch.cuda.OutOfMemoryError:
            self._failed = True  # a recording holds on to its memory; without one the batch may still fit
        except Exception as error:  # whatever a network does that cannot be recorded
            self._failed = True
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
            self.warn(f"the steps of the network could not be recorded ({reason}), so each is launched anew")
        finally:
            with torch.no_grad():
                for buffer, was in zip(buffers, before, strict=True):
                    buffer.copy_(was)
            torch.cuda.set_rng_state(random, self.device)
        return None


class _Shell(nn.Module):
    """Holds a model, because recording replaces ``forward`` of the module that it is given."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs: Tensor) -> Tensor:
        return self.model(inputs)
