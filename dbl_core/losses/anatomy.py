"""One image under a loss: every term of every class, as the module that trains computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dbl_core.losses.multi_label_loss import MultiLabelLoss


def dissect(
    loss: MultiLabelLoss, labels: Sequence[bool], logits: Sequence[float], *, label_counts: Sequence[int]
) -> dict[str, Any]:
    """Return every term of a loss for the classes of one image.

    Args:
        loss: A loss of ``build_loss``; its reduction does not matter.
        labels: (n_labels,) bool, what the image shows.
        logits: (n_labels,) its logits.
        label_counts: (n_labels,) training positives of every class.

    Returns:
        "unit" (of the loss), "loss" (the sum over the cells, or the loss of the image) and "classes": for each class a
        record with "label", "present", "count", "logit", "probability" (sigmoid of the logit) and "gradient" (of that
        loss in the logit). A loss that is a sum of cells adds "loss", "weight", "nu", "shifted" (z - nu), "lam" (1
        without tolerance), "p_t" (probability of the right answer, with shift and lambda), "focal" (all else that
        multiplies) and "plain" (cross-entropy of the right answer, over lambda for negatives), so that
        loss = weight * focal * plain; with a re-balanced weight also "r", None in an image without any label, where it
        is infinite.

    Raises:
        ValueError: The shapes do not fit the loss, or a logit is not finite.
    """
    targets = torch.tensor(np.asarray(labels, dtype=bool))[None]
    z = torch.tensor(np.asarray(logits, dtype=np.float64))[None].requires_grad_()
    if z.shape != targets.shape or z.shape[1] != loss.n_labels or len(label_counts) != loss.n_labels:
        raise ValueError(
            f"labels, logits and label_counts must each have {loss.n_labels} entries, "
            f"not {targets.shape[1]}, {z.shape[1]} and {len(label_counts)}."
        )
    if not torch.isfinite(z).all():
        raise ValueError("logits must be finite numbers.")
    value = loss.values(z, targets).sum()
    (gradient,) = torch.autograd.grad(value, z)
    with torch.no_grad():
        columns = {"logit": z, "probability": torch.sigmoid(z), "gradient": gradient, **_cell_terms(loss, z, targets)}
    numbers = {name: values[0].tolist() for name, values in columns.items()}
    if "r" in numbers and not targets.any():
        numbers["r"] = [None] * loss.n_labels
    classes = [
        {"label": label, "present": bool(targets[0, label]), "count": int(label_counts[label])}
        | {name: values[label] for name, values in numbers.items()}
        for label in range(loss.n_labels)
    ]
    return {"unit": loss.unit, "loss": value.item(), "classes": classes}


def _cell_terms(loss: MultiLabelLoss, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    if loss.unit != "cell":
        return {}
    terms = loss.terms(logits, targets)
    tolerance = getattr(loss, "tolerance", None)
    lam = 1.0 if tolerance is None else float(tolerance.lam)
    answer = torch.where(targets, terms["shifted"], -lam * terms["shifted"])  # the logit of the right answer
    scale = torch.where(targets, 1.0, 1 / lam)
    extra = {"lam": torch.full_like(answer, lam), "p_t": torch.sigmoid(answer), "plain": F.softplus(-answer) * scale}
    return terms | extra
