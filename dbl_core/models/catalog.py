"""The backbones by name: what they are and where their weights come from. Loads no torch.

The configuration of a run and the pages read this table; ``dbl_core.models.backbones`` builds what it describes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dbl_core.packaged import DATA_DIR

MAX_PICTO_BYTES = 3 * 10**6
MAX_WEIGHTS_BYTES = 512 * 2**20
WEIGHTS_URL = (os.environ.get("DBL_WEIGHTS_URL") or "https://download.pytorch.org/models").rstrip("/")
"""Where torchvision's weights are published; the environment variable ``DBL_WEIGHTS_URL`` names a mirror."""

RANDOM = "random"
"""In place of a weights file: random weights, the same in every run."""
WEIGHT_SUFFIXES = (".safetensors", ".pth", ".pt")

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class BackboneDescription:
    """One entry of the registry.

    Attributes:
        title: the name that people read.
        paper: who published it.
        n_features: length of a feature vector.
        side: pixels per side of the images it was pre-trained on.
        fixed_side: images of another side are resized to it; else the network takes them as they are.
        mean: per channel, subtracted from pixels in 0..1.
        std: per channel, divides what is left.
        weights: the shipped file of pre-trained weights; None where they are fetched.
        published: file name of the published weights, which carries the first 8 hex digits of its SHA-256.
        head: names of the tensors of the classifier that is taken off begin so.
        max_bytes: larger weights files are refused unread.
        n_stages: how many stages it has, see ``dbl_core.models.stages``.
        batch_norm: whether it has batch normalisations.
    """

    title: str
    paper: str
    n_features: int
    side: int
    fixed_side: bool = False
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    weights: Path | None = None
    published: str = ""
    head: str = ""
    max_bytes: int = MAX_WEIGHTS_BYTES
    n_stages: int = 4
    batch_norm: bool = True

    @property
    def url(self) -> str:
        """Where the published weights lie."""
        return f"{WEIGHTS_URL}/{self.published}"

    @property
    def digest(self) -> str:
        """First hex digits of the SHA-256 of the published weights, as their name says."""
        return self.published.rpartition("-")[2].removesuffix(".pth")

    @property
    def shipped(self) -> bool:
        """Whether the weights come with the lab."""
        return self.weights is not None


def _torchvision(
    title: str, paper: str, n_features: int, published: str, head: str, **more: bool
) -> BackboneDescription:
    return BackboneDescription(title, paper, n_features, side=224, published=published, head=head, **more)


# torchvision's IMAGENET1K_V1: trained by the recipes of the papers, and for ResNet-50 what the literature starts from.
BACKBONES: Mapping[str, BackboneDescription] = {
    "picto": BackboneDescription(
        "small residual network, drawn shapes",
        "this lab",
        n_features=320,
        side=64,
        mean=(0.5, 0.5, 0.5),
        std=(0.25, 0.25, 0.25),
        weights=DATA_DIR / "picto_backbone.safetensors",
        max_bytes=MAX_PICTO_BYTES,
        n_stages=3,
    ),
    "resnet18": _torchvision(
        "ResNet-18, ImageNet", "He et al. 2016, arXiv 1512.03385", 512, "resnet18-f37072fd.pth", "fc."
    ),
    "resnet50": _torchvision(
        "ResNet-50, ImageNet", "He et al. 2016, arXiv 1512.03385", 2048, "resnet50-0676ba61.pth", "fc."
    ),
    "mobilenet_v3_large": _torchvision(
        "MobileNetV3 large, ImageNet",
        "Howard et al. 2019, arXiv 1905.02244",
        960,
        "mobilenet_v3_large-8738ca79.pth",
        "classifier.",
    ),
    "efficientnet_b0": _torchvision(
        "EfficientNet-B0, ImageNet",
        "Tan and Le 2019, arXiv 1905.11946",
        1280,
        "efficientnet_b0_rwightman-7f5810bc.pth",
        "classifier.",
    ),
    "convnext_tiny": _torchvision(
        "ConvNeXt tiny, ImageNet",
        "Liu et al. 2022, arXiv 2201.03545",
        768,
        "convnext_tiny-983f1562.pth",
        "classifier.2.",
        batch_norm=False,
    ),
    "vit_b_16": _torchvision(
        "ViT-B/16, ImageNet",
        "Dosovitskiy et al. 2021, arXiv 2010.11929",
        768,
        "vit_b_16-c867db91.pth",
        "heads.",
        fixed_side=True,
        batch_norm=False,
    ),
}


def describe_backbone(name: str) -> BackboneDescription:
    """The entry of a name.

    Raises:
        ValueError: an unknown name.
    """
    if name not in BACKBONES:
        raise ValueError(f"unknown backbone {name!r}: choose one of {', '.join(BACKBONES)}")
    return BACKBONES[name]


def check_weights(weights: str, *, name: str) -> str:
    """A setting of weights that can be meant: ``random``, or a file by its ending.

    Raises:
        ValueError: it is neither.
    """
    allowed = WEIGHT_SUFFIXES if not describe_backbone(name).shipped else WEIGHT_SUFFIXES[:1]
    if weights != RANDOM and not weights.lower().endswith(allowed):
        raise ValueError(f"weights {weights!r}: {RANDOM!r} or a file that ends in {' or '.join(allowed)} is allowed")
    return weights
