"""One module for many settings of one loss, so that many heads train in one computation."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dbl_core.losses.assembly import assemble
from dbl_core.losses.catalog import check_options
from dbl_core.losses.multi_label_loss import MultiLabelLoss


def build_stack(
    name: str,
    options: Sequence[Mapping[str, float | str]],
    *,
    label_counts: Sequence[float] | np.ndarray | Tensor,
    n_samples: int,
    reduction: str = "mean",
) -> MultiLabelLoss:
    """Build one loss for a stack of batches, the k-th batch under the k-th setting.

    The module is called with logits and targets of shape (n_stack, n_samples, n_labels). ``batch_means`` gives for each
    batch what a loss built from its setting alone would give, and the sum over them has the gradients that the batches
    would have one by one. It moves with ``.to(device)`` like any module.

    Args:
        name: A key of the catalogue.
        options: For every batch of the stack some or all options of the loss. Numbers may differ; a word, such as the
            form of a bias, must be the same in all, because it chooses another formula.
        label_counts: Positives per label in the training set, (n_labels,).
        n_samples: Images of the training set, at least 2.
        reduction: What ``forward`` makes of the whole stack: "mean", "sum" or "none".

    Raises:
        ValueError: There is no setting, two settings differ in a word, or a setting, the counts or the reduction are
            refused by ``build_loss``.
    """
    settings = [check_options(name, setting) for setting in options]
    if not settings:
        raise ValueError("A stack needs at least one setting.")
    merged = {key: _merged(name, key, [setting[key] for setting in settings]) for key in settings[0]}
    loss = assemble(name, merged, counts=label_counts, n_samples=n_samples, reduction=reduction)
    loss.n_stack = len(settings)
    return loss


def _merged(name: str, option: str, values: list[float | str]) -> float | str | Tensor:
    """Return the value where all agree, so that it costs nothing, else one value a batch, (n_stack, 1, 1)."""
    if len(set(values)) == 1:
        return values[0]
    if isinstance(values[0], str):
        raise ValueError(f"Loss {name}: {option} must be the same in the whole stack, not {' and '.join(set(values))}.")
    return torch.tensor(values, dtype=torch.float64)[:, None, None]
