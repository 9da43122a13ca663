"""The logits that a finished run left of its own training images, read only where they fit the data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from dbl_core.errors import RunError
from dbl_core.runs.paths import RunPaths

LOGITS, ROWS = "logits", "train_rows"
FLOAT16_RANGE = (-65504.0, 65504.0)
"""The numbers that the file's type can hold; logits beyond them stop there."""
MAX_KEPT_LOGITS = 2**25
"""A run keeps at most so many logits (64 MiB): a training set of 100,000 images with 335 classes."""
_MOST_BYTES = (2 + 8) * MAX_KEPT_LOGITS + 2**20  # of one class there are as many row numbers as logits


def read_train_logits(run_dir: Path | str, *, train_rows: np.ndarray, n_labels: int) -> np.ndarray:
    """Return what the model of a run said of every training image after its last epoch.

    Args:
        run_dir: The run folder.
        train_rows: (n_train,) the training rows of the data set that the logits are wanted for.
        n_labels: Number of its labels.

    Returns:
        (n_train, n_labels) float32, finite, row k for ``train_rows[k]``.

    Raises:
        RunError: The run kept none, the file is damaged, or it belongs to another training set.
    """
    path = RunPaths(Path(run_dir)).train_logits
    name = repr(path.parent.name)
    again = "launch it again to look at losses there"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise RunError(f"{path.name} of run {name} is larger than any that a run writes; {again}")
        arrays = load(path.read_bytes())
        logits, rows = arrays[LOGITS], arrays[ROWS]
    except FileNotFoundError as error:
        raise RunError(f"run {name} kept no logits of its training images; {again}") from error
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise RunError(f"{path.name} of run {name} is damaged; {again}") from error
    shape = (len(train_rows), n_labels)
    if logits.shape != shape or logits.dtype.kind != "f" or not np.array_equal(rows, train_rows):
        raise RunError(f"run {name} was trained on another training set than the chosen one; choose a run of this one")
    logits = logits.astype(np.float32)
    if not np.isfinite(logits).all():
        raise RunError(f"{path.name} of run {name} holds values that are not finite; {again}")
    return logits
