"""Checks against the formula: value, scale, gradient."""

import copy
from collections.abc import Callable

import numpy as np
import torch

from dbl_core.losses.conformance.bench import Bench
from dbl_core.losses.conformance.closed_form import Claim
from dbl_core.losses.conformance.diagnosis import diagnose, scaled
from dbl_core.losses.conformance.measuring import FailedError, SkippedError, measure, off_by
from dbl_core.losses.conformance.oracle import DB_FAMILY, Oracle

VALUE_TOLERANCE = {torch.float64: 2e-6, torch.float32: 2e-5}  # class constants may be float32 in a double loss too
GRADIENT_TOLERANCE = 2e-5  # of the largest gradient of the batch


def value_in_double(bench: Bench) -> str:
    """The value on float64 logits."""
    return _value(bench, torch.float64)


def value_in_float32(bench: Bench) -> str:
    """The value on float32 logits."""
    return _value(bench, torch.float32)


def _value(bench: Bench, dtype: torch.dtype) -> str:
    batches = list(bench.batches(dtype))
    loss = in_double(bench.loss) if dtype == torch.float64 else bench.loss
    measured = [measure(loss, *batch) for batch in batches]
    right = [bench.oracle.answer(*batch)[0] for batch in batches]
    found = [one.value / bench.divisor(len(batch[0])) for one, batch in zip(measured, batches, strict=True)]
    errors = [off_by(*pair) for pair in zip(found, right, strict=True)]
    worst = int(np.argmax(errors))
    if errors[worst] <= VALUE_TOLERANCE[dtype]:
        return f"off by {errors[worst]:.0e} at most" + _reservation(bench, measured[0].output.dtype, dtype)
    reason = diagnose(bench, [one.value for one in measured], batches)
    raise FailedError(
        f"{found[worst]:.6g} where {right[worst]:.6g} is right, {_percent(errors[worst])} off"
        + (f": {reason}" if reason else "")
    )


def _reservation(bench: Bench, found: torch.dtype, given: torch.dtype) -> str:
    notes = []
    if bench.own_scale and abs(bench.divisor(2) - 1) > 1e-3:
        notes.append("apart from its scale")
    if given == torch.float64 and found != torch.float64:
        notes.append(f"computed in {str(found).removeprefix('torch.')}")
    return "".join(f", {note}" for note in notes)


def _percent(error: float) -> str:
    if error >= 10:
        return "far"
    return f"{100 * error:.0f} %" if error >= 0.1 else f"{100 * error:.1g} %"


def in_double(loss: Callable) -> Callable:
    """A copy of a module in float64; anything else as it is."""
    return copy.deepcopy(loss).double() if isinstance(loss, torch.nn.Module) else loss


def scale(bench: Bench) -> str:
    """The size of the value: mean or sum, without a constant that acts like another learning rate."""
    found, expected = bench.own_scale, bench.subject.reduction.replace("none", "mean")  # the mean of the cells
    if found is None:
        raise SkippedError("the value does not follow the closed form at any scale")
    if found.reduction == expected and abs(found.factor - 1) < 1e-3:
        return scaled(found, bench.oracle.unit)
    size = bench.oracle.claim.options.get("focal_scale", 1.0)
    hint = ", the focal scale is missing" if abs(found.factor * size - 1) < 1e-3 and size != 1 else ""
    raise FailedError(scaled(found, bench.oracle.unit) + hint)


def gradient(bench: Bench) -> str:
    """The gradient for every logit, in float64."""
    logits, targets = bench.batch(torch.float64)
    measured = measure(in_double(bench.loss), logits, targets)
    if measured.gradient is None:
        raise FailedError("the value does not depend on the logits: it is cut out of the graph")
    found = measured.gradient / bench.divisor(len(logits))
    right = bench.oracle.answer(logits, targets)[1]
    errors = _errors(found, right)
    if errors.max() <= GRADIENT_TOLERANCE:
        return f"off by {errors.max():.0e} of the largest at most"
    image, label = np.unravel_index(int(errors.argmax()), errors.shape)
    detached = _detached(bench, found, logits, targets)
    raise FailedError(
        f"{(errors > GRADIENT_TOLERANCE).sum()} of {errors.size} cells are wrong; worst "
        f"{bench.cell(image, label, targets)}: {found[image, label]:.4g} where {right[image, label]:.4g} is right"
        + detached
    )


def _errors(found: np.ndarray, right: np.ndarray) -> np.ndarray:
    errors = np.abs(found - right) / np.abs(right).max()
    return np.where(np.isfinite(errors), errors, np.inf)


def _detached(bench: Bench, found: np.ndarray, logits: torch.Tensor, targets: torch.Tensor) -> str:
    """Whether the one slip that shows in the gradient alone explains it."""
    claim = bench.oracle.claim
    if claim.name not in DB_FAMILY or "focal" not in claim.terms:
        return ""
    slip = Claim(claim.name, claim.options, frozenset({"focal detached"}))
    right = Oracle(slip, bench.training_set).answer(logits, targets)[1]
    return ": the focal factor is cut out of the gradient" if _errors(found, right).max() <= GRADIENT_TOLERANCE else ""
