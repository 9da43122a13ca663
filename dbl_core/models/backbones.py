"""Backbones: images in, one feature vector an image out.

`picto` is the lab's own: small enough that 3,600 images of 64x64 pixels pass in seconds on two cores, pre-trained by
``python -m dbl_core.pretrain`` on abstract shapes. The others of `BACKBONES` are torchvision's.
"""

import hashlib
from pathlib import Path

import torch
from torch import nn

from dbl_core.errors import ModelError
from dbl_core.models.catalog import BACKBONES, describe_backbone
from dbl_core.models.pixels import as_float
from dbl_core.models.state_dicts import load_pretrained
from dbl_core.models.weights import load_into, read_weights

__all__ = [
    "BACKBONES",
    "PictoBackbone",
    "ResidualBlock",
    "backbone_fingerprint",
    "load_backbone",
    "mean_and_max",
    "normalise",
]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalisation, added to their input (He et al. 2016, arXiv 1512.03385).

    Where the block halves the grid or changes the width, the input is average-pooled and projected by a 1x1
    convolution (the "D" shortcut of He et al. 2019, arXiv 1812.01187) before it is added.

    Args:
        n_in: channels of the input.
        n_out: channels of the output.
        stride: 1 keeps the grid, 2 halves it.
    """

    def __init__(self, n_in: int, n_out: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(n_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or n_in != n_out:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride), nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out)
            )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Map (batch, n_in, height, width) to (batch, n_out, height / stride, width / stride)."""
        inner = torch.relu(self.norm1(self.conv1(maps)))
        return torch.relu(self.norm2(self.conv2(inner)) + self.shortcut(maps))


class PictoBackbone(nn.Module):
    """The small residual network: 64x64 RGB -> 320 standardised features.

    A stem (3x3, stride 2) and five residual blocks lead to an 8x8 grid of 160 channels. The features are each channel's
    mean over the grid and its maximum, side by side: scenes hold several small objects, and the maximum keeps a small
    one that the mean dilutes. They leave as (features - feature_mean) / feature_std, two buffers that pre-training
    fills from its own pictures, once: no picture of any data set, training or test, enters them. Without pre-training
    they are 0 and 1.

    Args:
        widths: channels after the stem and on the 32x32, 16x16 and 8x8 grids.
    """

    input_side = 64

    def __init__(self, *, widths: tuple[int, int, int] = (24, 64, 160)) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.stem = nn.Sequential(nn.Conv2d(3, fine, 3, 2, 1, bias=False), nn.BatchNorm2d(fine), nn.ReLU())
        self.blocks = nn.Sequential(
            ResidualBlock(fine, fine),
            ResidualBlock(fine, middle, stride=2),
            ResidualBlock(middle, middle),
            ResidualBlock(middle, coarse, stride=2),
            ResidualBlock(coarse, coarse),
        )
        self.n_features = 2 * coarse
        self.register_buffer("feature_mean", torch.zeros(self.n_features))
        self.register_buffer("feature_std", torch.ones(self.n_features))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def maps(self, images: torch.Tensor) -> torch.Tensor:
        """Return the last grid of channels, (batch, 160, 8, 8); `images` as in `forward`."""
        return self.blocks(self.stem(normalise(images)))

    def pool(self, images: torch.Tensor) -> torch.Tensor:
        """Return the features (batch, n_features) before standardisation; `images` as in `forward`."""
        return mean_and_max(self.maps(images))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return standardised features (batch, n_features) float32.

        Args:
            images: (batch, 64, 64, 3) uint8, or (batch, 3, 64, 64) float in 0..1; larger sides that 8 divides work too.

        Raises:
            ValueError: another type or shape.
        """
        return (self.pool(images).float() - self.feature_mean) / self.feature_std


def mean_and_max(maps: torch.Tensor) -> torch.Tensor:
    """Pool (batch, channels, height, width) to (batch, 2 channels): each channel's mean, then each one's maximum."""
    return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Bring images to the one form the backbones read: (batch, 3, height, width) float, (pixel / 255 - 0.5) / 0.25.

    Args:
        images: (batch, height, width, 3) uint8 in 0..255 or (batch, 3, height, width) float in 0..1; both sides a
            multiple of 8, at least 16. A batch of zero images is legal.

    Raises:
        ValueError: another type or shape.
    """
    images = as_float(images)
    _, channels, height, width = images.shape
    if channels != 3 or min(height, width) < 16 or height % 8 or width % 8:
        raise ValueError(
            f"images have shape {tuple(images.shape)}: 3 channels and sides of 16 or more that 8 divides are needed"
        )
    return images.sub(0.5).div(0.25).contiguous(memory_format=torch.channels_last)


def load_backbone(
    path: str | Path | None = None, *, name: str = "picto", pretrained: bool = True, seed: int = 0
) -> nn.Module:
    """Return a backbone in evaluation mode, channels-last, on the CPU.

    Args:
        path: weights to read instead of the shipped ones, needed where none are shipped; only with `pretrained`.
        name: a key of `BACKBONES`.
        pretrained: False leaves the weights random (training from scratch).
        seed: of the random weights; the caller's random state is left as it was.

    Returns:
        A network with `n_features` and `forward(images)`.

    Raises:
        ValueError: an unknown name, a path together with ``pretrained=False``, or no path where it is needed.
        ModelError: the weights are missing, damaged or do not fit, or torchvision is missing.
    """
    description = describe_backbone(name)
    if path is not None and not pretrained:
        raise ValueError(f"path {str(path)!r} was given with pretrained=False: drop one of the two")
    source = description.weights if path is None else Path(path)
    if pretrained and source is None:
        raise ValueError(f"backbone {name!r} needs the path of its weights: save {description.published} and name it")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = _build(name)
    if pretrained and description.shipped:
        load_into(backbone, read_weights(source, max_bytes=description.max_bytes), source=source)
    elif pretrained:
        load_pretrained(backbone.network, source, description)
    return backbone.to(memory_format=torch.channels_last).eval()


def _build(name: str) -> nn.Module:
    if name == "picto":
        return PictoBackbone()
    from dbl_core.models.torchvision_models import TorchvisionBackbone  # torchvision only where it is asked for

    return TorchvisionBackbone(name)


def backbone_fingerprint(path: str | Path | None = None, *, name: str = "picto", pretrained: bool = True) -> str:
    """Return what the features of a backbone depend on, as a short text for the keys of caches.

    The name of the architecture and the first 16 hex digits of the SHA-256 of the weights file; for random weights of
    seed 0 the version of torch that draws them.

    Raises:
        ValueError: an unknown name, or no path where it is needed.
        ModelError: the weights file cannot be read.
    """
    description = describe_backbone(name)
    if not pretrained:
        return f"{name}-random-torch{torch.__version__}"
    source = description.weights if path is None else Path(path)
    if source is None:
        raise ValueError(f"backbone {name!r} needs the path of its weights: save {description.published} and name it")
    try:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{source} cannot be read ({error.strerror or error}): restore the weights file.") from error
    return f"{name}-{digest[:16]}"
