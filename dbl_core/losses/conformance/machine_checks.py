"""Checks of how a loss gets along with devices and the compiler."""

import copy

import torch

from dbl_core.losses.conformance.bench import Bench
from dbl_core.losses.conformance.measuring import FailedError, SkippedError, WarnedError, as_tensor, off_by
from dbl_core.losses.conformance.quiet import sentence_of

_LOOKS_AT_VALUES = ("item()", "Cannot copy out of meta", "can't convert meta", "data-dependent", "data-independent")


def no_cuda_needed(bench: Bench) -> str:
    """Neither its constructor nor a call asked for CUDA by name, in any of the checks."""
    if bench.mode.demands:
        raise FailedError(
            f"it asks for CUDA by name ({', '.join(bench.mode.demands)}); the other checks answered that on the CPU"
        )
    return "none was asked for"


def device(bench: Bench) -> str:
    """The loss moves with ``.to(device)`` and computes where the logits are."""
    if torch.cuda.is_available() and not bench.mode.demands:
        return _on_cuda(bench)
    logits, targets = (tensor.to("meta") for tensor in bench.batch())
    try:
        output, _ = as_tensor(_moved(bench.loss, "meta")(logits, targets))
    except (RuntimeError, NotImplementedError, TypeError) as error:
        if any(words in str(error) for words in _LOOKS_AT_VALUES):
            raise SkippedError(
                "it looks at values while it computes, so only a GPU could tell; there is none"
            ) from error
        raise FailedError(f"after .to() a part of it stays on the CPU: {sentence_of(error)}") from error
    if output.device.type != "meta":
        raise FailedError(f"its value is on {output.device.type}, whatever the device of the logits")
    return "followed to torch's meta device; there is no GPU here"


def _on_cuda(bench: Bench) -> str:
    logits, targets = (tensor.cuda() for tensor in bench.batch())
    try:
        output, _ = as_tensor(_moved(bench.loss, "cuda")(logits, targets))
    except RuntimeError as error:
        raise FailedError(f"after .to() a part of it stays on the CPU: {sentence_of(error)}") from error
    if output.device.type != "cuda":
        raise FailedError(f"its value is on {output.device.type}, the logits were on cuda")
    if off_by(output.double().mean().item(), bench.measured.value) > 1e-4:
        raise FailedError(f"{output.mean().item():.6g} on CUDA, {bench.measured.value:.6g} on the CPU")
    return f"the same value on {torch.cuda.get_device_name()}"


def _moved(loss: object, target: str) -> object:
    return copy.deepcopy(loss).to(target) if isinstance(loss, torch.nn.Module) else loss


def compiles(bench: Bench) -> str:
    """``torch.compile`` takes the loss as one graph; a break is slow, not wrong."""
    if bench.mode.demands:
        raise SkippedError("it asks for CUDA by name")
    torch.compiler.reset()
    loss = copy.deepcopy(bench.loss) if isinstance(bench.loss, torch.nn.Module) else bench.loss
    try:
        output, _ = as_tensor(torch.compile(loss, fullgraph=True, backend="eager")(*bench.batch()))
    except Exception as error:
        raise WarnedError(f"not as one graph: {sentence_of(error)}") from error
    finally:
        torch.compiler.reset()
    if off_by(output.double().mean().item(), bench.measured.value) > 1e-4:
        raise FailedError(f"{output.mean().item():.6g} compiled, {bench.measured.value:.6g} without")
    return "one graph, the same value"
