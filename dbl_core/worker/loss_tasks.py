"""What the worker can be asked about a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from dbl_core.longtail.groups import group_of
from dbl_core.losses import build_loss, explore
from dbl_core.worker.data import dataset_of


def loss_curves(
    *,
    loss: Mapping[str, Any],
    label_counts: Sequence[int],
    n_samples: int,
    contexts: Sequence[Mapping[str, Any]],
    logit_range: Sequence[float] = (-8.0, 8.0),
    points: int = 161,
) -> dict[str, list]:
    """Loss, gradient and weight of chosen classes against the logit, by the module that trains.

    Args:
        loss: ``name`` and ``options`` of the loss.
        label_counts: (n_labels,) positives of every label in the training set.
        n_samples: Images of the training set.
        contexts: Which class in which image: ``label`` (its index), optionally ``others`` (indices of the image's other
            labels, none by default) and ``title``.
        logit_range: First and last logit.
        points: Number of logits.

    Returns:
        What ``dbl_core.losses.explore.loss_curves`` returns.

    Raises:
        ValueError: For an unknown loss or option, a label that is not there, or an empty range.
    """
    module = _build(loss, label_counts, n_samples)
    chosen = [_context(context, len(label_counts)) for context in contexts]
    return explore.loss_curves(module, chosen, logit_range=tuple(logit_range), points=points)


def cell_table(
    *, loss: Mapping[str, Any], dataset: Mapping[str, Any] | None = None, convention: str = "db"
) -> dict[str, list[dict]]:
    """Where a loss puts its weight and gradient on the cells of a training set, before training.

    Args:
        loss: ``name`` and ``options`` of the loss.
        dataset: Options of ``load_dataset``, with ``name``; None is the default data set.
        convention: Which head, medium and tail.

    Returns:
        What ``dbl_core.losses.explore.cell_table`` returns.

    Raises:
        ValueError: For an unknown loss, option, data set or convention.
        DataError: If the data set cannot be read.
    """
    data = dataset_of(dataset or {})
    module = _build(loss, data.label_counts, data.n_train)
    groups = group_of(data.label_counts, convention=convention)
    return explore.cell_table(module, data.labels[data.train_rows], groups=groups)


def _build(loss: Mapping[str, Any], label_counts: Any, n_samples: int) -> torch.nn.Module:
    unknown = sorted(set(loss) - {"name", "options"})
    if unknown or "name" not in loss:
        raise ValueError(f"loss is {dict(loss)!r}, must be a name and its options")
    counts = np.asarray(label_counts)
    return build_loss(loss["name"], label_counts=counts, n_samples=n_samples, **loss.get("options", {}))


def _context(context: Mapping[str, Any], n_labels: int) -> explore.CurveContext:
    unknown = sorted(set(context) - {"label", "others", "title"})
    if unknown or "label" not in context:
        raise ValueError(f"an image is {dict(context)!r}, must be a label, its others and a title")
    label, others = int(context["label"]), np.asarray(context.get("others", []), dtype=np.int64)
    if not (0 <= label < n_labels and np.all((others >= 0) & (others < n_labels))):
        raise ValueError(f"labels {[label, *others.tolist()]} of an image must be from 0 to {n_labels - 1}")
    alone = explore.label_alone(label, n_labels)
    row = alone.others.copy()
    row[others] = True
    return explore.CurveContext(label, row, str(context.get("title", alone.title)))
