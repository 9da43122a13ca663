"""Where a run computes."""

import os

import torch

MOST_THREADS = 4
"""Bundles of heads that are trained side by side at most; further cores belong to others."""


def resolve_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu`` or ``cuda`` into a device that is really there.

    Args:
        name: ``auto`` takes CUDA when present, else the CPU.

    Returns:
        The device.

    Raises:
        ValueError: If CUDA is asked for and this machine has none, or the name is unknown.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"unknown device {name!r}; choose one of auto, cpu, cuda")
    present = torch.cuda.is_available()
    if name == "cuda" and not present:
        raise ValueError("device 'cuda' is not available on this machine; use --device auto or cpu")
    return torch.device("cuda" if present and name != "cpu" else "cpu")


def set_threads(mode: str, processes: int = 1) -> None:
    """Let a head train on one thread of the CPU, and processes that train together share its cores.

    Its matrices are so small that a second thread only waits for the first, and on a busy machine waits long: eight
    epochs take 2 s on one thread, and up to 50 s on two when other processes use the cores. Convolutions keep all.

    Args:
        mode: A key of ``dbl_core.config.MODES``.
        processes: How many train a run together on this machine.
    """
    if mode == "head":
        torch.set_num_threads(1)
    elif processes > 1:
        torch.set_num_threads(max(1, _cores() // processes))


def head_threads() -> int:
    """How many bundles of heads to train side by side: a core each, four at most."""
    return max(1, min(MOST_THREADS, _cores()))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def sent(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A tensor of the CPU on a device, without waiting for what the device still has to do."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def half_precision(device: torch.device, *, images: bool) -> torch.autocast:
    """A context in which CUDA computes a backbone in bfloat16 where that is safe; heads alone stay in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=images and device.type == "cuda")


def describe_device(device: torch.device, processes: int = 1) -> str:
    """The device in words, for ``result.json``: ``cpu (2 threads)`` or the name of the GPU.

    Args:
        device: That of this process.
        processes: How many train together, each on such a device: ``2 x cpu (1 thread)``.
    """
    several = f"{processes} x " if processes > 1 else ""
    if device.type == "cuda":
        return several + torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{several}cpu ({threads} {'thread' if threads == 1 else 'threads'})"
