"""What the Labels page computes from a training set, kept by the choice and the content of the data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dbl_core import stats
from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.errors import DblError
from dbl_core.samplers import EpochSummary, epoch_summary, sampler_hints
from dbl_core.stats.chances import OPTIONS_OF

KEEP = {"ttl": 3600, "max_entries": 32, "show_spinner": False}
Key = tuple[str, str]


@dataclass(frozen=True)
class SamplerView:
    """One sampler on one training set.

    Attributes:
        shares: what it shows of every label.
        epoch: one epoch of it.
        hints: sentences on what is odd about it.
        pairs: which frequent labels ride along with which rare ones, see ``stats.leaking_pairs``.
    """

    shares: stats.SamplingShares
    epoch: EpochSummary
    hints: tuple[str, ...]
    pairs: dict[str, np.ndarray]


def _key(choice: DatasetConfig, data: MultiLabelDataset) -> Key:
    return choice.model_dump_json(exclude_none=True), data.fingerprint


def cooccurrence(choice: DatasetConfig, data: MultiLabelDataset, measure: str = "count") -> np.ndarray:
    """Return a co-occurrence measure of the training images, (n_labels, n_labels)."""
    if measure == "count":
        return _counts(_key(choice, data), data)
    return _measure(_key(choice, data), measure, data)


@st.cache_resource(**KEEP)
def _counts(key: Key, _data: MultiLabelDataset) -> np.ndarray:
    counts = stats.cooccurrence(_data.labels[_data.train_rows])
    counts.flags.writeable = False
    return counts


@st.cache_resource(**KEEP)
def _measure(key: Key, measure: str, _data: MultiLabelDataset) -> np.ndarray:
    values = stats.cooccurrence_from_counts(_counts(key, _data), _data.n_train, measure).astype(np.float32)
    values.flags.writeable = False
    return values


def label_order(choice: DatasetConfig, data: MultiLabelDataset, by: str) -> np.ndarray:
    """Return an order of the label columns: "frequency", "name" or "cluster"."""
    return _order(_key(choice, data), by, data)


@st.cache_data(**KEEP)
def _order(key: Key, by: str, _data: MultiLabelDataset) -> np.ndarray:
    return stats.order_labels(_data.labels[_data.train_rows], by, label_names=_data.label_names)


def measures(choice: DatasetConfig, data: MultiLabelDataset, convention: str, scumble: str) -> dict[str, float]:
    """Return the measures of the training images, by the keys of ``stats.MEASURES``."""
    return _measures(_key(choice, data), convention, scumble, data)


@st.cache_data(**KEEP)
def _measures(key: Key, convention: str, scumble: str, _data: MultiLabelDataset) -> dict[str, float]:
    labels = _data.labels[_data.train_rows]
    return stats.label_measures(labels, n_inputs=_n_inputs(_data), convention=convention, scumble=scumble)


def _n_inputs(data: MultiLabelDataset) -> int | None:
    """Return how many numbers describe an image: its features, else its pixels, None where there are neither."""
    if data.features is not None:
        return int(data.features.shape[1])
    if not data.has_images:
        return None
    try:
        return int(data.image(0).size)
    except DblError:
        return None


def label_measures(
    choice: DatasetConfig, data: MultiLabelDataset, convention: str = "mulan", scumble: str = "active"
) -> dict[str, np.ndarray]:
    """Return the measures of every label, by the keys of ``stats.LABEL_MEASURES``."""
    return _label_measures(_key(choice, data), convention, scumble, data)


@st.cache_data(**KEEP)
def _label_measures(key: Key, convention: str, scumble: str, _data: MultiLabelDataset) -> dict[str, np.ndarray]:
    return stats.per_label_measures(_data.labels[_data.train_rows], convention=convention, scumble=scumble)


def sampler_view(
    choice: DatasetConfig, data: MultiLabelDataset, sampler: str, option: float | None = None
) -> SamplerView:
    """Return what a sampler does; option is the value of the one option it may have, None for its default."""
    return _sampler_view(_key(choice, data), sampler, option if sampler in OPTIONS_OF else None, data)


@st.cache_resource(**KEEP)
def _sampler_view(key: Key, sampler: str, option: float | None, _data: MultiLabelDataset) -> SamplerView:
    labels = _data.labels[_data.train_rows]
    options = {} if option is None else dict.fromkeys(OPTIONS_OF[sampler], option)
    return SamplerView(
        shares=stats.label_shares(labels, sampler, **options),
        epoch=epoch_summary(labels, sampler, **options),
        hints=sampler_hints(sampler, labels, label_names=_data.label_names, **options),
        pairs=stats.leaking_pairs(labels, sampler, n_pairs=12, **options),
    )
