"""Features of a frozen backbone: computed once for a set of images, kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.array_cache import cached_array
from dbl_core.datasets.image_cache import cached_images
from dbl_core.models import backbone_fingerprint, load_backbone

FEATURE_BATCH = 128


def cached_features(
    dataset: MultiLabelDataset,
    rows: np.ndarray,
    device: torch.device,
    *,
    cache_dir: Path,
    progress: Callable[[str, int, int], None],
) -> torch.Tensor:
    """Features of some rows from the shipped backbone.

    Args:
        dataset: Where the images come from.
        rows: (n_rows,) rows of the data set.
        device: Where to compute, and where the features are returned.
        cache_dir: Folder of drawn images and features; on a hit no image is drawn.
        progress: Called with ("drawing" or "extracting features of", done, total).

    Returns:
        (n_rows, n_features) float32.

    Raises:
        ModelError: If the backbone's weights are missing or damaged.
        DataError: If images or cache cannot be read or written.
    """

    def extract() -> np.ndarray:
        backbone = load_backbone().to(device)
        images = torch.from_numpy(
            cached_images(dataset, rows, cache_dir=cache_dir, progress=lambda *n: progress("drawing", *n))
        )
        features = []
        with torch.inference_mode():
            for start in range(0, len(images), FEATURE_BATCH):
                progress("extracting features of", start, len(images))
                features.append(backbone(images[start : start + FEATURE_BATCH].to(device)).cpu())
        return torch.cat(features).numpy()

    determines = (backbone_fingerprint(), dataset.name, dataset.fingerprint, _digest(rows), device.type)
    features = cached_array(
        "features", "|".join(determines), extract, n_rows=len(rows), dtype="float32", cache_dir=cache_dir
    )
    return torch.from_numpy(features).to(device)


def _digest(rows: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows, dtype="<i8").tobytes()).hexdigest()
