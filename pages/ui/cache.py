"""What several pages need and is worth keeping, keyed by the few small values of the data set choice.

Never pass arrays to a cached function: Streamlit hashes big ones by samples of them, so a changed cell can bring back
an old result.
"""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset, load_dataset

KEEP = {"ttl": 3600, "max_entries": 16, "show_spinner": False}


def dataset(choice: DatasetConfig) -> MultiLabelDataset:
    """Return the chosen data set: one shared object whose arrays are read-only.

    Raises:
        ValueError: the pool cannot give such a training set, for example a largest class above what it holds.
    """
    return _dataset(choice.name, **choice.options)


@st.cache_resource(**KEEP)
def _dataset(name: str, **options: object) -> MultiLabelDataset:
    return load_dataset(name, **options)
