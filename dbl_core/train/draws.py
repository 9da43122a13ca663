"""Which training rows a run sees, in which order: the length of an epoch and the streams of its one seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dbl_core.config import FIRST_STAGE_SAMPLER, TrainConfig
from dbl_core.samplers import SAMPLERS, epoch_length

# Independent streams of the one seed: the draws must not change when the augmentation takes more numbers.
SAMPLER_STREAM, AUGMENT_STREAM, MIXUP_STREAM = 1, 2, 3
SECOND_SAMPLER_STREAM, SECOND_CLASSIFIER_STREAM = 4, 5


@dataclass(frozen=True)
class EpochPlan:
    """How long a run is.

    An epoch is ``max(n) * C / 4`` images for every sampler (the length of a class-aware epoch in the code of Wu et
    al., ECCV 2020), so that two samplers with equal epochs take equal numbers of steps. ``max_steps`` makes all epochs
    shorter, evenly.

    Attributes:
        epochs: Epochs of the run, those of a second stage too.
        images: Images of one epoch.
        batch_size: Images of a step; the last one of an epoch may have fewer.
        second_stage_epochs: How many of the epochs, the last ones, are the second stage's.
    """

    epochs: int
    images: int
    batch_size: int
    second_stage_epochs: int = 0

    @property
    def steps(self) -> int:
        """Steps of one epoch."""
        return math.ceil(self.images / self.batch_size)

    @property
    def n_steps(self) -> int:
        """Steps of the whole run."""
        return self.steps * self.epochs

    def stage_of(self, epoch: int) -> int:
        """The stage, 1 or 2, of an epoch, counted from 0."""
        return 1 if epoch < self.epochs - self.second_stage_epochs else 2

    def in_stage(self, step: int) -> tuple[int, int]:
        """A step of the run, from 0, as (step of its stage, steps of that stage): the rate follows these two."""
        first = self.steps * (self.epochs - self.second_stage_epochs)
        return (step, first) if step < first else (step - first, self.n_steps - first)


def plan_epochs(config: TrainConfig, label_counts: np.ndarray) -> EpochPlan:
    """How long a run with these settings is on a training set.

    Args:
        config: Epochs of both stages, batch size and ``max_steps``.
        label_counts: (n_labels,) positives per label in the training set.

    Raises:
        ValueError: If the training set has no positive.
    """
    images = epoch_length(label_counts)
    if config.max_steps is not None:
        images = min(images, config.max_steps // config.all_epochs * config.batch_size)
    return EpochPlan(config.all_epochs, images, config.batch_size, config.second_stage_epochs)


def draw_rows(config: TrainConfig, labels: np.ndarray) -> np.ndarray:
    """The rows of every epoch, in the order of the sampler; where there are two stages it draws those of the second.

    The first of two stages draws uniformly. The second has a stream of its own: it is the same whatever the first was.

    Args:
        config: Sampler with its options, seed and length of the run.
        labels: (n_train, n_labels) bool of the training set.

    Returns:
        (epochs, images an epoch) int64 rows of the training set.

    Raises:
        ValueError: If the sampler has nothing to draw.
    """
    plan = plan_epochs(config, labels.sum(axis=0))
    second = plan.second_stage_epochs
    seed = stream_seed(config.seed, SECOND_SAMPLER_STREAM if second else SAMPLER_STREAM)
    n_draws = plan.images * (second or plan.epochs)
    drawn = SAMPLERS[config.sampler].draw(labels, n_draws=n_draws, seed=seed, **config.sampler_options)
    if second:
        seed, n_draws = stream_seed(config.seed, SAMPLER_STREAM), plan.images * (plan.epochs - second)
        drawn = np.concatenate([SAMPLERS[FIRST_STAGE_SAMPLER].draw(labels, n_draws=n_draws, seed=seed), drawn])
    return drawn.reshape(plan.epochs, plan.images)


def stream_seed(seed: int, stream: int) -> int:
    """The seed of one of the independent streams of a run."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1, np.uint32)[0])
