r"""What every loss of the lab shares: shapes, precision, reductions, and the terms that the Loss Lab draws."""

from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

REDUCTIONS = ("mean", "sum", "none")
Unit = Literal["cell", "image", "batch"]
_INNER_AXES = {"cell": (-2, -1), "image": (-1,), "batch": ()}


def binary_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the plain loss of every cell; exact where ``torch.nn.functional.softplus`` turns linear."""
    return -torch.lerp(F.logsigmoid(-logits), F.logsigmoid(logits), targets)


class MultiLabelLoss(nn.Module):
    r"""A loss on logits and targets of shape (n_samples, n_labels); further leading axes are independent batches.

    A subclass says in ``values`` what the loss of one unit is, and in ``unit`` what that is: a sum over (image, class)
    cells has a value a cell, a loss that compares the labels of one image a value an image, one that also compares the
    images of a batch one value a batch. All else follows from that.

    Every loss works on every device after ``.to(device)``, without a host synchronisation and without a graph break.
    Half precision is computed in float32, and the class constants stay float32 under ``.half()`` too. Arguments are
    never changed in place. Every number among the options may be a tensor of shape (n_stack, 1, 1): the loss then
    serves a stack (n_stack, n_samples, n_labels) of batches, each with options of its own.

    Args:
        n_labels: Number of classes.
        reduction: "mean" over all units, "sum" of all units, or "none" for the values themselves.

    Raises:
        ValueError: The reduction is not one of the three.
    """

    unit: ClassVar[Unit] = "cell"
    n_stack: int | None = None  # how many settings ``build_stack`` put into this loss

    def __init__(self, n_labels: int, *, reduction: str = "mean"):
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}, not {reduction!r}.")
        self.n_labels = n_labels
        self.reduction = reduction

    def values(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every unit.

        Args:
            logits: (..., n_samples, n_labels), any floating type.
            targets: The same shape, 0 or 1 in any type, or anything between.

        Returns:
            float32, or float64 for float64: (..., n_samples, n_labels) for unit "cell", (..., n_samples) for "image",
            (...) for "batch".

        Raises:
            ValueError: The shapes differ, or the last axis is not ``n_labels`` long.
        """
        raise TypeError(f"{type(self).__name__} does not say what its values are")

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, reduced.

        Args:
            logits: (n_samples, n_labels), any floating type; further leading axes are allowed.
            targets: The same shape, 0 or 1 in any type, or anything between.

        Returns:
            A scalar, or with reduction "none" one value a unit, see ``values``. An empty batch gives 0, so that it
            moves no weight.

        Raises:
            ValueError: As ``values``.
        """
        values = self.values(logits, targets)
        if self.reduction == "none":
            return values
        total = values.sum()
        return total / max(values.numel(), 1) if self.reduction == "mean" else total

    def batch_means(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss of every batch of a stack: (...) for logits (..., n_samples, n_labels).

        What ``forward`` with reduction "mean" gives for each batch alone; the sum over the stack has the gradients of
        the batches trained one by one.
        """
        values = self.values(logits, targets)
        axes = _INNER_AXES[self.unit]
        return values.mean(axes) if axes else values

    def terms(self, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        r"""Return what the loss is made of, cell by cell.

        A cell's loss is weight * focal * plain, where plain is the cross-entropy
        :math:`y\,\zeta(-(z-\nu)) + (1-y)\,\zeta(z-\nu)`, :math:`\zeta(x)=\log(1+e^x)`. Where both have vanished, in a
        cell that is right with all digits, the focal factor counts as 0.

        Returns:
            Tensors of the shape of ``logits``: "weight", "nu" (the shift), "shifted" (z - nu), "focal" (all else that
            multiplies the plain loss) and "loss". A loss that is no sum of cells cannot be taken apart like this: every
            cell of a unit shows the loss of that unit, and weight, nu and focal are 1, 0 and 1.

        Raises:
            ValueError: As ``values``.
        """
        loss = self.values(logits, targets)
        logits, targets = self._prepared(logits, targets)
        ones = torch.ones_like(logits)
        if self.unit != "cell":
            spread = loss[(..., *(None,) * (logits.ndim - loss.ndim))].expand_as(logits)
            return {"weight": ones, "nu": torch.zeros_like(ones), "shifted": logits, "focal": ones, "loss": spread}
        weight, nu = self.weights(targets), self.shift(targets)
        shifted = logits - nu
        plain = weight * binary_cross_entropy(shifted, targets)
        smallest = torch.finfo(plain.dtype).tiny
        focal = torch.where(plain > smallest, loss / plain.clamp(min=smallest), 0.0)
        return {"weight": weight, "nu": nu, "shifted": shifted, "focal": focal, "loss": loss}

    def weights(self, targets: Tensor) -> Tensor:
        """Return the weight of every cell of targets (..., n_labels) that does not depend on the logits; 1 here."""
        return torch.ones_like(targets, dtype=torch.promote_types(targets.dtype, torch.float32))

    def shift(self, targets: Tensor) -> Tensor:
        """Return nu, by which the logit of every cell of targets (..., n_labels) is lowered in training; 0 here."""
        return torch.zeros_like(targets, dtype=torch.promote_types(targets.dtype, torch.float32))

    def _keep(self, **options: float | Tensor | str) -> None:
        """Keep options under their names: tensors as buffers, so that they follow the module to another device."""
        for name, value in options.items():
            if isinstance(value, Tensor):
                self.register_buffer(name, value.float())
            else:
                setattr(self, name, value)

    def extra_repr(self) -> str:
        """Name the settings that are not modules of their own."""
        return f"n_labels={self.n_labels}, reduction={self.reduction!r}"

    def _prepared(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and targets in the type in which they are computed, float32 or better.

        Raises:
            ValueError: The shapes differ, the last axis is not ``n_labels`` long, or the first does not fit a stack.
        """
        shape = logits.shape
        if self.n_stack is not None and (len(shape) != 3 or shape[0] != self.n_stack):
            raise ValueError(
                f"This loss serves stacks of the shape ({self.n_stack}, n_samples, {self.n_labels}), "
                f"not {tuple(shape)}."
            )
        if shape != targets.shape or not shape or shape[-1] != self.n_labels:
            raise ValueError(
                f"logits and targets must both have the shape (n_samples, {self.n_labels}), "
                f"not {tuple(shape)} and {tuple(targets.shape)}."
            )
        if targets.requires_grad:
            targets = targets.detach()
        if logits.dtype == targets.dtype == torch.float32:
            return logits, targets
        dtype = torch.promote_types(logits.dtype, torch.float32)
        return logits.to(dtype), targets.to(dtype)

    def _apply(self, fn, recurse=True):
        # Follow a move to another device, keep float32: 1/n would lose its digits in half precision, N/n overflow.
        return super()._apply(lambda tensor: tensor.to(fn(tensor).device), recurse)
