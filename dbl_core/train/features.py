"""Features of a frozen backbone: computed once for a set of images, kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import numpy as np
import torch

from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.array_cache import cached_array
from dbl_core.datasets.image_cache import cached_images
from dbl_core.errors import DataError
from dbl_core.train.pretrained import BackboneChoice

MAX_HELD_BYTES = 256 * 2**20
"""Images that take more than this are read batch by batch, and not kept as pixels."""
BATCH_IMAGES, BATCH_PIXELS = 128, 2**21
"""A batch: 128 images of 64 x 64, 41 of 224 x 224."""
SHIPPED = BackboneChoice()

Progress = Callable[[str, int, int], None]


def cached_features(
    dataset: MultiLabelDataset,
    rows: np.ndarray,
    device: torch.device,
    *,
    cache_dir: Path,
    progress: Progress,
    backbone: BackboneChoice = SHIPPED,
) -> torch.Tensor:
    """Features of some rows from a frozen backbone.

    Kept under the fingerprints of the data set, the backbone and its weights, and the rows: the same images pass the
    same network once. Up to 256 MiB of images are held and cached as pixels on the way, more are read in batches.

    Args:
        dataset: Where the images come from.
        rows: (n_rows,) rows of the data set.
        device: Where to compute, and where the features are returned.
        cache_dir: Folder of drawn images and features; on a hit no image is drawn.
        progress: Called with ("drawing" or "extracting features of", done, total).
        backbone: Which one, and its weights.

    Returns:
        (n_rows, n_features) float32, as the backbone gives them.

    Raises:
        ModelError: If the backbone's weights are missing or damaged.
        DataError: If images or cache cannot be read or written, or features are not finite.
    """

    def extract() -> Generator[np.ndarray]:
        network = backbone.load().to(device)
        features = []
        with torch.inference_mode():
            for images in image_batches(dataset, rows, cache_dir=cache_dir, progress=progress):
                features.append(network(torch.from_numpy(images).to(device)).cpu())
        made = torch.cat(features).numpy() if features else np.zeros((0, network.n_features), dtype=np.float32)
        if not np.isfinite(made).all():
            raise DataError(f"the features of backbone {backbone.name} are not finite: choose other weights.")
        yield made

    determines = (backbone.fingerprint(), dataset.name, dataset.fingerprint, _digest(rows), device.type)
    features = cached_array(
        "features", "|".join(determines), extract, n_rows=len(rows), dtype="float32", cache_dir=cache_dir
    )
    return torch.from_numpy(features).to(device)


def image_batches(
    dataset: MultiLabelDataset, rows: np.ndarray, *, cache_dir: Path, progress: Progress
) -> Iterator[np.ndarray]:
    """Images of some rows in order, (n, H, W, 3) uint8 a batch; never more than ``MAX_HELD_BYTES`` at once.

    Args:
        dataset: Where the images come from.
        rows: (n_rows,) rows of the data set.
        cache_dir: Folder of cached images, used where they are few.
        progress: As in :func:`cached_features`.

    Raises:
        DataError: If an image cannot be read, or the images differ in size.
    """
    if not len(rows):
        return
    first = dataset.image(int(rows[0]))
    size = min(BATCH_IMAGES, max(1, BATCH_PIXELS // (first.size // 3)))
    held = None
    if len(rows) * first.nbytes <= MAX_HELD_BYTES:
        held = cached_images(dataset, rows, cache_dir=cache_dir, progress=lambda *n: progress("drawing", *n))
    for start in range(0, len(rows), size):
        progress("extracting features of", start, len(rows))
        yield _read(dataset, rows[start : start + size], first.shape) if held is None else held[start : start + size]
    progress("extracting features of", len(rows), len(rows))


def _read(dataset: MultiLabelDataset, rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    images = np.empty((len(rows), *shape), dtype=np.uint8)
    for place, row in enumerate(rows):
        image = dataset.image(int(row))
        if image.shape != shape:
            raise DataError(f"the images of {dataset.name} differ in size: give it a loader that makes them equal.")
        images[place] = image
    return images


def _digest(rows: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows, dtype="<i8").tobytes()).hexdigest()
