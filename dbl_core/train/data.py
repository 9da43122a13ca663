"""What a run trains on: features for a frozen backbone, otherwise pixels, in memory or memory-mapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dbl_core.config import TrainConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.image_cache import cached_images
from dbl_core.errors import DataError
from dbl_core.models.catalog import BACKBONES
from dbl_core.train.features import cached_features
from dbl_core.train.pretrained import BackboneChoice, choose_backbone

IMAGE_DIMENSIONS = 4
MAX_PIXEL_BYTES = 32 * 2**30
"""Most bytes of pixels that the modes which train the backbone keep on disk: 200,000 images of 224 x 224."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TrainingData:
    """Inputs and labels of the two splits.

    Attributes:
        train_inputs: (n_train, n_features) float32, or (n_train, height, width, 3) uint8.
        train_labels: (n_train, n_labels) bool.
        test_inputs: As ``train_inputs``, for the test split.
        test_labels: (n_test, n_labels) bool.
        backbone: Which backbone, and its weights; None where the inputs are features of the data set itself.
        origin: What the inputs are, for ``result.json``.
        standardised: Mean and factor (n_features,) that brought features to mean 0 and deviation 1; None where nothing
            was done to them.
    """

    train_inputs: torch.Tensor
    train_labels: np.ndarray
    test_inputs: torch.Tensor
    test_labels: np.ndarray
    backbone: BackboneChoice | None = None
    origin: dict[str, Any] = field(default_factory=dict)
    standardised: tuple[torch.Tensor, torch.Tensor] | None = None

    @property
    def has_images(self) -> bool:
        """Whether inputs are pixels rather than features."""
        return self.train_inputs.ndim == IMAGE_DIMENSIONS

    @property
    def label_counts(self) -> np.ndarray:
        """(n_labels,) positives per label in the training set."""
        return self.train_labels.sum(axis=0)


def load_training_data(
    dataset: MultiLabelDataset, config: TrainConfig | str, device: torch.device, *, cache_dir: Path, progress: Progress
) -> TrainingData:
    """Bring both splits into memory, from the cache where they are there already.

    Mode ``head`` takes features: those that came with the data set, unless a backbone other than the shipped one or
    weights are named; else the frozen backbone's. The other modes take pixels. Features of a data set and of
    torchvision's networks are brought to mean 0 and deviation 1 by the training rows alone; the shipped backbone's
    leave it standardised.

    Args:
        dataset: Labels, rows of the splits, and images or features.
        config: Mode, backbone and weights; a mode alone means the shipped backbone.
        device: Where features are computed; features are kept there, pixels stay on the CPU or on disk.
        cache_dir: Folder of drawn images, features and fetched weights.
        progress: Called with (what, done, total).

    Raises:
        ValueError: If the data set has nothing that the mode can train on.
        DataError: If images or cache cannot be read or written.
        ModelError: If the backbone's weights are missing or damaged.
    """
    config = TrainConfig(mode=config) if isinstance(config, str) else config
    names_a_backbone = config.backbone != "picto" or config.weights is not None
    if config.mode == "head" and dataset.features is not None and not names_a_backbone:
        progress("taking the features of the data set", 1, 1)
        return _from_own_features(dataset, device)
    shape = _checked_images(dataset, config)
    choice = choose_backbone(config, cache_dir=cache_dir, progress=progress)

    def inputs(rows: np.ndarray, split: str) -> torch.Tensor:
        said = _named(progress, split)
        if config.mode == "head":
            return cached_features(dataset, rows, device, cache_dir=cache_dir, progress=said, backbone=choice)
        images = cached_images(dataset, rows, cache_dir=cache_dir, progress=lambda *n: said("drawing", *n))
        return torch.from_numpy(images)

    origin = {**choice.record(), "source": _SOURCES[config.mode], "side": shape[0]}
    data = TrainingData(
        train_inputs=inputs(dataset.train_rows, "training"),
        train_labels=dataset.labels[dataset.train_rows],
        test_inputs=inputs(dataset.test_rows, "test"),
        test_labels=dataset.labels[dataset.test_rows],
        backbone=choice,
        origin=origin,
    )
    return standardise(data) if config.mode == "head" and not BACKBONES[choice.name].shipped else data


_SOURCES = {
    "head": "features of the frozen backbone",
    "finetune": "images, the backbone is trained on",
    "scratch": "images, the backbone starts from random weights",
}


def standardise(data: TrainingData) -> TrainingData:
    """Bring features to mean 0 and deviation 1 over the training rows: (feature - mean) / deviation.

    The head's initial weights expect that. A feature that is the same in all training rows says nothing and becomes 0,
    in the test rows too.
    """
    train = data.train_inputs.double()
    mean, deviation = train.mean(dim=0), train.std(dim=0, correction=0)
    constant = deviation <= 1e-6 * mean.abs()
    factor = torch.where(constant, 0.0, 1 / deviation.where(~constant, 1.0)).float()
    mean = mean.float()
    scaled = [(inputs - mean) * factor for inputs in (data.train_inputs, data.test_inputs)]
    origin = data.origin | {"standardised": "mean 0 and deviation 1 over the training rows"}
    return TrainingData(
        scaled[0], data.train_labels, scaled[1], data.test_labels, data.backbone, origin, (mean.cpu(), factor.cpu())
    )


def _from_own_features(dataset: MultiLabelDataset, device: torch.device) -> TrainingData:
    bad = np.flatnonzero(~np.isfinite(dataset.features).all(axis=1))
    if len(bad):
        raise DataError(f"the features of row {int(bad[0])} are not finite numbers: replace them in the file.")
    train, test = (
        torch.from_numpy(np.asarray(dataset.features[rows], dtype=np.float32)).to(device)
        for rows in (dataset.train_rows, dataset.test_rows)
    )
    labels = dataset.labels
    origin = {"name": None, "weights": None, "fingerprint": dataset.fingerprint, "source": "features of the data set"}
    return standardise(TrainingData(train, labels[dataset.train_rows], test, labels[dataset.test_rows], origin=origin))


def _checked_images(dataset: MultiLabelDataset, config: TrainConfig) -> tuple[int, ...]:
    """The shape of the images; refuses before any work what cannot be trained on."""
    if not dataset.has_images:
        if dataset.features is not None:
            asked = f"backbone {config.backbone!r}" if config.mode == "head" else f"mode {config.mode!r}"
            raise ValueError(
                f"data set {dataset.name!r} has features but no images, and {asked} needs images: choose mode 'head'"
                " without backbone and weights to train on its features, or name the folder of images with --images"
            )
        raise ValueError(
            f"data set {dataset.name!r} has labels alone: name a folder of images with --images, or give features in"
            " the file (an array 'features' in the NPZ); its pages Dataset, Labels and Loss Lab work as it is"
        )
    first = dataset.image(int(dataset.train_rows[0]))  # other rows may have no image on this disk
    size = first.nbytes * (len(dataset.train_rows) + len(dataset.test_rows))
    if config.mode != "head" and size > MAX_PIXEL_BYTES:
        raise ValueError(
            f"mode {config.mode!r} would keep {size / 2**30:.1f} GB of images on disk, at most"
            f" {MAX_PIXEL_BYTES / 2**30:.0f} are allowed: choose a smaller --side, fewer images, or mode 'head'"
        )
    return first.shape


def _named(progress: Progress, split: str) -> Progress:
    return lambda what, done, total: progress(f"{what} the {split} images", done, total)
