"""Checks of how a loss behaves towards its caller: what it returns, what it leaves alone, what it accepts."""

import numpy as np
import torch
from torch import Tensor

from dbl_core.losses.conformance.bench import Bench
from dbl_core.losses.conformance.measuring import (
    FailedError,
    Measured,
    SkippedError,
    WarnedError,
    as_tensor,
    measure,
    off_by,
    require_finite,
)
from dbl_core.losses.conformance.quiet import sentence_of

_SAME = 1e-5


def one_number(bench: Bench) -> str:
    """What it returns under reduction mean can be differentiated as it is."""
    if bench.subject.reduction == "none":
        raise SkippedError("it was built with reduction none")
    measured = bench.measured
    if measured.note:
        raise FailedError(f"it returned {measured.note}")
    return "a scalar tensor"


def arguments_left_alone(bench: Bench) -> str:
    """Logits and targets are the same after the call and after the backward pass."""
    given = [tensor.clone() for tensor in bench.batch()]
    leaf = given[0].clone().requires_grad_()
    logits, targets = leaf * 1, given[1].clone()
    output, _ = as_tensor(bench.loss(logits, targets))
    if output.requires_grad:
        output.mean().backward()
    changed = [
        name
        for name, before, after in zip(("logits", "targets"), given, (logits.detach(), targets), strict=True)
        if not torch.equal(before, after)
    ]
    if changed:
        raise FailedError(f"it changed the caller's {' and '.join(changed)} in place")
    return "unchanged"


def repeated(bench: Bench) -> str:
    """The same images have the same value, in any order and after any other batch: nothing is remembered."""
    batch = bench.batch()
    reversed_batch = [tensor.flip(0) for tensor in batch]
    values = [measure(bench.loss, *given).value for given in (batch, batch, reversed_batch, batch)]
    if max(off_by(value, values[0]) for value in values) > _SAME:
        first, again, reversed_value, last = (f"{value:.6g}" for value in values)
        raise FailedError(f"one batch gave {first}, then {again}, its images reversed {reversed_value}, then {last}")
    return "the same each time"


def reductions(bench: Bench) -> str:
    """Mean, sum and none agree with each other and have the right shapes."""
    if not bench.subject.takes_reduction:
        raise SkippedError("it cannot be told a reduction")
    logits, targets = bench.batch()
    outputs, refused = {}, {}
    for reduction in ("mean", "sum", "none"):
        try:
            loss = bench.subject.build(bench.training_set, reduction=reduction)
            outputs[reduction] = as_tensor(loss(logits.clone(), targets.clone()))[0].double()
        except (FailedError, ValueError, NotImplementedError, AssertionError, KeyError) as error:
            refused[reduction] = sentence_of(error)
    if "mean" in refused:
        raise FailedError(f"mean is refused ({refused['mean']})")
    n_units = bench.oracle.n_units(len(logits))
    shape = {"cell": logits.shape, "image": logits.shape[:1], "batch": ()}[bench.oracle.unit]
    wrong = [name for name in ("mean", "sum") if name in outputs and outputs[name].ndim]
    if "none" in outputs and outputs["none"].shape != shape:
        wrong.append("none")
    if wrong:
        shapes = ", ".join(f"{name} returned the shape {tuple(outputs[name].shape)}" for name in wrong)
        raise FailedError(f"{shapes}; none should have {tuple(shape)}, the others ()")
    mean = outputs["none"].mean().item() if "none" in outputs else outputs["mean"].item()
    for name, right in (("mean", mean), ("sum", mean * n_units)):
        if name in outputs and off_by(outputs[name].item(), right) > _SAME:
            raise FailedError(
                f"{name} returned {outputs[name].item():.6g} where {right:.6g} is right by the other reductions"
            )
    return "agree" + "".join(f"; {name} is refused" for name in refused)


def batch_of_one(bench: Bench) -> str:
    """A batch of a single image, as the last of an epoch may be."""
    logits, targets = (tensor[-1:] for tensor in bench.batch())
    measured = measure(bench.loss, logits, targets)
    require_finite(measured)
    if bench.own_scale is None:
        return "finite"
    right = bench.oracle.answer(logits, targets)[0]
    found = measured.value / bench.divisor(1)
    if off_by(found, right) > 1e-4:
        raise FailedError(f"{found:.6g} where {right:.6g} is right")
    return "right"


def integer_and_bool_targets(bench: Bench) -> str:
    """Targets as data sets keep them; to refuse them is safe, to misread them is not."""
    logits, targets = bench.batch()
    refused = []
    for name, kind in (("int64", torch.int64), ("bool", torch.bool)):
        try:
            value = measure(bench.loss, logits, targets.to(kind)).value
        except (RuntimeError, TypeError, ValueError) as error:
            refused.append(f"{name} is refused ({sentence_of(error)})")
            continue
        if off_by(value, bench.measured.value) > _SAME:
            raise FailedError(f"{name}: {value:.6g}, not {bench.measured.value:.6g} as for float32")
    if refused:
        raise WarnedError("; ".join(refused))
    return "the same value"


def non_contiguous_logits(bench: Bench) -> str:
    """Logits that are a transposed view, or every second column of a wider tensor."""
    logits, targets = bench.batch()
    wide = logits.repeat_interleave(2, dim=1)

    def transposed() -> Measured:
        return measure(bench.loss, logits.t().contiguous(), targets, view=lambda leaf: leaf.t())

    def strided() -> Measured:
        return measure(bench.loss, wide, targets, view=lambda leaf: leaf[:, ::2])

    problems = []
    for name, call in {"a transposed view": transposed, "every second column": strided}.items():
        try:
            value = call().value
        except RuntimeError as error:
            problems.append(f"{name}: {sentence_of(error)}")
            continue
        if off_by(value, bench.measured.value) > _SAME:
            problems.append(f"{name}: {value:.6g}, not {bench.measured.value:.6g}")
    if problems:
        raise FailedError("; ".join(problems))
    return "the same value"


def close_to(measured: Measured, plain: Measured, tolerance: float) -> None:
    """Refuse a value or a gradient that is not finite or too far from the plain one.

    Raises:
        FailedError: With both numbers.
    """
    require_finite(measured)
    if off_by(measured.value, plain.value) > tolerance:
        raise FailedError(f"{measured.value:.4g}, in float32 {plain.value:.4g}")
    if plain.gradient is None or not np.isfinite(plain.gradient).all():
        return
    if measured.gradient is None:
        raise FailedError("no gradient, in float32 there is one")
    error = np.abs(measured.gradient - plain.gradient).max() / max(np.abs(plain.gradient).max(), 1e-30)
    if error > tolerance:
        raise FailedError(f"the gradient is off by {100 * error:.2g} % of the largest in float32")


def rounded(logits: Tensor, dtype: torch.dtype) -> Tensor:
    """Logits as a type can hold them, in float32."""
    return logits.to(dtype).float()
