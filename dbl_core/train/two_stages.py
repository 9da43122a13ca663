"""Decoupled training: representation first, then the classifier anew on top of it.

Classifier re-training (cRT) of Kang et al., Decoupling Representation and Classifier for Long-Tailed Recognition, ICLR
2020, section 4.1: the network learns from every image equally often with plain cross-entropy, here one binary
cross-entropy a label; then all but the classifier is frozen, and the classifier starts anew and learns with class-aware
sampling, here with whatever sampler and loss the run names. The classifier is the last layer: what comes before it, the
hidden layer of the head too, is representation.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from dbl_core.config import FIRST_STAGE_LOSS, TrainConfig
from dbl_core.losses import build_loss
from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.models.heads import MultiLabelHead, start_last_layer
from dbl_core.train.data import TrainingData
from dbl_core.train.draws import SECOND_CLASSIFIER_STREAM, stream_seed


@dataclass(frozen=True)
class Stages:
    """What learns, and by which loss, in each stage of a run; a run with one stage is its own first.

    Attributes:
        model: The network, whose weights learn in the first stage as it was built.
        learning: Its weights that learn in the first stage.
        losses: Loss of the first and of the second stage.
        seed: Seed of the run.
    """

    model: nn.Module
    learning: tuple[nn.Parameter, ...]
    losses: tuple[nn.Module, nn.Module]
    seed: int

    @classmethod
    def of(cls, model: nn.Module, loss: MultiLabelLoss, data: TrainingData, config: TrainConfig) -> Stages:
        """The stages of a run.

        Args:
            model: From ``build_model``.
            loss: The loss of the run.
            data: Its training labels.
            config: Its ``second_stage_epochs`` and seed.
        """
        first = loss
        if config.second_stage_epochs:
            counts, n_samples = data.label_counts, len(data.train_labels)
            first = build_loss(FIRST_STAGE_LOSS, label_counts=counts, n_samples=n_samples)
        learning = tuple(weight for weight in model.parameters() if weight.requires_grad)
        return cls(model, learning, (first, loss), config.seed)

    def enter(self, stage: int) -> nn.Module:
        """Let learn what learns in a stage; the second starts with a new classifier.

        Args:
            stage: 1 or 2.

        Returns:
            The loss of the stage.
        """
        head = head_of(self.model)
        classifier = set(head[-1].parameters())
        for weight in self.learning:
            weight.requires_grad_(stage == 1 or weight in classifier)
        if stage == 2:
            seed = stream_seed(self.seed, SECOND_CLASSIFIER_STREAM)
            start_last_layer(head, generator=torch.Generator().manual_seed(seed))
        return self.losses[stage - 1]


def head_of(model: nn.Module) -> MultiLabelHead:
    """The head of a network from ``build_model``, whatever is around it."""
    return next(module for module in model.modules() if isinstance(module, MultiLabelHead))
