"""Which training rows a run sees, in which order: the length of an epoch and the streams of its one seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dbl_core.config import TrainConfig
from dbl_core.samplers import SAMPLERS, epoch_length

# Independent streams of the one seed: the draws must not change when the augmentation takes more numbers.
SAMPLER_STREAM, AUGMENT_STREAM, MIXUP_STREAM = 1, 2, 3


@dataclass(frozen=True)
class EpochPlan:
    """How long a run is.

    An epoch is ``max(n) * C / 4`` images for every sampler (the length of a class-aware epoch in the code of Wu et
    al., ECCV 2020), so that two samplers with equal epochs take equal numbers of steps. ``max_steps`` makes all epochs
    shorter, evenly.

    Attributes:
        epochs: Epochs of the run.
        images: Images of one epoch.
        batch_size: Images of a step; the last one of an epoch may have fewer.
    """

    epochs: int
    images: int
    batch_size: int

    @property
    def steps(self) -> int:
        """Steps of one epoch."""
        return math.ceil(self.images / self.batch_size)

    @property
    def n_steps(self) -> int:
        """Steps of the whole run."""
        return self.steps * self.epochs


def plan_epochs(config: TrainConfig, label_counts: np.ndarray) -> EpochPlan:
    """How long a run with these settings is on a training set.

    Args:
        config: Epochs, batch size and ``max_steps``.
        label_counts: (n_labels,) positives per label in the training set.

    Raises:
        ValueError: If the training set has no positive.
    """
    images = epoch_length(label_counts)
    if config.max_steps is not None:
        images = min(images, config.max_steps // config.epochs * config.batch_size)
    return EpochPlan(config.epochs, images, config.batch_size)


def draw_rows(config: TrainConfig, labels: np.ndarray) -> np.ndarray:
    """The rows of every epoch, in the order of the sampler.

    Args:
        config: Sampler with its options, seed and length of the run.
        labels: (n_train, n_labels) bool of the training set.

    Returns:
        (epochs, images an epoch) int64 rows of the training set.

    Raises:
        ValueError: If the sampler has nothing to draw.
    """
    plan = plan_epochs(config, labels.sum(axis=0))
    seed = stream_seed(config.seed, SAMPLER_STREAM)
    n_draws = plan.images * plan.epochs
    drawn = SAMPLERS[config.sampler].draw(labels, n_draws=n_draws, seed=seed, **config.sampler_options)
    return drawn.reshape(plan.epochs, plan.images)


def stream_seed(seed: int, stream: int) -> int:
    """The seed of one of the independent streams of a run."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1, np.uint32)[0])
