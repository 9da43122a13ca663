"""What a run trains on, held in memory: features for a frozen backbone, pixels otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.image_cache import cached_images
from dbl_core.train.features import cached_features

IMAGE_DIMENSIONS = 4
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TrainingData:
    """Inputs and labels of the two splits.

    Attributes:
        train_inputs: (n_train, n_features) float32, or (n_train, height, width, 3) uint8.
        train_labels: (n_train, n_labels) bool.
        test_inputs: As ``train_inputs``, for the test split.
        test_labels: (n_test, n_labels) bool.
    """

    train_inputs: torch.Tensor
    train_labels: np.ndarray
    test_inputs: torch.Tensor
    test_labels: np.ndarray

    @property
    def has_images(self) -> bool:
        """Whether inputs are pixels rather than features."""
        return self.train_inputs.ndim == IMAGE_DIMENSIONS

    @property
    def label_counts(self) -> np.ndarray:
        """(n_labels,) positives per label in the training set."""
        return self.train_labels.sum(axis=0)


def load_training_data(
    dataset: MultiLabelDataset, mode: str, device: torch.device, *, cache_dir: Path, progress: Progress
) -> TrainingData:
    """Bring both splits into memory, from the cache where they are there already.

    Args:
        dataset: Labels, rows of the splits and images.
        mode: ``head`` takes the frozen backbone's features; the other modes take pixels.
        device: Where features are computed; features are kept there, pixels stay on the CPU.
        cache_dir: Folder of drawn images and features.
        progress: Called with (what, done, total).

    Raises:
        DataError: If images or cache cannot be read or written.
        ModelError: If the backbone's weights are missing or damaged.
    """

    def inputs(rows: np.ndarray, split: str) -> torch.Tensor:
        if mode == "head":
            return cached_features(dataset, rows, device, cache_dir=cache_dir, progress=_named(progress, split))
        done = _named(progress, split)
        images = cached_images(dataset, rows, cache_dir=cache_dir, progress=lambda *n: done("drawing", *n))
        return torch.from_numpy(np.array(images))

    return TrainingData(
        train_inputs=inputs(dataset.train_rows, "training"),
        train_labels=dataset.labels[dataset.train_rows],
        test_inputs=inputs(dataset.test_rows, "test"),
        test_labels=dataset.labels[dataset.test_rows],
    )


def _named(progress: Progress, split: str) -> Progress:
    return lambda what, done, total: progress(f"{what} the {split} images", done, total)
