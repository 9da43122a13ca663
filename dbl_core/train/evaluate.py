"""Scores of a split and what they are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.metrics import average_precision, group_report

EVALUATION_BATCH = 256


@torch.inference_mode()
def predict(model: nn.Module, inputs: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Plain logits of a split (the shift of negative-tolerant regularisation exists in training only).

    Args:
        model: Maps a batch of inputs to logits; put into evaluation mode.
        inputs: (n, ...) features or uint8 images, on any device.
        device: Where to compute.

    Returns:
        (n, n_labels) float32 on the CPU.
    """
    model.eval()
    batches = [model(inputs[start : start + EVALUATION_BATCH].to(device)) for start in _starts(len(inputs))]
    return torch.cat(batches).float().cpu()


def _starts(n: int) -> range:
    return range(0, n, EVALUATION_BATCH)


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
