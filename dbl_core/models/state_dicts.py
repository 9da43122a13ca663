"""Pre-trained weights from files that others made: safetensors, or a state dict that ``torch.save`` wrote.

A ``.pth`` file is a pickle, and a pickle can hold any program. It is read with ``weights_only=True``, which builds
tensors and plain containers and nothing else, only up to a size, and never when it is a compressed archive, which
could hide far more than it shows.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from dbl_core.errors import ModelError
from dbl_core.models.catalog import BackboneDescription
from dbl_core.models.weights import load_into, read_weights

_WRAPPERS = ("state_dict", "model")
"""Where training scripts put the state dict inside what they save."""
_PARALLEL = "module."
# ViT's weights were published before torchvision renamed the two layers of its blocks.
_RENAMED = {".mlp.linear_1.": ".mlp.0.", ".mlp.linear_2.": ".mlp.3."}
_COUNTER = "num_batches_tracked"


def load_pretrained(network: nn.Module, path: str | Path, description: BackboneDescription) -> None:
    """Fill a network without its classifier from a state dict of the whole one.

    The classifier's tensors may be there or not, and are not looked at. Batch counters that older files lack are 0.

    Args:
        network: torchvision's network; unchanged when the file does not fit.
        path: ``.safetensors``, or ``.pth`` or ``.pt``: a state dict, alone or under ``state_dict`` or ``model``, names
            with or without ``module.`` before them.
        description: says which tensors are the classifier's, and how large the file may be.

    Raises:
        ModelError: the file is missing, too large, damaged, holds anything but tensors, or does not fit.
    """
    own = network.state_dict()
    tensors = read_state_dict(path, max_bytes=description.max_bytes)
    fitting = {}
    for name, tensor in tensors.items():
        name = name.removeprefix(_PARALLEL)
        for old, new in _RENAMED.items():
            name = name.replace(old, new)
        if name in own or not name.startswith(description.head):
            fitting[name] = tensor
    for name, tensor in own.items():
        if name.endswith(_COUNTER):
            fitting.setdefault(name, torch.zeros_like(tensor))
    load_into(network, fitting, source=path)


def read_state_dict(path: str | Path, *, max_bytes: int) -> dict[str, torch.Tensor]:
    """Read named tensors; those of other float types come back as float32.

    Args:
        path: the file; ``.safetensors`` or what ``torch.save`` wrote.
        max_bytes: larger files are refused unread.

    Raises:
        ModelError: the file is missing, too large, damaged, or holds anything but named tensors.
    """
    path = Path(path)
    if path.suffix.lower() == ".safetensors":
        return read_weights(path, max_bytes=max_bytes)
    _check_archive(path, max_bytes)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a stranger's pickle can end in any exception
        raise ModelError(
            f"{path} is damaged, or holds more than tensors and was not opened: give a state dict"
            " (torch.save(model.state_dict(), FILE)) or a .safetensors file."
        ) from error
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) for name, tensor in content.items()
    ):
        raise ModelError(f"{path} holds no state dict (names and tensors): save model.state_dict() alone.")
    if sum(tensor.numel() for tensor in content.values()) > max_bytes:  # a small file can describe a huge tensor
        raise ModelError(f"{path} describes tensors larger than the file itself: give the right weights file.")
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in content.items()}


def _check_archive(path: Path, max_bytes: int) -> None:
    """Refuse what is missing, too large or compressed before a byte of it is unpickled."""
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise ModelError(f"{path} has {size} bytes, at most {max_bytes} are allowed: give the right weights file.")
        if not path.is_file():
            raise ModelError(f"{path} is not a file: name a weights file.")
        packed = []
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                packed = [entry for entry in archive.infolist() if entry.compress_type != zipfile.ZIP_STORED]
    except FileNotFoundError as error:
        raise ModelError(f"{path} is missing: name a weights file that is there.") from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ModelError(f"{path} is damaged: fetch the weights file again.") from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}): check the file's rights.") from error
    if packed:
        raise ModelError(f"{path} is a compressed archive, which torch.save never writes: give the right weights file.")
