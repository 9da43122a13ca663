"""What a loss learns about the training set, from whichever of three things its user has at hand.

A loss needs two facts: how many images carry each label, and how many images there are. They are given as such, or
counted in the label matrix of the training set, or read from a JSON file ``{"pos_counts": [...], "num_samples": n}``
as timm writes and reads it. Loading this module loads nothing that a given source does not need.
"""

from os import PathLike
from typing import Any

import numpy as np

_SOURCES = "label_counts with n_samples, or labels, or stats"


def training_counts(*, label_counts: Any, n_samples: int | None, labels: Any, stats: Any) -> tuple[Any, int]:
    """Return the positives per label and the number of images from the one source that is given.

    Args:
        label_counts: Positives per label, with ``n_samples``. They are passed on as they are; the loss checks them.
        n_samples: Images of the training set.
        labels: 0/1 label matrix (n_samples, n_labels): an array, a tensor on any device, a scipy sparse matrix or a
            pandas table.
        stats: Path of a file of class counts.

    Raises:
        ValueError: None of the sources is given, more than one, or half of one; or the matrix holds anything but 0
            and 1.
        DataError: The file cannot be read or holds no class counts.
    """
    of_counts = {"label_counts": label_counts, "n_samples": n_samples}
    given = [key for key, value in {**of_counts, "labels": labels, "stats": stats}.items() if value is not None]
    if given == list(of_counts):
        return label_counts, n_samples
    if given == ["labels"]:
        return _of_matrix(labels)
    if given == ["stats"]:
        return _of_file(stats)
    raise ValueError(
        f"build_loss must know the training set from exactly one source, {_SOURCES}; "
        f"it was given {' and '.join(given) or 'none'}."
    )


def _of_matrix(labels: Any) -> tuple[np.ndarray, int]:
    from scipy import sparse

    from dbl_core.longtail.matrix import label_matrix, sparse_label_matrix

    if hasattr(labels, "detach"):  # a tensor, told without importing torch
        labels = labels.detach().cpu()
        labels = (labels if str(labels.layout) == "torch.strided" else labels.to_dense()).numpy()
    matrix = sparse_label_matrix(labels) if sparse.issparse(labels) else label_matrix(labels)
    return np.asarray(matrix.sum(0, dtype=np.int64)).ravel(), matrix.shape[0]


def _of_file(stats: str | PathLike) -> tuple[np.ndarray, int]:
    from dbl_core.datasets.files import CountsOnly, read_label_file

    if not isinstance(stats, str | PathLike):
        raise ValueError(f"stats must be the path of a JSON file of class counts, not a {type(stats).__name__}.")
    table = read_label_file(stats)
    if isinstance(table, CountsOnly):
        return table.label_counts, table.n_samples
    return _of_matrix(table.labels)
