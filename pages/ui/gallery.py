"""Scenes of a data set as a wall of small pictures that wraps on narrow screens."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import streamlit as st
from PIL import Image

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from pages.ui import cache, state
from pages.ui.text import literal

ENLARGED = 5
"""Every pixel of a scene becomes a square of this side, so that the browser has nothing to blur."""
WIDTH = 148


def rows_of(dataset: MultiLabelDataset, split: str) -> np.ndarray:
    """Return the rows of "training", "test" or "all" scenes."""
    return {"training": dataset.train_rows, "test": dataset.test_rows}.get(split, np.arange(dataset.n_samples))


def rows_with(dataset: MultiLabelDataset, rows: np.ndarray, names: Iterable[str]) -> np.ndarray:
    """Return those rows whose scene carries all the named labels; names the data set does not have are ignored."""
    columns = [dataset.label_names.index(name) for name in names if name in dataset.label_names]
    return rows[dataset.labels[rows][:, columns].all(axis=1)]


def shuffle_number(key: str) -> int:
    """Return how often the user asked for other scenes; kept in the address under a key of the page."""
    text = state.address_value(key, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def shuffle_button(key: str) -> None:
    """Place the button that asks for other scenes."""
    st.button("Other scenes", icon=":material/shuffle:", key=f"{key}_button", on_click=_shuffle, args=(key,))


def _shuffle(key: str) -> None:
    state.write_address(key, str(shuffle_number(key) + 1))


def pick(rows: np.ndarray, number: int, shuffle: int) -> np.ndarray:
    """Return up to number of the rows, another choice for every shuffle, the same one every time it is asked for."""
    chosen = np.random.default_rng(shuffle).permutation(rows)[:number]
    return np.sort(chosen)


def show(choice: DatasetConfig, dataset: MultiLabelDataset, rows: Iterable[int]) -> None:
    """Place the scenes of some rows side by side, each with its labels as caption and as accessible name."""
    with st.container(horizontal=True, gap="small"):
        for row in rows:
            names = [dataset.label_names[j] for j in np.flatnonzero(dataset.labels[row])]
            labels = ", ".join(names) or "no label"
            with st.container(width=WIDTH, gap=None):
                st.image(_picture(choice, int(row)), width=WIDTH, alt=f"Scene {dataset.ids[row]}: {labels}")
                st.caption(literal(labels))


def _picture(choice: DatasetConfig, row: int) -> bytes:
    return _png(choice.name, row)


@st.cache_data(ttl=3600, max_entries=2000, show_spinner=False)
def _png(name: str, row: int) -> bytes:
    """Draw a scene, enlarged by whole pixels; images do not depend on the choice of training rows."""
    pixels = cache.dataset(DatasetConfig(name=name)).image(row)
    large = np.repeat(np.repeat(pixels, ENLARGED, axis=0), ENLARGED, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(large).save(buffer, format="PNG")
    return buffer.getvalue()
