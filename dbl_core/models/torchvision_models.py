"""Backbones of torchvision without their classifiers; torchvision is imported when one is first built.

What is done to the images differs from torchvision's own preprocessing in one point. Pixels are divided by 255 and
normalised with the mean and standard deviation of the weights' own preset. But the preset then takes the middle of the
image, resized to 256 pixels and cropped to 224, which suits one object in the middle; here the whole image counts, as
in Wu et al., ECCV 2020, for with several labels an image the crop would cut some off. The whole image comes as a square
of the data set's `side`. Convolutional networks take it at that side: 224 is what they were trained on, and what a run
uses when none is given. ViT-B/16 has places for 224 pixels only, other sides are resized to it (bilinear, antialiased).
"""

import importlib
import sys
import warnings
from types import ModuleType

import torch
import torch.nn.functional as F
from torch import library as torch_library
from torch import nn

from dbl_core.errors import ModelError
from dbl_core.models.catalog import BackboneDescription, describe_backbone
from dbl_core.models.pixels import as_float

FEWEST_PIXELS = 64
"""Smallest side; below it the last grid of a network is a single cell, which training cannot normalise."""

SCORED_AT_ONCE = 32
"""Images that pass a CPU together where no gradients are kept: 32 of 224 x 224 take some 200 MB in ResNet-50."""

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_OPERATORS: list[torch_library.Library] = []
"""Definitions last as long as the object that made them."""


class TorchvisionBackbone(nn.Module):
    """A network of torchvision whose classifier is taken off: pooled features come out, not standardised.

    ResNet, MobileNetV3 and EfficientNet give the mean over the last grid, ConvNeXt that mean after its last
    normalisation, ViT the class token after its last normalisation.

    Args:
        name: a key of ``BACKBONES`` that is torchvision's name of the network.

    Raises:
        ModelError: torchvision is missing or does not fit the torch that is installed.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.description: BackboneDescription = describe_backbone(name)
        self.network = import_torchvision_models().get_model(name, weights=None)
        self.network.set_submodule(self.description.head.removesuffix("."), nn.Identity())
        self.n_features = self.description.n_features
        self.register_buffer("mean", torch.tensor(self.description.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(self.description.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return features (batch, n_features) float32.

        Args:
            images: (batch, side, side, 3) uint8, or (batch, 3, side, side) float in 0..1; side 64 or more.

        Raises:
            ValueError: another type or shape.
        """
        pixels = as_float(images)
        _, channels, height, width = pixels.shape
        if channels != 3 or min(height, width) < FEWEST_PIXELS:
            raise ValueError(
                f"images have shape {tuple(images.shape)}: 3 channels and sides of {FEWEST_PIXELS} or more are needed"
            )
        side = self.description.side
        if self.description.fixed_side and (height, width) != (side, side):
            pixels = F.interpolate(pixels, size=(side, side), mode="bilinear", antialias=True)
        pixels = pixels.sub(self.mean).div(self.std).contiguous(memory_format=torch.channels_last)
        if pixels.is_cuda or torch.is_grad_enabled() or len(pixels) <= SCORED_AT_ONCE:
            return self.network(pixels).flatten(1).float()
        return torch.cat([self.network(part).flatten(1).float() for part in pixels.split(SCORED_AT_ONCE)])


def import_torchvision_models() -> ModuleType:
    """Import ``torchvision.models``.

    Raises:
        ModelError: it is not installed, or does not fit the torch that is.
    """
    try:
        try:
            return importlib.import_module("torchvision.models")
        except RuntimeError:
            return _import_without_operators()
    except ModuleNotFoundError as error:
        raise ModelError(
            "torchvision is not installed: pip install -r requirements.txt, or choose backbone picto."
        ) from error
    except (ImportError, RuntimeError, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise ModelError(
            f"torchvision does not fit the torch {torch.__version__} that is installed ({reason}): install the release"
            " that belongs to it, or choose backbone picto."
        ) from error


def _import_without_operators() -> ModuleType:
    """Import torchvision where its own C library does not fit the build of torch.

    The usual torchvision is built against torch with CUDA. Beside a CPU-only torch its library of operators
    (non-maximum suppression and others for detection) cannot be loaded, and the import ends at "operator
    torchvision::nms does not exist", because the shapes of two operators are described although they are not there.
    Declaring the two lets the import pass. The networks here use none of these operators.
    """
    for module in [module for module in sys.modules if module.split(".")[0] == "torchvision"]:
        del sys.modules[module]
    if not _OPERATORS:
        library = torch_library.Library("torchvision", "FRAGMENT")
        _OPERATORS.append(library)
        for operator in ("nms", "qnms"):
            library.define(f"{operator}{_SCHEMA}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the library for reading images cannot be loaded either
        return importlib.import_module("torchvision.models")
