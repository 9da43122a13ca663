"""The network of a run."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from dbl_core.config import TrainConfig
from dbl_core.models import MultiLabelHead
from dbl_core.models.catalog import BACKBONES
from dbl_core.models.stages import freeze_stages
from dbl_core.train.data import TrainingData
from dbl_core.train.pretrained import BackboneChoice


def build_model(config: TrainConfig, data: TrainingData) -> nn.Module:
    """A head alone for features; a backbone with a head for pixels.

    Initial weights depend on ``config.seed`` alone. Only what learns is in the model: in mode ``head`` the backbone
    has done its work when the features were made. Torchvision's features are not standardised; while the backbone
    learns, no fixed mean and deviation fit them, so each image's own are used (layer normalisation without weights),
    unless the neck has a normalisation itself.

    Args:
        config: Mode, neck, dropout, frozen stages and seed.
        data: Decides the backbone and its weights, and the shapes of the first and the last layer.

    Raises:
        ValueError: If pre-trained weights are asked for and nobody says where they are.
        ModelError: If pre-trained weights are asked for and missing or damaged.
    """
    generator = torch.Generator().manual_seed(config.seed)
    n_labels = data.train_labels.shape[1]
    build_head = partial(MultiLabelHead, dropout=config.dropout, neck=config.neck, generator=generator)
    if not data.has_images:
        return build_head(data.train_inputs.shape[1], n_labels)
    choice = data.backbone or BackboneChoice(config.backbone, pretrained=config.mode == "finetune")
    backbone = choice.load(seed=config.seed)
    freeze_stages(backbone, choice.name, config.frozen_stages)
    head = build_head(backbone.n_features, n_labels)
    if BACKBONES[choice.name].shipped or config.neck == "fc_bn":
        return nn.Sequential(backbone, head)
    return nn.Sequential(backbone, nn.LayerNorm(backbone.n_features, elementwise_affine=False), head)
