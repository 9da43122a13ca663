"""Targets between 0 and 1: label smoothing, and mixup of a batch with itself."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dbl_core.config import TrainConfig
from dbl_core.train.device import sent
from dbl_core.train.draws import MIXUP_STREAM, stream_seed


def smoothed(targets: Tensor, epsilon: float) -> Tensor:
    """Move targets towards 1/2: y (1 - epsilon) + epsilon / 2.

    Args:
        targets: Of any shape, 0 to 1.
        epsilon: In [0, 1); 0 returns the targets as they are.

    Szegedy et al.: Rethinking the Inception Architecture, CVPR 2016, section 7, with the uniform distribution over the
    two answers of every label in place of the one over classes.
    """
    return targets * (1 - epsilon) + epsilon / 2 if epsilon else targets


def mixed(inputs: Tensor, targets: Tensor, config: TrainConfig, step: int) -> tuple[Tensor, Tensor]:
    """Mix every image or feature vector of a batch with another one of it: lam x + (1 - lam) x', targets alike.

    Share and partners follow from the seed and the step alone, so that a run goes on anywhere without a memory of
    them. One share serves the batch.

    Args:
        inputs: (n, ...) float.
        targets: (n, n_labels) float.
        config: Its ``mixup``, alpha above 0, and its seed.
        step: Step from 0.

    Returns:
        Mixed inputs and targets, new tensors.

    Zhang et al.: mixup, Beyond Empirical Risk Minimization, ICLR 2018.
    """
    rng = np.random.default_rng([stream_seed(config.seed, MIXUP_STREAM), step])
    share = float(rng.beta(config.mixup, config.mixup))
    partner = sent(torch.from_numpy(rng.permutation(len(inputs))), inputs.device)
    return torch.lerp(inputs[partner], inputs, share), torch.lerp(targets[partner], targets, share)
