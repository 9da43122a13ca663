"""What a computation of a lesson may ask of the lab: the chosen data set, a loss on its cells, heads that are trained.

The page answers with its caches and the compute worker. Nothing here knows how, so lessons stay below both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from dbl_core.config import DatasetConfig, LossConfig, RunConfig
from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.errors import DataError
from dbl_core.lessons.answer import Quantity, Value
from dbl_core.longtail import Convention, group_of


class HeadScores(Protocol):
    """What is read of a trained head: mAP of total, head, medium and tail, and (n_labels,) AP; fractions."""

    @property
    def map(self) -> Mapping[str, float]: ...  # noqa: D102

    @property
    def ap(self) -> np.ndarray: ...  # noqa: D102


class Lab(Protocol):
    """The chosen data set and what can be computed on it.

    Attributes:
        choice: Which data set.
        data: The data set.
        borders: What head, medium and tail are.
    """

    choice: DatasetConfig
    data: MultiLabelDataset | ClassCounts
    borders: Convention

    def cells(self, loss: LossConfig) -> Mapping[str, Any]:
        """Weights and gradients of the training cells at logit 0, see the task ``cell_table`` of the worker."""

    def curves(self, loss: LossConfig, label: int) -> Mapping[str, Any]:
        """Loss and gradient of a label against the logit, see ``dbl_core.losses.explore.loss_curves``."""

    def anatomy(self, loss: LossConfig, row: int) -> Mapping[str, Any]:
        """Every term of a loss on one training image, see ``dbl_core.losses.anatomy.dissect``."""

    def heads(self, configs: Sequence[RunConfig]) -> Sequence[HeadScores]:
        """Train heads on frozen features and score them on the test split."""


def rows_of(lab: Lab) -> MultiLabelDataset:
    """Return the data set where it knows the labels of every image.

    Raises:
        DataError: It holds class counts alone.
    """
    if not lab.data.has_rows:
        raise DataError(
            "This step reads the labels of every image, and the chosen file holds class counts alone: choose another "
            "data set on the page Dataset, such as picto-voc."
        )
    return lab.data


def train_labels(lab: Lab) -> np.ndarray:
    """Return the (n_train, n_labels) bool labels of the training images; as :func:`rows_of`."""
    data = rows_of(lab)
    return data.labels[data.train_rows]


def present(lab: Lab) -> np.ndarray:
    """Return the columns of the labels that occur in the training set, most frequent first.

    Raises:
        DataError: No label occurs.
    """
    counts = np.asarray(lab.data.label_counts)
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    if not len(order):
        raise DataError(
            "No training image carries a label, so there is nothing to learn from: choose another data set."
        )
    return order


def column_of(lab: Lab, label: str) -> int:
    """Return the column of a label: "most" and "rarest" of those that occur, or a label by its name.

    Raises:
        ValueError: The data set has no such label.
    """
    if label in ("most", "rarest"):
        return int(present(lab)[0 if label == "most" else -1])
    if label not in lab.data.label_names:
        raise ValueError(f"the data set has no label {label!r}; name one of its labels, most or rarest")
    return lab.data.label_names.index(label)


def groups_of(lab: Lab) -> list[str]:
    """Return the group of every label under the chosen borders."""
    return [str(group) for group in group_of(np.asarray(lab.data.label_counts), lab.borders)]


def facts(lab: Lab) -> dict[str, Value]:
    """Return what every text of a lesson may name: sizes of the data set, its most frequent and its rarest label."""
    data, columns = lab.data, present(lab)
    values: dict[str, Value] = {
        "n_train": Quantity(data.n_train, "images"),
        "n_labels": Quantity(data.n_labels, "labels"),
        "n_test": Quantity(len(data.test_rows) if data.has_rows else 0, "images"),
    }
    for name, column in (("most", columns[0]), ("rarest", columns[-1])):
        values[name] = str(data.label_names[column])
        values[f"{name}_count"] = Quantity(int(data.label_counts[column]), "images")
    return values
