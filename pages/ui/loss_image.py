"""Which training image is taken apart: one that shows a chosen class, another one at a click, or one by its number."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.viz.losses import CurveClass
from pages.ui import cache, gallery, state, tables

NUMBER, SHUFFLE, LABEL = "loss_image", "loss_shuffle", "loss_shows"
ANY = "anything"


def picked(choice: DatasetConfig, classes: list[CurveClass]) -> int:
    """Draw the choice of a training image and return its place among the training rows.

    Args:
        choice: the data set, with at least one training row.
        classes: its classes, most frequent first.
    """
    dataset = cache.dataset(choice)
    noun = tables.noun(dataset)
    label = _label(dataset, classes)
    place = _place(dataset, label)
    state.shows(LABEL, label)
    state.shows(NUMBER, place + 1)
    _seed("loss_shows_box", label)
    _seed("loss_image_box", place + 1)
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        st.selectbox(
            f"{'An' if noun == 'image' else 'A'} {noun} that shows",
            [ANY, *(one.name for one in reversed(classes) if one.count)],
            key="loss_shows_box",
            on_change=_shows,
        )
    with middle:
        st.button(
            f"Another {noun}", icon=":material/shuffle:", key="loss_shuffle_button", on_click=_another, width="stretch"
        )
    with right:
        st.number_input(
            f"Its number, 1 to {dataset.n_train:,}", 1, dataset.n_train, key="loss_image_box", on_change=_numbered
        )
    return place


def _label(dataset: MultiLabelDataset, classes: list[CurveClass]) -> str:
    """Return the class that the address names; else the rarest one, beside another label where that exists."""
    asked = state.address_value(LABEL)
    if asked == ANY or asked in [one.name for one in classes if one.count]:
        return asked
    labels = dataset.labels[dataset.train_rows]
    several = labels[labels.sum(axis=1) > 1]
    for counts in (several.sum(axis=0), labels.sum(axis=0)):
        found = [one for one in reversed(classes) if counts[one.label]]
        if found:
            return found[0].name
    return ANY


def _place(dataset: MultiLabelDataset, label: str) -> int:
    asked = state.address_value(NUMBER)
    if asked.isascii() and asked.isdigit() and 1 <= int(asked[:12]) <= dataset.n_train:
        return int(asked[:12]) - 1
    labels = dataset.labels[dataset.train_rows]
    shows = np.ones(len(labels), dtype=bool) if label == ANY else labels[:, dataset.label_names.index(label)]
    several = labels.sum(axis=1) > 1  # first, because they have more to tell
    shuffled = np.random.default_rng(0).permutation(len(labels))
    ordered = np.concatenate([shuffled[(shows & several)[shuffled]], shuffled[(shows & ~several)[shuffled]]])
    return int(ordered[gallery.shuffle_number(SHUFFLE) % len(ordered)])


def _seed(key: str, value: object) -> None:
    if state.value_of(key) != value:
        state.seed_widget(key, value)


def _shows() -> None:
    state.write_address(LABEL, state.value_of("loss_shows_box"))
    state.write_address(NUMBER, None)


def _another() -> None:
    state.write_address(SHUFFLE, str(gallery.shuffle_number(SHUFFLE) + 1))
    state.write_address(NUMBER, None)


def _numbered() -> None:
    state.write_address(NUMBER, str(state.value_of("loss_image_box")))
