"""Curves of one loss for many values of one of its options, so that a page can move through them without asking again.

As in ``explore``, everything is read off the very module that trains.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dbl_core.losses import build_loss
from dbl_core.losses.catalog import describe
from dbl_core.losses.explore import SIDES, CurveContext
from dbl_core.losses.multi_label_loss import MultiLabelLoss

_CELLS = 40_000_000
"""How many cells all curves together may take: a few seconds. Losses of whole images need every class of them."""
_FEWEST_POINTS = 17
_REACH = 8.0
"""The last logit of a curve; the first is its negative."""


def option_curves(
    name: str,
    options: Sequence[Mapping[str, float | str]],
    contexts: Sequence[CurveContext],
    *,
    label_counts: np.ndarray,
    n_samples: int,
    points: int = 81,
) -> dict[str, list | np.ndarray | None]:
    """Draw loss, gradient and weight of chosen classes against the logit, for several settings of one loss.

    Args:
        name: A key of ``LOSSES``.
        options: The settings.
        contexts: Which class in which image, see ``explore.loss_curves``.
        label_counts: (n_labels,) positives of every label in the training set.
        n_samples: Images of the training set.
        points: Number of logits from -8 to 8; fewer where a loss of whole images meets very many classes.

    Returns:
        "logits" (points,); "series", a record with "label" and "side" for every context and both sides; and the arrays
        "loss", "gradient" and "factor" (weight times focal factor; None for a loss that is no sum of cells) of shape
        (n_series, points, n_settings), float32. "unit" is that of the loss.

    Raises:
        ValueError: There is no setting, no context or less than two points, or a loss, an option or a label is unknown.
    """
    if not options or not contexts or points < 2:
        raise ValueError("Curves need a setting, a class, and at least 2 logits.")
    label_counts = np.asarray(label_counts, dtype=np.float64)
    if any(len(one.others) != len(label_counts) or not 0 <= one.label < len(label_counts) for one in contexts):
        raise ValueError(f"A label or image does not fit a loss for {len(label_counts)} labels.")
    unit, kept = describe(name).unit, np.arange(len(label_counts))
    if unit == "cell" and not any(setting.get("mode") == "average_w" for setting in options):  # which means over all
        kept = _that_matter(contexts, label_counts)
    room = _CELLS // (2 * len(contexts) * len(options) * len(kept))
    grid = torch.linspace(-_REACH, _REACH, min(points, max(room, _FEWEST_POINTS)), dtype=torch.float64)
    places, logits, targets = _rows(contexts, kept, grid)
    drawn = []
    for setting in options:
        loss = build_loss(name, label_counts=label_counts[kept], n_samples=n_samples, **setting)
        drawn.append(_curves(loss, logits, targets, places))
    series = [{"label": int(context.label), "side": side} for context in contexts for side in SIDES]
    result = {"unit": unit, "logits": grid.numpy(), "series": series, "factor": None}
    for quantity in drawn[0]:
        stacked = np.stack([curves[quantity] for curves in drawn], axis=-1).astype(np.float32)
        result[quantity] = stacked.reshape(len(series), len(grid), len(options))
    return result


def _that_matter(contexts: Sequence[CurveContext], label_counts: np.ndarray) -> np.ndarray:
    """Return the labels that can have a part in the loss of the chosen cells, sorted.

    A cell's loss knows the labels of its image, and of the training set the count of its class and the largest and
    smallest count. To leave out the thousands of others keeps the numbers and saves the time.
    """
    present = np.zeros(len(label_counts), dtype=bool)
    for context in contexts:
        present |= np.asarray(context.others, dtype=bool)
        present[context.label] = True
    for extreme in (label_counts.max(), label_counts.min(), label_counts[label_counts > 0].min(initial=math.inf)):
        present[np.flatnonzero(label_counts == extreme)[:1]] = True
    return np.flatnonzero(present)


def _rows(contexts: Sequence[CurveContext], kept: np.ndarray, grid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return, for (series x grid) batches of one image each, the place of the class, logits and targets."""
    targets = np.stack([context.row(side)[kept] for context in contexts for side in SIDES])
    places = torch.from_numpy(np.repeat(np.searchsorted(kept, [context.label for context in contexts]), len(SIDES)))
    places = places.repeat_interleave(len(grid))
    targets = torch.from_numpy(targets).repeat_interleave(len(grid), 0)[:, None]
    logits = torch.zeros(targets.shape, dtype=grid.dtype)
    logits[torch.arange(len(places)), 0, places] = grid.repeat(len(contexts) * len(SIDES))
    return places, logits, targets


def _curves(loss: MultiLabelLoss, logits: Tensor, targets: Tensor, places: Tensor) -> dict[str, np.ndarray]:
    """Return loss, gradient and, of a loss of cells, factor at the place of each row, (n_rows,)."""
    rows = torch.arange(len(places))
    logits = logits.detach().requires_grad_()
    with torch.enable_grad():
        values = loss.values(logits, targets)
        (gradient,) = torch.autograd.grad(values.sum(), logits)
    found = {"gradient": gradient[rows, 0, places]}
    if loss.unit == "cell":
        terms = loss.terms(logits.detach(), targets)
        found["loss"] = values.detach()[rows, 0, places]
        found["factor"] = (terms["weight"] * terms["focal"]).expand_as(logits)[rows, 0, places]
    else:
        found["loss"] = values.detach().reshape(len(rows))
    return {quantity: numbers.detach().numpy() for quantity, numbers in found.items()}
