"""The stages of a backbone, from the pixels on, and what it means to freeze some of them.

A stage is what works on one grid: the first on a quarter of the image's side, every next one on half of the one
before, as in ResNet (He et al. 2016). The stem, and what works on larger grids, belongs to the first. The lab's own
backbone has three stages from half the side on. ViT has one grid only; its stages are quarters of its 12 layers.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from dbl_core.models.heads import MultiLabelHead


def _features(*ends: int) -> tuple[tuple[str, ...], ...]:
    """Parts of torchvision's ``features``, each up to but not including an end."""
    starts = (0, *ends[:-1])
    return tuple(
        tuple(f"network.features.{part}" for part in range(start, end)) for start, end in zip(starts, ends, strict=True)
    )


_RESNET = (
    ("network.conv1", "network.bn1", "network.layer1"),
    ("network.layer2",),
    ("network.layer3",),
    ("network.layer4",),
)
_CONVNEXT = _features(2, 4, 6, 8)
_VIT_STEM = ("network.class_token", "network.conv_proj", "network.encoder.pos_embedding")
_VIT = tuple(
    tuple(f"network.encoder.layers.encoder_layer_{layer}" for layer in range(first, first + 3))
    for first in (0, 3, 6, 9)
)
STAGES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "picto": (("stem", "blocks.0"), ("blocks.1", "blocks.2"), ("blocks.3", "blocks.4")),
    "resnet18": _RESNET,
    "resnet50": _RESNET,
    "mobilenet_v3_large": _features(4, 7, 13, 17),
    "efficientnet_b0": _features(3, 4, 6, 9),
    "convnext_tiny": (*_CONVNEXT[:3], (*_CONVNEXT[3], "network.classifier.0")),
    "vit_b_16": ((*_VIT_STEM, *_VIT[0]), *_VIT[1:3], (*_VIT[3], "network.encoder.ln")),
}
"""By the name of the backbone: for every stage the names of its modules and tensors."""


def freeze_stages(backbone: nn.Module, name: str, n_stages: int) -> None:
    """Keep the stem and the first stages of a backbone as they are; :func:`training_mode` keeps their statistics.

    Args:
        backbone: From ``load_backbone``; changed in place.
        name: Its key of ``BACKBONES``.
        n_stages: How many stages, 0 (none, the stem learns too) to all.

    Raises:
        ValueError: The backbone has fewer stages.
    """
    stages = STAGES[name]
    if not 0 <= n_stages <= len(stages):
        raise ValueError(f"{n_stages} frozen stages: backbone {name!r} has {len(stages)}")
    frozen = tuple(f"{part}." for stage in stages[:n_stages] for part in stage)
    for tensor_name, tensor in backbone.named_parameters():
        if f"{tensor_name}.".startswith(frozen):
            tensor.requires_grad_(False)


def training_mode(model: nn.Module, *, fixed_statistics: bool = False) -> None:
    """Put a model into training mode, except for what does not learn.

    A module none of whose weights learns stays in evaluation mode with all that is inside it: its batch normalisations
    use and keep their statistics, and nothing in it is dropped.

    Args:
        model: Changed in place.
        fixed_statistics: Whether every batch normalisation of a backbone, none of a head, does so even where its scale
            and shift learn (``norm_eval`` in the code of Wu et al., ECCV 2020).
    """
    model.train()
    in_heads = {part for head in model.modules() if isinstance(head, MultiLabelHead) for part in head.modules()}
    for module in model.modules():
        weights = list(module.parameters())
        if weights and not any(weight.requires_grad for weight in weights):
            module.eval()
        of_a_neck = isinstance(module, nn.BatchNorm1d) or module in in_heads  # synchronised it is no BatchNorm1d
        if fixed_statistics and isinstance(module, _BatchNorm) and not of_a_neck:
            module.eval()
