"""The samplers of the lab by name, with what a page says about them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dbl_core.longtail.matrix import label_matrix
from dbl_core.samplers.streams import class_aware_indices, uniform_indices


@dataclass(frozen=True)
class SamplerDescription:
    """A sampler.

    Attributes:
        name: key in :data:`SAMPLERS`.
        title: how the pages write it.
        idea: one plain sentence.
        paper: where it is from.
        url: of the paper; empty for what is older than papers.
        draw: ``draw(labels, n_draws=..., seed=...)`` -> (n_draws,) int64 rows of the label matrix.
    """

    name: str
    title: str
    idea: str
    paper: str
    url: str
    draw: Callable[..., np.ndarray]


def _draw_uniform(labels: object, n_draws: int, seed: int = 0) -> np.ndarray:
    return uniform_indices(label_matrix(labels).shape[0], n_draws, seed)


SAMPLERS: dict[str, SamplerDescription] = {
    sampler.name: sampler
    for sampler in (
        SamplerDescription(
            "uniform",
            "Uniform",
            "Every image is shown equally often, so the network sees the long tail as it is.",
            "Empirical risk minimisation",
            "",
            _draw_uniform,
        ),
        SamplerDescription(
            "class_aware",
            "Class-aware",
            "Classes take turns and each deals one of its images; images of rare classes repeat often and bring their "
            "frequent companions along.",
            "Shen, Lin, Huang: Relay Backpropagation for Effective Learning of Deep CNNs, ECCV 2016",
            "https://arxiv.org/abs/1512.05830",
            class_aware_indices,
        ),
    )
}


def epoch_length(label_counts: object) -> int:
    """Return the images of one epoch, max(n) * C / 4, whatever the sampler.

    The length of a class-aware epoch in Wu et al., ECCV 2020: 3,875 images on VOC-MLT and 22,560 on COCO-MLT. All
    samplers get the same length so that equal epochs are equal numbers of steps.

    Args:
        label_counts: (n_labels,) positives per label in the training set, whole numbers >= 0.

    Returns:
        Number of images, rounded down, at least 1.

    Raises:
        ValueError: no label at all, or no positive.
    """
    counts = np.asarray(label_counts)
    if counts.ndim != 1 or counts.size == 0 or not counts.max() > 0:
        raise ValueError("label_counts must be one number a label with at least one above 0")
    return max(1, int(counts.max()) * counts.size // 4)
