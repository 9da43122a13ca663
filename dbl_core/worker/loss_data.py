"""What questions about losses need of a data set beyond its labels, kept because each question asks for it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dbl_core.datasets import MultiLabelDataset
from dbl_core.runs.logits import read_train_logits
from dbl_core.runs.paths import RunPaths
from dbl_core.stats.chances import SHARES_OF, sampler_chances
from dbl_core.worker.data import dataset_of


def image_chances(options: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the chance of every training image under every sampler, at the samplers' default options.

    Only uniform sampling is left where no image has a label, since the others ask for labels.

    Raises:
        ValueError: For an unknown data set or option.
        DataError: If the data set cannot be read.
    """
    return _image_chances(json.dumps(options, sort_keys=True))


@lru_cache(maxsize=4)
def _image_chances(options: str) -> dict[str, np.ndarray]:
    data = dataset_of(json.loads(options))
    if not data.label_counts.any():
        return {"uniform": np.full(data.n_train, 1 / max(data.n_train, 1))}
    labels = data.labels[data.train_rows]
    return {sampler: sampler_chances(labels, sampler).image for sampler in SHARES_OF}


def train_logits(run: str, data: MultiLabelDataset) -> np.ndarray:
    """Return the logits that a finished run left of the training images, (n_train, n_labels) float32.

    Args:
        run: The run folder.
        data: The data set that they must fit.

    Raises:
        RunError: The run kept none, or they do not fit.
    """
    path = RunPaths(Path(run)).train_logits
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        stamp = 0
    return _train_logits(run, stamp, data.n_labels, data.train_rows.astype(np.int64).tobytes())


@lru_cache(maxsize=2)
def _train_logits(run: str, stamp: int, n_labels: int, rows: bytes) -> np.ndarray:
    return read_train_logits(run, train_rows=np.frombuffer(rows, dtype=np.int64), n_labels=n_labels)
