"""Checks at the edges of legal input: nothing may become NaN or infinite there."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from dbl_core.losses.conformance.bench import Bench
from dbl_core.losses.conformance.call_checks import close_to, rounded
from dbl_core.losses.conformance.measuring import Measured, SkippedError, WarnedError, measure, require_finite

_EXTREME = 90.0
_HALF_TOLERANCE = {torch.float16: 0.02, torch.bfloat16: 0.05}
_NO_KERNEL = "not implemented for"


def empty_row(bench: Bench) -> str:
    """An image without any label, among others and alone."""
    logits, targets = (tensor[:4].clone() for tensor in bench.batch())
    targets[1] = 0
    require_finite(measure(bench.loss, logits, targets))
    require_finite(measure(bench.loss, logits, torch.zeros_like(targets)))
    return "finite"


def empty_class(bench: Bench) -> str:
    """A class without any image: n = 0."""
    label = int(np.argmin(bench.training_set.label_counts))
    return _class_at_the_edge(bench, label, 0)


def full_class(bench: Bench) -> str:
    """A class that every image carries: n = N."""
    label = int(np.argmax(bench.training_set.label_counts))
    return _class_at_the_edge(bench, label, bench.training_set.n_samples)


def _class_at_the_edge(bench: Bench, label: int, count: int) -> str:
    if not bench.subject.rebuildable:
        raise SkippedError(
            "a loss that is ready to be called cannot be built for other counts; give its class or a factory"
        )
    loss = bench.subject.build(bench.training_set.with_count(label, count))
    logits, targets = (tensor.clone() for tensor in bench.batch())
    targets[:, label] = float(count > 0)
    require_finite(measure(loss, logits, targets))
    return "finite"


def extreme_logits(bench: Bench) -> str:
    """Logits of 90 and -90, right and wrong."""
    _, targets = bench.batch()
    sign = torch.where(torch.arange(targets.numel()).view(targets.shape) % 3 > 0, 1.0, -1.0)
    logits = _EXTREME * sign
    measured = measure(bench.loss, logits, targets)
    require_finite(measured)
    right = bench.oracle.answer(logits, targets)[1]
    wrong_answers = np.abs(right) > 0.01 * np.abs(right).max()
    if measured.gradient is not None and not measured.gradient[wrong_answers].all():
        lost = int((measured.gradient[wrong_answers] == 0).sum())
        raise WarnedError(
            f"finite, but {lost} of {wrong_answers.sum()} plainly wrong answers have no gradient any more"
        )
    return "finite"


def in_float16(bench: Bench) -> str:
    """Logits in float16."""
    return _half(bench, torch.float16)


def in_bfloat16(bench: Bench) -> str:
    """Logits in bfloat16."""
    return _half(bench, torch.bfloat16)


def _half(bench: Bench, dtype: torch.dtype) -> str:
    """Half-precision logits, with targets in float32 and in the same type."""
    logits, targets = _wide_batch(bench)
    plain = measure(bench.loss, rounded(logits, dtype), targets)
    for kind in (torch.float32, dtype):
        measured = _or_skipped(lambda kind=kind: measure(bench.loss, logits.to(dtype), targets.to(kind)), dtype)
        close_to(measured, plain, _HALF_TOLERANCE[dtype])
    return _in_words(measured)


def under_autocast(bench: Bench) -> str:
    """Called within ``torch.autocast`` to bfloat16, with float32 and with bfloat16 logits."""
    dtype = torch.bfloat16
    logits, targets = _wide_batch(bench)
    for kind in (torch.float32, dtype):
        plain = measure(bench.loss, rounded(logits, kind), targets)
        with torch.autocast("cpu", dtype=dtype):
            measured = _or_skipped(lambda kind=kind: measure(bench.loss, logits.to(kind), targets), dtype)
        close_to(measured, plain, _HALF_TOLERANCE[dtype])
    return _in_words(measured)


def _wide_batch(bench: Bench) -> tuple[Tensor, Tensor]:
    """The first batch, with a few cells so far out that a float16 that is not careful overflows or takes log 0."""
    logits, targets = bench.batch()
    logits.view(-1)[::7] *= 6
    return logits, targets


def _or_skipped(call: Callable[[], Measured], dtype: torch.dtype) -> Measured:
    try:
        return call()
    except (RuntimeError, NotImplementedError) as error:
        if _NO_KERNEL in str(error):
            kind = str(dtype).removeprefix("torch.")
            raise SkippedError(f"this processor lacks an operation for {kind} that the loss uses") from error
        raise


def _in_words(measured: Measured) -> str:
    return f"close to float32, returned in {str(measured.output.dtype).removeprefix('torch.')}"
