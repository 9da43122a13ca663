"""Losses of long-tailed multi-label learning: what they are (torch-free) and how they are computed (torch).

``LOSSES`` and ``check_options`` describe and validate; they load no torch. ``build_loss`` loads it when called.
"""

from typing import TYPE_CHECKING

from dbl_core.losses.catalog import LADDER, LOSSES, PRESETS, check_options, describe, preset_options
from dbl_core.losses.sources import training_counts

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import ArrayLike
    from scipy.sparse import sparray, spmatrix
    from torch import Tensor, nn

    Counts = Tensor | ArrayLike
    Labels = Tensor | ArrayLike | sparray | spmatrix

__all__ = ["LADDER", "LOSSES", "PRESETS", "build_loss", "check_options", "describe", "preset_options"]


def build_loss(
    name: str,
    *,
    label_counts: "Counts | None" = None,
    n_samples: int | None = None,
    labels: "Labels | None" = None,
    stats: "str | PathLike[str] | None" = None,
    reduction: str = "mean",
    **options: float | str,
) -> "nn.Module":
    """Build a loss of the catalogue for one training set.

    The module is called as ``loss(logits, targets)`` with two (n_samples, n_labels) tensors. It computes in float32
    or better, whatever it is given, and never changes its arguments.

    Of the training set it needs the positives per label and the number of images, from exactly one of three sources:
    ``label_counts`` with ``n_samples``, or ``labels``, or ``stats``.

    Args:
        name: A key of ``LOSSES``.
        label_counts: Positives per label in the training set, (n_labels,), any sequence, array or tensor.
        n_samples: Images of the training set, at least 2.
        labels: Label matrix of the training set, (n_samples, n_labels) of 0 and 1: an array, a tensor, a scipy sparse
            matrix or a pandas table.
        stats: Path of a JSON file ``{"pos_counts": [...], "num_samples": n}``, as timm keeps class counts, or of any
            other label file of the training set that the lab reads.
        reduction: "mean" over all cells, "sum" of all cells, or "none" for one value a cell.
        **options: Options of that loss; those left out take the paper's VOC-MLT setting.

    Raises:
        ValueError: The loss, an option, a value or the reduction is unknown or out of range; a count is negative, not
            finite or larger than ``n_samples``; ``labels`` holds anything but 0 and 1; or there is not exactly one
            source.
        DataError: The file of ``stats`` cannot be read.
    """
    from dbl_core.losses.assembly import assemble

    options = check_options(name, options)
    counts, n_samples = training_counts(label_counts=label_counts, n_samples=n_samples, labels=labels, stats=stats)
    return assemble(name, options, counts=counts, n_samples=n_samples, reduction=reduction)
