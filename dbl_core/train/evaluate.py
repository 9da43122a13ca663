"""Scores of a split and what they are worth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn

from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.metrics import average_precision, group_report
from dbl_core.train.batches import batches
from dbl_core.train.data import IMAGE_DIMENSIONS
from dbl_core.train.device import half_precision

EVALUATION_BATCH = 256
EVALUATION_PIXELS = {"cpu": 2**20, "cuda": 2**23}
"""Pixels that are scored at once: 256 images of 64 x 64 or 20 of 224 x 224 on a CPU, eight times as many on a GPU."""
CURVE_TEST_IMAGES, CURVE_TRAIN_IMAGES = 384, 128
"""Images that are scored after every epoch but the last where a backbone learns.

Scoring an image takes a third to a half of the time of training on it: all images after each of the 8 epochs of the
drawn VOC-MLT, 3,642 each, would take a fourth of the run. With these samples it is less than a tenth.
"""


def sample_rows(n: int, most: int | None) -> slice | np.ndarray:
    """Rows of a split that are scored: all, or the same ones in every run on this split.

    Args:
        n: Rows of the split.
        most: Rows to take at most; None takes all.

    Returns:
        A slice, or (most,) int64, ascending.
    """
    if most is None or n <= most:
        return slice(None)
    return np.sort(np.random.default_rng(0).choice(n, most, replace=False))


@torch.inference_mode()
def predict(
    model: nn.Module, inputs: torch.Tensor, device: torch.device, *, rows: slice | np.ndarray = slice(None)
) -> torch.Tensor:
    """Plain logits of a split (the shift of negative-tolerant regularisation exists in training only).

    On CUDA a backbone computes in bfloat16, as in training; the head, whose digits decide the ranks, in float32.

    Args:
        model: Maps a batch of inputs to logits; put into evaluation mode.
        inputs: (n, ...) features or uint8 images, on any device.
        device: Where to compute.
        rows: Those that are scored, from ``sample_rows``.

    Returns:
        (n_rows, n_labels) float32 on the CPU.
    """
    model.eval()
    parts = torch.arange(len(inputs))[rows].to(inputs.device).split(batch_rows(inputs, device))
    with half_precision(device, images=inputs.ndim == IMAGE_DIMENSIONS):
        return torch.cat([model(batch).float() for batch in batches(inputs, parts, device)]).cpu()


def batch_rows(inputs: torch.Tensor, device: torch.device) -> int:
    """How many rows are scored at once."""
    if inputs.ndim != IMAGE_DIMENSIONS:
        return EVALUATION_BATCH
    return max(1, EVALUATION_PIXELS[device.type] // math.prod(inputs.shape[1:3]))


def mean_loss(loss: MultiLabelLoss, logits: torch.Tensor, targets: torch.Tensor, batch_size: int) -> torch.Tensor:
    """Mean loss of a split as training would see it, for one model or a stack of them.

    A loss that compares the images of a batch grows with the batch: it is taken batch by batch, all others at once.

    Args:
        loss: With any reduction.
        logits: (..., n, n_labels).
        targets: As the logits, on the same device.
        batch_size: Images of a training batch.

    Returns:
        (...) means; NaN for an empty split.
    """
    if loss.unit != "batch":
        return loss.batch_means(logits, targets)
    batches = zip(logits.split(batch_size, dim=-2), targets.split(batch_size, dim=-2), strict=True)
    total = sum(loss.batch_means(some, labels) * some.shape[-2] for some, labels in batches)
    return total / logits.shape[-2]


def score_report(labels: np.ndarray, scores: np.ndarray, label_counts: np.ndarray) -> dict[str, Any]:
    """Per-class AP and the mAP of each group, JSON-able.

    Args:
        labels: (n, n_labels) bool, the truth.
        scores: (n, n_labels) float, higher is more likely.
        label_counts: (n_labels,) positives in the training set; they decide the groups.

    Returns:
        ``map`` {total, head, medium, tail} and ``ap`` (one a class), fractions; NaN where a class has no positive.
    """
    ap = average_precision(labels, scores)
    return {"map": dict(group_report(ap, label_counts)), "ap": ap.tolist()}
