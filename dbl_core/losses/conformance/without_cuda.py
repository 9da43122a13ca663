"""Run somebody's code as on a machine without CUDA, and note where it would have asked for one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch.overrides import TorchFunctionMode


class WithoutCuda(TorchFunctionMode):
    """Answers every demand for a CUDA device on the CPU.

    So a loss whose constructor says ``.cuda()`` can still be checked in everything else, on every machine alike.

    Attributes:
        demands: The demands, in words, each once, in the order in which they came.
    """

    def __init__(self):
        super().__init__()
        self.demands: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Call a function of torch with every CUDA device among its arguments replaced."""
        name = getattr(func, "__name__", "")
        if name == "cuda" and args and isinstance(args[0], torch.Tensor):
            self._note(".cuda()")
            return args[0]
        kept = [self._on_cpu(value) for value in args]
        return func(*kept, **{key: self._on_cpu(value) for key, value in (kwargs or {}).items()})

    def _on_cpu(self, value: Any) -> Any:
        if not isinstance(value, str | torch.device) or str(value).partition(":")[0] != "cuda":
            return value
        self._note(f"the device {str(value)!r}")
        return "cpu" if isinstance(value, str) else torch.device("cpu")

    def _note(self, demand: str) -> None:
        if demand not in self.demands:
            self.demands.append(demand)


@contextmanager
def hidden_cuda() -> Iterator[None]:
    """Within it code that looks for CUDA finds none."""
    with patch.object(torch.cuda, "is_available", return_value=False):
        yield


@contextmanager
def without_cuda(mode: WithoutCuda) -> Iterator[None]:
    """Within it no CUDA is found either, and demands for it are noted in ``mode`` and answered on the CPU."""
    with hidden_cuda(), mode:
        yield
