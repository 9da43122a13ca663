"""The data sets that the worker keeps in memory: a task names one by its options instead of sending it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dbl_core.datasets import MultiLabelDataset, load_dataset


def dataset_of(options: Mapping[str, Any]) -> MultiLabelDataset:
    """The data set of some options of ``load_dataset``, with ``name``; an empty mapping is the default data set.

    Raises:
        ValueError: For an unknown data set or option.
        DataError: If the data set cannot be read.
    """
    return _dataset(json.dumps(options, sort_keys=True))


@lru_cache(maxsize=4)
def _dataset(options: str) -> MultiLabelDataset:
    return load_dataset(**json.loads(options))
