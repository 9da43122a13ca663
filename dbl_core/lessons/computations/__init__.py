"""What the lessons compute: every number that a step shows comes from one of these functions."""

from dbl_core.lessons.computations import (
    accuracy,
    counts,
    gradients,
    heads,
    recorded,
    sampling,
    together,
    weights,
)
from dbl_core.lessons.computations.registry import COMPUTATIONS, Computation, computation_named

__all__ = [
    "COMPUTATIONS",
    "Computation",
    "accuracy",
    "computation_named",
    "counts",
    "gradients",
    "heads",
    "recorded",
    "sampling",
    "together",
    "weights",
]
