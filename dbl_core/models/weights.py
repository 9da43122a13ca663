"""Weights on disk: safetensors only, so that opening a stranger's file can run no code.

A file is written whole or not at all, read only up to a size bound, and every way in which it can be wrong becomes a
`ModelError` of one sentence.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from safetensors.torch import save as format_safetensors
from torch import nn

from dbl_core.errors import ModelError
from dbl_core.models.catalog import MAX_WEIGHTS_BYTES
from dbl_core.whole_files import replacing


def write_bytes_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or all of the new one, never a part.

    Raises:
        ModelError: the folder cannot be written or the disk is full; nothing is left behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path, durable=True) as file:
            file.write(content)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be written ({error.strerror or error}): free space or choose another folder."
        ) from error


def write_weights(path: str | Path, tensors: Mapping[str, torch.Tensor], *, half: bool = False) -> None:
    """Write named tensors as safetensors, whole or not at all.

    Args:
        path: the file to write; its folder is made if missing.
        tensors: names to tensors, for example a module's `state_dict()`.
        half: store matrices and kernels (two or more axes) as float16, which halves the file; vectors such as
            the statistics of a normalisation stay float32.

    Raises:
        ModelError: the file cannot be written.
    """
    stored = {}
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu()
        stored[name] = (
            tensor.half() if half and tensor.is_floating_point() and tensor.ndim >= 2 else tensor
        ).contiguous()
    write_bytes_whole(Path(path), format_safetensors(stored))


def read_weights(path: str | Path, *, max_bytes: int = MAX_WEIGHTS_BYTES) -> dict[str, torch.Tensor]:
    """Read a safetensors file; float16 tensors come back as float32.

    Args:
        path: the file.
        max_bytes: larger files are refused unread.

    Raises:
        ModelError: the file is missing, too large, unreadable or not a whole safetensors file.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise ModelError(f"{path} has {size} bytes, at most {max_bytes} are allowed: give the right weights file.")
        tensors = parse_safetensors(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelError(f"{path} is missing: restore the weights file or train a new one.") from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}): check the file's rights.") from error
    except SafetensorError as error:
        raise ModelError(f"{path} is damaged or not a safetensors file: restore it or train a new one.") from error
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def load_into(module: nn.Module, tensors: Mapping[str, torch.Tensor], *, source: str | Path) -> None:
    """Copy tensors into a module after checking that names and shapes are exactly the module's.

    Args:
        module: receives the values.
        tensors: names to tensors; the module is unchanged unless all of them fit and are finite.
        source: where the tensors came from, for the error sentence.

    Raises:
        ModelError: a tensor is missing, superfluous, of another shape or not finite.
    """
    own = module.state_dict()
    misfit = f"{source} does not fit {type(module).__name__}"
    advice = "restore it or train a new one"
    wrong_names = sorted(own.keys() ^ tensors.keys())
    if wrong_names:
        raise ModelError(f"{misfit}: only one of the two has {wrong_names[0]!r}; {advice}.")
    for name, tensor in tensors.items():
        if tensor.shape != own[name].shape:
            shapes = f"{tuple(tensor.shape)}, not {tuple(own[name].shape)}"
            raise ModelError(f"{misfit}: {name!r} has shape {shapes}; {advice}.")
        if not torch.isfinite(tensor).all():
            raise ModelError(f"{source} is damaged: {name!r} holds values that are not finite; {advice}.")
    module.load_state_dict(dict(tensors))
