"""A file of class counts, opened: what the pages show of it. It has no rows, so nothing can be trained on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from dbl_core.datasets.files.table import CountsOnly


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """How often each label occurs among the training images, and nothing about which labels share an image.

    It has the attributes of ``MultiLabelDataset`` that counts determine. What reads rows asks ``has_rows`` first.

    Attributes:
        name: the name of the data set it was opened as.
        label_names: (n_labels,) names.
        label_counts: (n_labels,) int64, read-only, positives per label.
        n_train: number of training images.
        fingerprint: changes with names, counts and number of images.
        notes: sentences on the file.
        asked: None: no subset can be asked of counts.
        features: None.
        has_rows: False.
        has_images: False.
    """

    name: str
    label_names: tuple[str, ...]
    label_counts: np.ndarray
    n_train: int
    fingerprint: str
    notes: tuple[str, ...] = ()
    asked: None = field(default=None, init=False)
    features: None = field(default=None, init=False)
    has_rows: bool = field(default=False, init=False)
    has_images: bool = field(default=False, init=False)

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return len(self.label_names)


def opened_counts(table: CountsOnly) -> ClassCounts:
    """What a file of class counts is to the pages."""
    counts = table.label_counts.copy()
    counts.setflags(write=False)
    content = repr((table.label_names, counts.tolist(), table.n_samples)).encode()
    return ClassCounts(
        name="file",
        label_names=table.label_names,
        label_counts=counts,
        n_train=table.n_samples,
        fingerprint=f"counts-{hashlib.sha256(content).hexdigest()[:16]}",
        notes=table.notes,
    )
