"""The network of a run."""

from __future__ import annotations

import torch
from torch import nn

from dbl_core.config import TrainConfig
from dbl_core.models import MultiLabelHead, load_backbone
from dbl_core.train.data import TrainingData


def build_model(config: TrainConfig, data: TrainingData) -> nn.Module:
    """A head alone for features; a backbone with a head for pixels.

    Initial weights depend on ``config.seed`` alone. Only what learns is in the model: in mode ``head`` the backbone
    has done its work when the features were made.

    Args:
        config: Mode, dropout and seed.
        data: Decides the shapes of the first and the last layer.

    Raises:
        ModelError: If pre-trained weights are asked for and missing or damaged.
    """
    generator = torch.Generator().manual_seed(config.seed)
    n_labels = data.train_labels.shape[1]
    if not data.has_images:
        return MultiLabelHead(data.train_inputs.shape[1], n_labels, dropout=config.dropout, generator=generator)
    backbone = load_backbone(pretrained=config.mode == "finetune", seed=config.seed)
    head = MultiLabelHead(backbone.n_features, n_labels, dropout=config.dropout, generator=generator)
    return nn.Sequential(backbone, head)
