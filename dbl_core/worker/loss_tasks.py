"""What the worker can be asked about a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dbl_core.longtail.groups import group_of
from dbl_core.losses import build_loss, explore
from dbl_core.losses.anatomy import dissect
from dbl_core.losses.cell_watchers import Balance, Distributions
from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.losses.switches import switched_off
from dbl_core.worker.data import dataset_of
from dbl_core.worker.loss_data import image_chances, train_logits


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
    *,
    loss: Mapping[str, Any],
    dataset: Mapping[str, Any] | None = None,
    convention: str = "db",
    run: str | None = None,
) -> dict[str, Any]:
    """Where a loss puts its weight and gradient on the cells of a training set.

    Args:
        loss: ``name`` and ``options`` of the loss.
        dataset: Options of ``load_dataset``, with ``name``; None is the default data set.
        convention: Which head, medium and tail.
        run: Folder of a finished run of this data set whose logits are taken; None takes 0, where training starts.

    Returns:
        What ``dbl_core.losses.explore.cell_table`` returns, "distributions" and "balance" (of every sampler; uniform
        sampling alone where no image has a label), see ``dbl_core.losses.cell_watchers``.

    Raises:
        ValueError: For an unknown loss, option, data set or convention.
        DataError: If the data set cannot be read.
        RunError: If the run kept no logits, or not those of this training set.
    """
    data = dataset_of(dataset or {})
    module = _build(loss, data.label_counts, data.n_train)
    groups = group_of(data.label_counts, convention=convention)
    distributions = Distributions(groups)
    balance = Balance(data.n_labels, image_chances(dataset or {}))
    table = explore.cell_table(
        module,
        data.labels[data.train_rows],
        None if run is None else train_logits(run, data),
        groups=groups,
        watchers=(distributions, balance),
    )
    return table | {"distributions": distributions.records(), "balance": balance.records()}


def anatomy(
    *,
    loss: Mapping[str, Any],
    row: int,
    dataset: Mapping[str, Any] | None = None,
    run: str | None = None,
    off: Sequence[str] = (),
) -> dict[str, Any]:
    """Every term of a loss on every class of one training image.

    Args:
        loss: ``name`` and ``options`` of the loss.
        row: Which training image, counted from 0 among the training rows.
        dataset: Options of ``load_dataset``, with ``name``; None is the default data set.
        run: As for :func:`cell_table`.
        off: Terms to take out, keys of ``dbl_core.losses.switches.SWITCHES``.

    Returns:
        What ``dbl_core.losses.anatomy.dissect`` returns, with "config" (name and options of the loss that is left).

    Raises:
        ValueError: For an unknown loss, option, data set or switch, or an image that is not there.
        DataError: If the data set cannot be read.
        RunError: As for :func:`cell_table`.
    """
    data = dataset_of(dataset or {})
    if not 0 <= row < data.n_train:
        raise ValueError(f"image {row} of the training set must be from 0 to {data.n_train - 1}")
    name, options = switched_off(*_named(loss), off)
    module = _build({"name": name, "options": options}, data.label_counts, data.n_train)
    logits = np.zeros(data.n_labels) if run is None else train_logits(run, data)[row]
    record = dissect(module, data.labels[data.train_rows[row]], logits, label_counts=data.label_counts)
    return record | {"config": {"name": name, "options": options}}


def _named(loss: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    unknown = sorted(set(loss) - {"name", "options"})
    if unknown or "name" not in loss:
        raise ValueError(f"loss is {dict(loss)!r}, must be a name and its options")
    return loss["name"], loss.get("options", {})


def _build(loss: Mapping[str, Any], label_counts: Any, n_samples: int) -> MultiLabelLoss:
    name, options = _named(loss)
    return build_loss(name, label_counts=np.asarray(label_counts), n_samples=n_samples, **options)


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
