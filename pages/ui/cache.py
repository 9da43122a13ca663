"""What several pages need and is worth keeping, keyed by the few small values of the data set choice.

Never pass arrays to a cached function: Streamlit hashes big ones by samples of them, so a changed cell can bring back
an old result.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from dbl_core import stats
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


def cooccurrence(choice: DatasetConfig, measure: str = "count") -> np.ndarray:
    """Return a co-occurrence measure of the training images, (n_labels, n_labels), columns in the data set's order."""
    return _cooccurrence(measure, choice.name, **choice.options)


@st.cache_data(**KEEP)
def _cooccurrence(measure: str, name: str, **options: object) -> np.ndarray:
    data = _dataset(name, **options)
    return stats.cooccurrence(data.labels[data.train_rows], measure)


def label_order(choice: DatasetConfig, by: str) -> np.ndarray:
    """Return an order of the label columns: "frequency", "name" or "cluster"."""
    return _label_order(by, choice.name, **choice.options)


@st.cache_data(**KEEP)
def _label_order(by: str, name: str, **options: object) -> np.ndarray:
    data = _dataset(name, **options)
    return stats.order_labels(data.labels[data.train_rows], by, label_names=data.label_names)


def measures(choice: DatasetConfig) -> dict[str, float]:
    """Return the label measures of the training images, by the keys of ``stats.MEASURES``."""
    return _measures(choice.name, **choice.options)


@st.cache_data(**KEEP)
def _measures(name: str, **options: object) -> dict[str, float]:
    data = _dataset(name, **options)
    inputs = int(data.image(0).size)
    return stats.label_measures(data.labels[data.train_rows], n_inputs=inputs)


def sampling(choice: DatasetConfig, sampler: str) -> stats.SamplingShares:
    """Return what a sampler shows of every label, expected over one drawn training image."""
    return _sampling(sampler, choice.name, **choice.options)


@st.cache_data(**KEEP)
def _sampling(sampler: str, name: str, **options: object) -> stats.SamplingShares:
    data = _dataset(name, **options)
    return stats.label_shares(data.labels[data.train_rows], sampler)
