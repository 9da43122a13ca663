"""The part of the Labels page about one label: the bars of all, and the one that is looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.longtail import GROUPS, Convention
from dbl_core.stats import LABEL_MEASURES
from dbl_core.viz import labels as figures
from pages.ui import gallery, glossary, labels_cache, page, state
from pages.ui.labels_tables import companion_table
from pages.ui.show_figure import show_figure
from pages.ui.text import four_digits, literal

FIRST, SECOND = "labels_first", "labels_second"
IMAGES = 6
SHOWN = {"frequency": "{:.1%}", "irlbl": "{:.4g}", "imr": "{:.4g}", "scumble": "{:.3f}"}
"""Measures of the chosen label and how they are written; the sheet at the end of the page has all."""


def choose_label(choice: DatasetConfig, data: MultiLabelDataset, default: str) -> str:
    """Draw the box that holds the chosen label; bars, cells and tables fill it too."""
    names = [data.label_names[column] for column in labels_cache.label_order(choice, data, "frequency")]
    return st.selectbox("Label", names, index=names.index(default), key=FIRST, bind="query-params")


def group_sizes(table: pd.DataFrame, ratio: float) -> None:
    """Show how many labels each group has, and the imbalance ratio."""
    sizes = table["group"].value_counts()
    meaning = "Largest over smallest number of training images; labels without any are left out."
    st.metric("Imbalance ratio", four_digits(ratio), help=meaning, width=125)
    for group in GROUPS:
        st.metric(f"{group.capitalize()} labels", f"{sizes.get(group, 0)}", help=glossary.tip(group), width=125)


def frequencies(data: MultiLabelDataset | ClassCounts, table: pd.DataFrame, borders: Convention, selected: str) -> None:
    """Show the sorted frequency of the labels; a click on a bar chooses the label."""
    log = st.toggle("Logarithmic counts", key="labels_log", bind="query-params")
    show_figure(
        figures.frequency(table, log=log, convention=borders, selected=data.label_names.index(selected), height=420),
        key="labels_bars",
        on_select=lambda: _pick("labels_bars", FIRST, data),
        selection_mode="points",
        alt="Training images per label, most frequent first, coloured by head, medium and tail",
    )
    asked = "The grey lines are what was asked for. " if data.asked is not None else ""
    st.caption(f"{asked}Click a bar to choose the label.")


def label_panel(choice: DatasetConfig, data: MultiLabelDataset, table: pd.DataFrame, label: str, other: str) -> None:
    """Show the measures of one label, the labels that come along with it, and images of it."""
    column = data.label_names.index(label)
    if data.has_images:  # beside labels alone stands a table of all measures
        numbers_of(labels_cache.label_measures(choice, data), column)
    counts, lift = (labels_cache.cooccurrence(choice, data, measure) for measure in ("count", "lift"))
    found = companion_table(counts, lift, column, table)
    if len(found):
        show_figure(
            figures.companions(found, label, selected=data.label_names.index(other)),
            key="labels_companions",
            on_select=lambda: _pick("labels_companions", SECOND, data),
            selection_mode="points",
            alt=f"Labels that most often come along with {label}, in per cent of its training images",
        )
        st.caption(f"What else the training images with {literal(label)} show. Click a bar to see the pair below.")
    else:
        st.info("No training image shows this label with another one.", icon=":material/person:")


def numbers_of(each: Mapping[str, np.ndarray], column: int) -> None:
    """Show the measures of one label that are known, of those this page names."""
    with st.container(horizontal=True, gap="small"):
        for key in [key for key in SHOWN if key in each]:
            value = float(each[key][column])
            text = "–" if math.isnan(value) else SHOWN[key].format(value).replace("%", " %")
            st.metric(LABEL_MEASURES[key].title, text, help=LABEL_MEASURES[key].reading, width=100)


def label_images(choice: DatasetConfig, data: MultiLabelDataset, label: str) -> None:
    """Show training images of one label; its measures with how to read them where the data set has no images."""
    if not data.has_images:
        _all_measures(choice, data, label)
        return
    found = gallery.rows_with(data, data.train_rows, (label,))
    if len(found):
        gallery.show(choice, data, gallery.pick(found, IMAGES, gallery.shuffle_number("labels_images")))
        with st.container(horizontal=True, vertical_alignment="center"):
            gallery.shuffle_button("labels_images", "image")
            page.link("Dataset", "More images of this label", dataset_with=[label])


def _all_measures(choice: DatasetConfig, data: MultiLabelDataset, label: str) -> None:
    each = labels_cache.label_measures(choice, data)
    column = data.label_names.index(label)
    values = [f"{each[key][column]:,.4g}" for key in LABEL_MEASURES]
    rows = [(one.title, value, one.reading) for one, value in zip(LABEL_MEASURES.values(), values, strict=True)]
    st.table(pd.DataFrame(rows, columns=["Measure", "Value", "How to read it"]).set_index("Measure"))
    st.caption("This data set has labels, but no images to show.")


def _pick(chart: str, box: str, data: MultiLabelDataset | ClassCounts) -> None:
    """Put the label of a clicked bar into a box."""
    for column, *_ in state.clicked(chart):
        if 0 <= int(column) < data.n_labels:
            state.seed_widget(box, data.label_names[int(column)])
