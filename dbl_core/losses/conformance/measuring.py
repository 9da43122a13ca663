"""Call a loss as a trainer would, and bring what it returns into one form."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class FailedError(Exception):
    """A check is not passed; the message says what was found."""


class SkippedError(Exception):
    """A check cannot be made; the message says why."""


class WarnedError(Exception):
    """A check is passed with a reservation."""


class Measured(NamedTuple):
    """One call of a loss.

    Attributes:
        output: What it returned, the first entry where that was a tuple.
        value: The mean of that.
        gradient: Gradient of ``value`` for every logit, float64; None where it does not depend on them.
        note: What was odd about the output; empty where nothing was.
    """

    output: Tensor
    value: float
    gradient: np.ndarray | None
    note: str

    @property
    def finite(self) -> bool:
        """Whether the value and the gradient are free of NaN and infinity."""
        return bool(np.isfinite(self.value)) and (self.gradient is None or bool(np.isfinite(self.gradient).all()))


def measure(
    loss: Callable, logits: Tensor, targets: Tensor, *, view: Callable[[Tensor], Tensor] = lambda logits: logits
) -> Measured:
    """Call a loss on fresh copies and differentiate it.

    Args:
        loss: Called as ``loss(logits, targets)``.
        logits: (n_samples, n_labels), or what ``view`` makes that of. As in training they are no leaf of the graph.
        targets: (n_samples, n_labels).
        view: Applied to the logits before the call.

    Raises:
        FailedError: What it returns is no tensor of numbers.
    """
    leaf = logits.detach().clone().requires_grad_()
    output, note = as_tensor(loss(view(leaf * 1), targets.clone()))
    value = output.double().mean() if output.dtype != torch.float64 else output.mean()
    gradient = None
    if value.requires_grad:
        (found,) = torch.autograd.grad(value, leaf, allow_unused=True)
        gradient = None if found is None else found.double().numpy()
    return Measured(output.detach(), value.item(), gradient, note)


def as_tensor(output: object) -> tuple[Tensor, str]:
    """Return the tensor in what a loss returned, and what is to be said about its form.

    Raises:
        FailedError: There is no tensor of numbers in it.
    """
    note = ""
    if isinstance(output, tuple | list) and output:
        note = f"a {type(output).__name__} of {len(output)}; only its first entry was checked"
        output = output[0]
    if not isinstance(output, Tensor) or not output.numel():
        raise FailedError(f"it returned {_kind(output)}, not a tensor")
    if not note and output.ndim:
        note = f"a tensor of shape {tuple(output.shape)}; its mean was checked"
    return output, note


def _kind(output: object) -> str:
    if output is None:
        return "None"
    return "an empty tensor" if isinstance(output, Tensor) else f"a {type(output).__name__}"


def off_by(found: float, right: float) -> float:
    """The relative error; infinite for what is not finite."""
    if not np.isfinite(found):
        return np.inf
    return abs(found - right) / max(abs(right), 1e-30)


def require_finite(measured: Measured) -> None:
    """Refuse a value or gradient with NaN or infinity.

    Raises:
        FailedError: With what is not finite, and where.
    """
    if not np.isfinite(measured.value):
        raise FailedError(f"the value is {measured.value}")
    if not measured.finite:
        wrong = ~np.isfinite(measured.gradient)
        image, label = np.argwhere(wrong)[0]
        raise FailedError(
            f"the gradient of {wrong.sum()} of {wrong.size} cells is not finite, first that of image {image + 1}, "
            f"class {label + 1}: {measured.gradient[image, label]}"
        )
