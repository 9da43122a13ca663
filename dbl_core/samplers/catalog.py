"""The samplers of the lab by name, with what a page says about them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dbl_core.longtail.matrix import label_matrix
from dbl_core.samplers.streams import (
    class_aware_indices,
    progressive_indices,
    repeat_factor_indices,
    square_root_indices,
    uniform_indices,
)


@dataclass(frozen=True)
class SamplerOption:
    """An option of a sampler.

    Attributes:
        name: keyword of ``draw`` and of ``dbl_core.stats.label_shares``.
        title: how the pages write it.
        symbol: LaTeX.
        default: value when it is left out; None lets the data decide, as help says.
        low: it must be above this.
        high: it must be at most this.
        help: one plain sentence.
    """

    name: str
    title: str
    symbol: str
    default: float | None
    low: float
    high: float
    help: str


@dataclass(frozen=True)
class SamplerDescription:
    """A sampler.

    Attributes:
        name: key in :data:`SAMPLERS`.
        title: how the pages write it.
        idea: one plain sentence.
        paper: where it is from.
        url: of the paper; empty for what is older than papers.
        draw: ``draw(labels, n_draws=..., seed=..., **options)`` -> (n_draws,) int64 rows of the label matrix.
        chance: LaTeX of the chance to draw image k, by the symbols of ``dbl_core.stats.label_shares``.
        options: what can be set; empty for most.
    """

    name: str
    title: str
    idea: str
    paper: str
    url: str
    draw: Callable[..., np.ndarray]
    chance: str
    options: tuple[SamplerOption, ...] = ()


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
            r"\frac1N",
        ),
        SamplerDescription(
            "class_aware",
            "Class-aware",
            "Classes take turns and each deals one of its images; images of rare classes repeat often and bring their "
            "frequent companions along.",
            "Shen, Lin, Huang: Relay Backpropagation for Effective Learning of Deep CNNs, ECCV 2016",
            "https://arxiv.org/abs/1512.05830",
            class_aware_indices,
            r"\sum_{j\in Y_k} \frac1C\,\frac1{n_j}",
        ),
        SamplerDescription(
            "square_root",
            "Square-root",
            "Classes are asked for by the square root of their size: half-way between the long tail and equal classes.",
            "Mahajan et al.: Exploring the Limits of Weakly Supervised Pretraining, ECCV 2018",
            "https://arxiv.org/abs/1805.00932",
            square_root_indices,
            r"\sum_{j\in Y_k} \frac{\sqrt{n_j}}{\sum_i \sqrt{n_i}}\,\frac1{n_j}",
        ),
        SamplerDescription(
            "repeat_factor",
            "Repeat-factor",
            "Every image is shown; those whose rarest label is below a frequency threshold are shown several times.",
            "Gupta, Dollár, Girshick: LVIS, a Dataset for Large Vocabulary Instance Segmentation, CVPR 2019",
            "https://arxiv.org/abs/1908.03195",
            repeat_factor_indices,
            r"\frac{R_k}{\sum_l R_l},\quad R_k = \max_{j\in Y_k} \max\Bigl(1, \sqrt{t\,N/n_j}\Bigr)",
            (
                SamplerOption(
                    "threshold",
                    "Threshold",
                    "t",
                    None,
                    0.0,
                    1.0,
                    "Labels on a smaller share of the images than this are repeated; left out, it is the median share, "
                    "so that half of the labels are. LVIS uses 0.001, which is below every label of a small data set.",
                ),
            ),
        ),
        SamplerDescription(
            "progressive",
            "Progressive",
            "Training starts with every image equally often and ends class-aware: features first, balance last.",
            "Kang et al.: Decoupling Representation and Classifier for Long-Tailed Recognition, ICLR 2020",
            "https://arxiv.org/abs/1910.09217",
            progressive_indices,
            r"(1-s)\,\frac1N + s \sum_{j\in Y_k} \frac1C\,\frac1{n_j},\quad s = 0 \to 1",
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
