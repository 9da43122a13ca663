"""Where a run computes."""

import torch


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


def describe_device(device: torch.device) -> str:
    """The device in words, for ``result.json``: ``cpu (2 threads)`` or the name of the GPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu ({torch.get_num_threads()} threads)"
