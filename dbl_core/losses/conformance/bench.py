"""What the checks share: the loss under test, the right answers, batches, and how its value is scaled."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dbl_core.losses.conformance.measuring import Measured, measure
from dbl_core.losses.conformance.oracle import Oracle
from dbl_core.losses.conformance.subject import Subject
from dbl_core.losses.conformance.training_set import TrainingSet
from dbl_core.losses.conformance.without_cuda import WithoutCuda

_SPREADS = (3.0, 1.0, 6.0, 0.0)  # of the logits: trained, young, sure of itself, at the start
_SIZES = (1.0, 0.3, 0.1, 1.0)  # share of the rows
_SAME_FACTOR = 1e-4


class Scale(NamedTuple):
    """How a value relates to the mean over all units.

    Attributes:
        reduction: "mean", "sum", "batchmean" (summed over classes, averaged over images) or "classmean" (the reverse).
        factor: Constant by which it exceeds that.
    """

    reduction: str
    factor: float


class Bench:
    """A loss under test on its training set.

    Attributes:
        subject: The loss, and how to build it.
        oracle: The right answers of the loss that it claims to be.
        mode: Where its demands for CUDA are noted.
    """

    def __init__(self, subject: Subject, oracle: Oracle, mode: WithoutCuda):
        self.subject, self.oracle, self.mode = subject, oracle, mode

    @property
    def training_set(self) -> TrainingSet:
        """The training set that the loss is built for."""
        return self.oracle.training_set

    @cached_property
    def loss(self) -> Callable:
        """The loss, told to take the mean."""
        return self.subject.build(self.training_set)

    def batches(self, dtype: torch.dtype) -> Iterator[tuple[Tensor, Tensor]]:
        """Logits and targets of several sizes, at least two images each, every image with a label."""
        random = np.random.default_rng(1)
        rows = self.training_set.rows
        for spread, size in zip(_SPREADS, _SIZES, strict=True):
            chosen = rows[:: round(1 / size)]
            logits = torch.tensor(random.normal(size=chosen.shape) * spread).to(dtype)
            yield logits, torch.tensor(chosen).to(dtype)

    def batch(self, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        """The first and largest of the batches."""
        return next(self.batches(dtype))

    @cached_property
    def measured(self) -> Measured:
        """The loss on ``batch()``, in float32."""
        return measure(self.loss, *self.batch())

    def scale(self, found: list[float], batches: list[tuple[Tensor, Tensor]], oracle: Oracle) -> Scale | None:
        """Return how values relate to the right means, or None where no constant does it.

        Args:
            found: The value on each batch.
            batches: Batches of different sizes.
            oracle: Whose answers are taken as right.
        """
        right = np.array([oracle.answer(*batch)[0] for batch in batches])
        candidates = []
        for reduction in ("mean", "sum", "batchmean", "classmean"):
            sizes = np.array([self.size(reduction, len(targets)) for _, targets in batches])
            with np.errstate(all="ignore"):
                factors = np.array(found) / right / sizes
            factor = float(np.median(factors))
            if np.isfinite(factors).all() and factor and np.ptp(factors) <= _SAME_FACTOR * abs(factor):
                candidates.append(Scale(reduction, factor))
        return min(candidates, key=lambda scale: abs(scale.factor - 1) > _SAME_FACTOR, default=None)

    def size(self, reduction: str, n_images: int) -> float:
        """What a reduction multiplies the mean over all units by."""
        n_units = self.oracle.n_units(n_images)
        per_image = n_units / n_images if self.oracle.unit == "cell" else 1
        return {"mean": 1, "sum": n_units, "batchmean": per_image, "classmean": n_units / per_image}[reduction]

    @cached_property
    def own_scale(self) -> Scale | None:
        """How the values of the loss relate to the right means in float32."""
        batches = list(self.batches(torch.float32))
        return self.scale([measure(self.loss, *batch).value for batch in batches], batches, self.oracle)

    def divisor(self, n_images: int) -> float:
        """By what to divide a value of the loss to compare it with the mean; 1 where nothing constant fits."""
        if self.own_scale is None:
            return 1.0
        return self.own_scale.factor * self.size(self.own_scale.reduction, n_images)

    def cell(self, image: int, label: int, targets: Tensor) -> str:
        """Name a cell of a batch in words."""
        names, counts = self.training_set.label_names, self.training_set.label_counts
        sign = "positive" if targets[image, label] else "negative"
        return f"image {image + 1}, class {names[label]} (n = {counts[label]:,}, {sign})"
