"""The data sets that the worker keeps in memory: a task names one by its options instead of sending it.

What is read from files is read again when they have changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dbl_core.config import RunConfig
from dbl_core.datasets import MultiLabelDataset, load_dataset, own_files
from dbl_core.datasets.published import default_root
from dbl_core.errors import DataError
from dbl_core.runs.paths import DEFAULT_CACHE_DIR
from dbl_core.train.data import Progress, TrainingData, load_training_data
from dbl_core.train.run import dataset_options
from dbl_core.worker.kept import Kept

LIMIT_BYTES = 640 * 2**20
"""Most bytes of labels and features that are kept: the largest file that can be read."""
_KEPT: Kept[Any] = Kept(LIMIT_BYTES)
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class HeadData:
    """A data set as heads train on it.

    Attributes:
        key: Changes with everything that determines the numbers.
        training: Features and labels of both splits.
        label_names: (n_labels,) names.
        name: Name of the data set.
    """

    key: str
    training: TrainingData
    label_names: tuple[str, ...]
    name: str

    @property
    def n_bytes(self) -> int:
        """What it takes in memory."""
        training = self.training
        parts = (training.train_inputs, training.test_inputs, training.train_labels, training.test_labels)
        return sum(part.nbytes for part in parts)


def dataset_of(options: Mapping[str, Any]) -> MultiLabelDataset:
    """The data set of some options of ``load_dataset``, with ``name``; an empty mapping is the default data set.

    Raises:
        ValueError: For an unknown data set or option.
        DataError: If the data set cannot be read.
    """
    key = ("dataset", json.dumps(options, sort_keys=True), _stamp(options))
    dataset = _KEPT.get(key)
    if dataset is None:
        dataset = load_dataset(**options)
        _KEPT.put(key, dataset, _size_of(dataset))
    return dataset


def data_key(config: RunConfig) -> str:
    """Names the data a head of this run trains on, in the state that their files have now."""
    named = {"name": config.dataset.name, **dataset_options(config)}
    return json.dumps([named, config.train.backbone, config.train.weights, _stamp(named)], sort_keys=True)


def is_kept(config: RunConfig) -> bool:
    """Whether the data of a run are in memory, so that ``head_data_of`` takes no time."""
    return _KEPT.get(data_key(config)) is not None


def head_data_of(config: RunConfig, progress: Progress) -> HeadData:
    """The features and labels a run of mode "head" trains on, computed at first use.

    Args:
        config: The run.
        progress: Called with (what, done, total) while features are computed; may raise to stop.

    Raises:
        ValueError: If the data set has nothing to train on, or too much of it.
        DblError: If data, weights or cache cannot be read or written, or no test image carries a label.
    """
    key = data_key(config)
    kept = _KEPT.get(key)
    if kept is not None:
        return kept
    progress("reading the data set", 0, 1)
    dataset = dataset_of({"name": config.dataset.name, **dataset_options(config)})
    if not dataset.labels[dataset.test_rows].any():
        raise DataError(
            f"no test image of data set {dataset.name!r} carries a label, so there is no average precision to show:"
            " choose another split or a larger test share on the page Dataset"
        )
    if dataset.features is not None:
        _check_size(len(dataset.train_rows) + len(dataset.test_rows), dataset.features.shape[1])
    training = load_training_data(dataset, config.train, _CPU, cache_dir=DEFAULT_CACHE_DIR, progress=progress)
    data = HeadData(key, training, dataset.label_names, dataset.name)
    _KEPT.put(key, data, data.n_bytes)
    return data


def _check_size(n_rows: int, n_features: int) -> None:
    size = 4 * n_rows * n_features
    if size > LIMIT_BYTES:
        raise ValueError(
            f"the features of {n_rows:,} rows take {size / 2**20:,.0f} MiB, and heads are trained live on at most"
            f" {LIMIT_BYTES / 2**20:,.0f} MiB: choose fewer training rows, or train on the page Train"
        )


def _stamp(options: Mapping[str, Any]) -> str:
    """Changes with the files that a data set is read from."""
    name = options.get("name", "picto-voc")
    if name == "file":
        return "".join(own_files.stamp(options[key]) for key in ("path", "images") if options.get(key))
    if name in ("voc", "coco"):
        root = Path(options.get("root") or default_root(name))
        return "".join(map(own_files.stamp, (root, root / "VOCdevkit", root / "VOCdevkit" / "VOC2012")))
    return ""


def _size_of(dataset: MultiLabelDataset) -> int:
    return dataset.labels.nbytes + (0 if dataset.features is None else dataset.features.nbytes) + dataset.ids.nbytes
