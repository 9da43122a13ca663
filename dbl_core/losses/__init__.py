"""Losses of long-tailed multi-label learning: what they are (torch-free) and how they are computed (torch).

``LOSSES`` and ``check_options`` describe and validate; they load no torch. ``build_loss`` loads it when called.
"""

from typing import TYPE_CHECKING

from dbl_core.losses.catalog import LADDER, LOSSES, PRESETS, check_options, describe, preset_options

if TYPE_CHECKING:
    from torch import nn
    from torch.types import Tensor

    Counts = Tensor | list[int]

__all__ = ["LADDER", "LOSSES", "PRESETS", "build_loss", "check_options", "describe", "preset_options"]


def build_loss(
    name: str,
    *,
    label_counts: "Counts",
    n_samples: int,
    reduction: str = "mean",
    **options: float | str,
) -> "nn.Module":
    """Build a loss of the catalogue for one training set.

    The module is called as ``loss(logits, targets)`` with two (n_samples, n_labels) tensors. It computes in float32
    or better, whatever it is given, and never changes its arguments.

    Args:
        name: A key of ``LOSSES``.
        label_counts: Positives per label in the training set, (n_labels,), any sequence, array or tensor.
        n_samples: Images of the training set, at least 2.
        reduction: "mean" over all cells, "sum" of all cells, or "none" for one value a cell.
        **options: Options of that loss; those left out take the paper's VOC-MLT setting.

    Raises:
        ValueError: The loss, an option, a value or the reduction is unknown or out of range, or a count is negative,
            not finite or larger than ``n_samples``.
    """
    from dbl_core.losses.assembly import assemble

    return assemble(name, check_options(name, options), counts=label_counts, n_samples=n_samples, reduction=reduction)
