"""Images of a data set as a wall of small pictures that wraps on narrow screens."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import streamlit as st
from PIL import Image

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.image_files import ImageFolder
from dbl_core.datasets.published import PublishedImages
from dbl_core.errors import DataError
from pages.ui import state, tables
from pages.ui.text import literal

ENLARGED = 5
"""Every pixel of a drawn image becomes a square of this side, so that the browser has nothing to blur."""
WIDTH = 136
"""Pixels of an image; two stand side by side in the narrow column of a page that is 1280 pixels wide."""
SHOWN_LABELS = 6
"""So many labels stand below an image; the accessible name has them all."""


def rows_of(dataset: MultiLabelDataset, split: str) -> np.ndarray:
    """Return the rows of "training", "test" or "all" images."""
    return {"training": dataset.train_rows, "test": dataset.test_rows}.get(split, np.arange(dataset.n_samples))


def rows_with(dataset: MultiLabelDataset, rows: np.ndarray, names: Iterable[str]) -> np.ndarray:
    """Return those rows that carry all the named labels; names the data set does not have are ignored."""
    columns = [dataset.label_names.index(name) for name in names if name in dataset.label_names]
    return rows[dataset.labels[rows][:, columns].all(axis=1)]


def shuffle_number(key: str) -> int:
    """Return how often the user asked for other images; kept in the address under a key of the page."""
    text = state.address_value(key, "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def shuffle_button(key: str, noun: str = "image") -> None:
    """Place the button that asks for other images."""
    st.button(f"Other {noun}s", icon=":material/shuffle:", key=f"{key}_button", on_click=_shuffle, args=(key,))


def _shuffle(key: str) -> None:
    state.write_address(key, str(shuffle_number(key) + 1))


def pick(rows: np.ndarray, number: int, shuffle: int) -> np.ndarray:
    """Return up to number of the rows, another choice for every shuffle, the same one every time it is asked for."""
    chosen = np.random.default_rng(shuffle).permutation(rows)[:number]
    return np.sort(chosen)


def show(
    choice: DatasetConfig, dataset: MultiLabelDataset, rows: Iterable[int], *, notes: Mapping[int, str] | None = None
) -> None:
    """Place the images of some rows side by side, each with its labels as caption and as accessible name.

    Args:
        choice: the choice of data set.
        dataset: the data set.
        rows: rows to show.
        notes: row -> a word about it, shown between image and labels.

    A data set without images gets a sentence instead; images that cannot be read are counted in one.
    """
    if not dataset.has_images:
        st.caption("This data set has labels but no images.")
        return
    pictures, refused = [], []
    for row in map(int, rows):
        try:
            pictures.append((row, _png(dataset.fingerprint, row, dataset)))
        except DataError as error:
            refused.append(str(error))
    with st.container(horizontal=True, gap="small"):
        for row, picture in pictures:
            names = [dataset.label_names[j] for j in np.flatnonzero(dataset.labels[row])]
            noun = tables.noun(dataset).capitalize()
            with st.container(width=WIDTH, gap=None):
                st.image(picture, width=WIDTH, alt=f"{noun} {dataset.ids[row]}: {', '.join(names) or 'no label'}")
                if notes and row in notes:
                    st.markdown(f"**{literal(notes[row])}**")
                st.caption(literal(_below(names)))
    if refused:
        are = "1 image" if len(refused) == 1 else f"{len(refused)} images"
        st.warning(f"{are} cannot be shown: {literal(refused[0])}", icon=":material/broken_image:")


def _below(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN_LABELS} more" if len(names) > SHOWN_LABELS else ""
    return (", ".join(names[:SHOWN_LABELS]) or "no label") + more


@st.cache_data(ttl=3600, max_entries=1000, show_spinner=False)
def _png(fingerprint: str, row: int, _dataset: MultiLabelDataset) -> bytes:
    """Draw an image; what a row shows does not depend on the choice of rows.

    Drawn images are enlarged by whole pixels, photographs are read with the detail a screen can show.
    """
    if isinstance(_dataset.image_source, ImageFolder | PublishedImages):
        shown = replace(_dataset.image_source, side=2 * WIDTH)(row)
    else:
        shown = np.repeat(np.repeat(_dataset.image(row), ENLARGED, axis=0), ENLARGED, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(shown).save(buffer, format="PNG")
    return buffer.getvalue()
