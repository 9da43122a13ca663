"""A training set of five classes, from frequent to rare, and losses built for it."""

from collections.abc import Callable

import torch

from dbl_core.losses import build_loss

COUNTS, N_SAMPLES = [60, 30, 12, 5, 1], 100


def build(name, reduction="mean", *, counts=COUNTS, n_samples=N_SAMPLES, **options):
    return build_loss(name, label_counts=counts, n_samples=n_samples, reduction=reduction, **options)


def unreduced(name, **options):
    """The loss whose value is one number a cell (or an image, or the batch: the unit of the loss)."""
    return build(name, "none", **options)


def value_and_gradient(loss: Callable, logits: torch.Tensor, targets: torch.Tensor) -> tuple:
    """Value of a loss, and gradient of its sum with respect to the logits."""
    logits = logits.clone().requires_grad_()
    value = loss(logits, targets)
    value.sum().backward()
    return value.detach(), logits.grad
