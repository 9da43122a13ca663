"""What a loss does, as plain records for charts: curves over the logit, and tables over the cells of a training set.

Everything is read off the very module that trains: values and terms from ``loss.terms``, gradients by automatic
differentiation of its ``values``. Records hold only numbers, words, lists and dictionaries, so they go through JSON.

Not every loss is a sum of (image, class) cells: see ``MultiLabelLoss.unit``. A loss of whole images or batches has a
gradient in every cell, but no weight or factor that multiplies the plain loss of a cell; these are None in its records,
and "unit" says why.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dbl_core.losses.cell_watchers import SIDES, CellBlock, Watcher
from dbl_core.losses.multi_label_loss import MultiLabelLoss

_CELLS_AT_ONCE = 2_000_000  # bounds the memory of a pass over a large training set to some hundred megabytes


@dataclass(frozen=True, eq=False)
class CurveContext:
    """The image in which a class is looked at; a re-balanced weight depends on its other labels.

    Attributes:
        label: Index of the class.
        others: (n_labels,) bool, the labels of the image; the entry of ``label`` itself is ignored.
        title: What a legend calls this image.
    """

    label: int
    others: np.ndarray
    title: str

    def row(self, side: str) -> np.ndarray:
        """Return the image's labels with the class itself present ("positive") or absent ("negative")."""
        row = np.array(self.others, dtype=bool)
        row[self.label] = side == "positive"
        return row


def label_alone(label: int, n_labels: int) -> CurveContext:
    """Return the context of an image that carries this label alone, and none at all when it is a negative."""
    return CurveContext(label, np.zeros(n_labels, dtype=bool), "the label alone")


def loss_curves(
    loss: MultiLabelLoss,
    contexts: Sequence[CurveContext],
    *,
    logit_range: tuple[float, float] = (-8.0, 8.0),
    points: int = 161,
) -> dict[str, list]:
    """Draw loss, gradient and weight of chosen classes against the logit.

    Every logit of the grid is a batch of one image, whose other classes stay at logit 0. They do not matter to a loss
    that is a sum of cells; for a loss of a whole image or batch the curve is that of the image alone.

    Args:
        loss: A loss of ``build_loss``; its reduction does not matter.
        contexts: Which class in which image.
        logit_range: First and last logit.
        points: Number of logits, at least 2.

    Returns:
        "logits" (a list), and "curves": for every context and both sides a record with "label", "context" (its title),
        "side" ("positive" or "negative"), "unit" (of the loss), the numbers "weight" and "nu" (the shift in training),
        "r" for re-balanced losses (None where it is infinite, in an image without any label), and the lists "loss" (of
        the cell, image or batch), "gradient" (of that in the logit) and "factor" (weight times focal factor). "weight"
        and "factor" are None for a loss that is no sum of cells.

    Raises:
        ValueError: The range is empty or not finite, there are fewer than two points, or a context does not fit the
            loss.
    """
    low, high = logit_range
    if not (np.isfinite(low) and np.isfinite(high) and low < high) or points < 2:
        raise ValueError(f"logit_range must rise between two finite numbers in at least 2 points, not {logit_range}.")
    grid = torch.linspace(low, high, points, dtype=torch.float64)
    curves = []
    for context in contexts:
        if len(context.others) != loss.n_labels or not 0 <= context.label < loss.n_labels:
            raise ValueError(f"Label {context.label} does not fit a loss for {loss.n_labels} labels.")
        curves.extend(_curve(loss, context, side, grid) for side in SIDES)
    return {"logits": grid.tolist(), "curves": curves}


def _curve(loss: MultiLabelLoss, context: CurveContext, side: str, grid: Tensor) -> dict:
    targets = torch.from_numpy(context.row(side)).expand(len(grid), 1, -1)  # (points, one image, n_labels)
    logits = torch.zeros(targets.shape, dtype=grid.dtype)
    logits[:, 0, context.label] = grid
    terms, gradient = _terms_and_gradient(loss, logits, targets)
    column = {name: values[:, 0, context.label] for name, values in terms.items()}
    of_cells = loss.unit == "cell"
    record = {"label": int(context.label), "context": context.title, "side": side, "unit": loss.unit}
    record |= {"weight": column["weight"][0].item() if of_cells else None, "nu": column["nu"][0].item()}
    if "r" in column:
        record["r"] = column["r"][0].item() if targets.any() else None
    record["loss"] = column["loss"].tolist()
    record["gradient"] = gradient[:, 0, context.label].tolist()
    record["factor"] = (column["weight"] * column["focal"]).tolist() if of_cells else None
    return record


def cell_table(
    loss: MultiLabelLoss,
    labels: np.ndarray,
    logits: np.ndarray | None = None,
    *,
    groups: Sequence[str],
    watchers: Sequence[Watcher] = (),
) -> dict:
    """Say where a loss puts its weight and its gradient on the real cells of a training set.

    A loss of a whole batch sees all images as one batch, up to two million cells; a larger training set is taken as
    several batches of equal size.

    Args:
        loss: A loss of ``build_loss``; its reduction does not matter.
        labels: (n_samples, n_labels) bool, the training set.
        logits: (n_samples, n_labels); None means 0 everywhere, where training starts.
        groups: (n_labels,) the group of every class, such as ``dbl_core.longtail.groups.group_of`` returns.
        watchers: Shown every block of cells on the way, see ``dbl_core.losses.cell_watchers``.

    Returns:
        "mean_loss": over all cells; the loss of an image or batch is that of each of its cells. None without cells.
        "unit": that of the loss; all means of weight and factor are None for a loss that is no sum of cells.
        "groups": a record for each group and side with "group", "side", "cells", the means "weight" (w), "factor" (w
        times the focal factor) and "gradient" (absolute; None without cells) and "share" (of the total absolute
        gradient).
        "labels": a record for each class with "label", "group", "share", and for each side "positive_weight",
        "positive_gradient" and so on, with "positive_share", the part of the class's own gradient that its positives
        give (0.5 is balance; None where the class receives nothing).

    Raises:
        ValueError: The shapes of labels, logits and groups do not fit each other or the loss.
    """
    labels = _checked_labels(loss, labels, groups)
    if logits is not None and np.shape(logits) != labels.shape:
        raise ValueError(f"logits must have the shape of labels, {labels.shape}, not {np.shape(logits)}.")
    sums = {side: np.zeros((4, loss.n_labels)) for side in SIDES}  # cells, weight, factor, absolute gradient
    total, of_cells = 0.0, loss.unit == "cell"
    for rows in _blocks(*labels.shape):
        targets = torch.from_numpy(labels[rows])
        block = torch.zeros(targets.shape) if logits is None else torch.tensor(np.asarray(logits[rows]))
        terms, gradient = _terms_and_gradient(loss, block, targets)
        factor, gradient = terms["weight"] * terms["focal"], gradient.abs()
        total += terms["loss"].sum(dtype=torch.float64).item()
        for side, chosen in zip(SIDES, (targets, ~targets), strict=True):
            sums[side] += [
                (values * chosen).sum(0, dtype=torch.float64).numpy()
                for values in (chosen, terms["weight"], factor, gradient)
            ]
        for watcher in watchers:
            watcher.see(CellBlock(rows, targets, factor if of_cells else None, gradient))
    records = {"groups": _group_records(sums, np.asarray(groups)), "labels": _label_records(sums, np.asarray(groups))}
    return {"unit": loss.unit, "mean_loss": _mean(total, labels.size)} | (
        records if of_cells else _without_weights(records)
    )


def weight_summary(
    loss: MultiLabelLoss, labels: np.ndarray, *, groups: Sequence[str]
) -> dict[str, dict[str, float | None]]:
    """Return the mean weight of the positives and of the negatives of every group, for the rows of an epoch or batch.

    Args:
        loss: A loss of ``build_loss``.
        labels: (n_rows, n_labels) bool, the labels of the drawn rows, in the frequency in which they were drawn.
        groups: (n_labels,) the group of every class.

    Returns:
        {"positive": {group: mean weight}, "negative": {...}}; None for a group without such a cell, and everywhere for
        a loss that is no sum of cells.

    Raises:
        ValueError: The shapes do not fit each other or the loss.
    """
    labels = _checked_labels(loss, labels, groups)
    sums = {side: np.zeros((2, loss.n_labels)) for side in SIDES}
    with torch.no_grad():
        for rows in _blocks(*labels.shape):
            targets = torch.from_numpy(labels[rows])
            weights = loss.weights(targets)
            for side, chosen in zip(SIDES, (targets, ~targets), strict=True):
                sums[side] += [(values * chosen).sum(0, dtype=torch.float64).numpy() for values in (chosen, weights)]
    groups, of_cells = np.asarray(groups), loss.unit == "cell"
    return {
        side: {
            str(group): _mean(*sums[side][::-1, groups == group].sum(1)) if of_cells else None
            for group in np.unique(groups)
        }
        for side in SIDES
    }


def _terms_and_gradient(loss: MultiLabelLoss, logits: Tensor, targets: Tensor) -> tuple[dict, Tensor]:
    with torch.no_grad():
        terms = loss.terms(logits, targets)
    with torch.enable_grad():
        logits = logits.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(loss.values(logits, targets).sum(), logits)
    return terms, gradient


def _checked_labels(loss: MultiLabelLoss, labels: np.ndarray, groups: Sequence[str]) -> np.ndarray:
    labels = np.ascontiguousarray(labels, dtype=bool)
    if labels.ndim != 2 or labels.shape[1] != loss.n_labels or len(groups) != loss.n_labels:
        raise ValueError(
            f"labels must have the shape (n_samples, {loss.n_labels}) and groups one entry a label, "
            f"not {labels.shape} and {len(groups)}."
        )
    return labels


def _blocks(n_samples: int, n_labels: int) -> Iterator[slice]:
    n_blocks = max(1, math.ceil(n_samples * n_labels / _CELLS_AT_ONCE))
    step = max(1, math.ceil(n_samples / n_blocks))  # of equal size: to some losses each is a batch
    return (slice(start, start + step) for start in range(0, n_samples, step))


def _without_weights(records: dict[str, list[dict]]) -> dict[str, list[dict]]:
    of_cells = {"weight", "factor", *(f"{side}_weight" for side in SIDES)}
    return {
        name: [{key: None if key in of_cells else value for key, value in row.items()} for row in rows]
        for name, rows in records.items()
    }


def _mean(total: float, count: float) -> float | None:
    return float(total / count) if count else None


def _group_records(sums: dict[str, np.ndarray], groups: np.ndarray) -> list[dict]:
    everything = sum(float(side[3].sum()) for side in sums.values())
    records = []
    for group in np.unique(groups):
        for side in SIDES:
            cells, weight, factor, gradient = sums[side][:, groups == group].sum(1)
            record = {"group": str(group), "side": side, "cells": int(cells), "weight": _mean(weight, cells)}
            record |= {"factor": _mean(factor, cells), "gradient": _mean(gradient, cells)}
            records.append(record | {"share": _mean(gradient, everything)})
    return records


def _label_records(sums: dict[str, np.ndarray], groups: np.ndarray) -> list[dict]:
    everything = sum(float(side[3].sum()) for side in sums.values())
    records = []
    for label, group in enumerate(groups):
        own = sum(side[3, label] for side in sums.values())
        record = {"label": label, "group": str(group), "share": _mean(own, everything)}
        record["positive_share"] = _mean(sums["positive"][3, label], own)
        for side in SIDES:
            cells, weight, _, gradient = sums[side][:, label]
            record |= {f"{side}_weight": _mean(weight, cells), f"{side}_gradient": _mean(gradient, cells)}
        records.append(record)
    return records
