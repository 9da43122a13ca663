"""The part of the Labels page about two labels at a time: the heatmap, and the pair one looks at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.stats import COOCCURRENCE_MEASURES
from dbl_core.viz import cooccurrence as figures
from pages.ui import cache, gallery, page, state, tables
from pages.ui.text import brief, literal

ORDERS = {"frequency": "Frequency", "name": "Name", "cluster": "Similarity"}
FIRST, SECOND = "labels_first", "labels_second"
SCENES = 4


def heatmap(choice: DatasetConfig, dataset: MultiLabelDataset, first: str, second: str) -> None:
    """Draw the co-occurrence heatmap with its switches; a click on a cell chooses the pair."""
    measure, order, least = _switches()
    columns = cache.label_order(choice, order)
    names = [dataset.label_names[column] for column in columns]
    figure = figures.cooccurrence_map(
        cache.cooccurrence(choice, measure)[np.ix_(columns, columns)],
        cache.cooccurrence(choice)[np.ix_(columns, columns)],
        tuple(names),
        measure=measure,
        least=least,
        selected=(names.index(first), names.index(second)),
    )
    described = COOCCURRENCE_MEASURES[measure]
    st.plotly_chart(
        figure,
        key="labels_map",
        on_select=partial(_pick_cell, names),
        selection_mode="points",
        alt=f"Heatmap of {described.title} for every pair of labels",
    )
    st.caption(f"{literal(described.title)} $= {described.formula}$. {described.reading} Click a cell to see the pair.")


def _switches() -> tuple[str, str, int]:
    """Draw the choices of measure, order and smallest number of common scenes; return them."""
    measure = st.segmented_control(
        "Measure",
        list(COOCCURRENCE_MEASURES),
        format_func=lambda key: COOCCURRENCE_MEASURES[key].title,
        default="count",
        required=True,
        key="labels_measure",
        wrap=True,
        bind="query-params",
    )
    left, right = st.columns(2)
    order = left.segmented_control(
        "Order by",
        list(ORDERS),
        format_func=ORDERS.get,
        default="frequency",
        required=True,
        key="labels_order",
        bind="query-params",
    )
    least = right.slider(
        "Leave out pairs with fewer scenes than",
        1,
        20,
        key="labels_least",
        bind="query-params",
        help="Lift, NPMI and phi of a pair seen once or twice are mostly chance.",
    )
    return measure, order, least


def choose_pair(choice: DatasetConfig, dataset: MultiLabelDataset) -> tuple[str, str]:
    """Draw the two boxes that hold the pair; the pair with most scenes in common is the default."""
    names = [dataset.label_names[column] for column in cache.label_order(choice, "frequency")]
    first, second = tables.most_common_pair(cache.cooccurrence(choice), dataset.label_names)
    left, right = st.columns(2)
    return (
        left.selectbox("Label", names, index=names.index(first), key=FIRST, bind="query-params"),
        right.selectbox("With", names, index=names.index(second), key=SECOND, bind="query-params"),
    )


def pair_panel(choice: DatasetConfig, dataset: MultiLabelDataset, first: str, second: str) -> None:
    """Show the three numbers behind a pair, what they mean, and scenes of it."""
    known = tables.pair_facts(dataset, first, second)
    with st.container(horizontal=True, gap="small"):
        st.metric(f"With {literal(first)}", f"{known['first']:,}", width=100)
        st.metric(f"With {literal(second)}", f"{known['second']:,}", width=100)
        st.metric("With both", f"{known['both']:,}", width=100)
    st.markdown(
        f"Of the scenes with {literal(first)}, {known['second_given_first']:.0%} also show {literal(second)}; of those "
        f"with {literal(second)}, {known['first_given_second']:.0%} also show {literal(first)}. If the two were "
        f"independent, {brief(known['expected'])} scenes would show both."
        if min(known["first"], known["second"])
        else "At least one of the two labels has no training scene."
    )
    found = gallery.rows_with(dataset, dataset.train_rows, (first, second))
    if len(found):
        gallery.show(choice, dataset, gallery.pick(found, SCENES, gallery.shuffle_number("labels_shuffle")))
        with st.container(horizontal=True, vertical_alignment="center"):
            gallery.shuffle_button("labels_shuffle")
            page.link("Dataset", "More scenes of this pair", dataset_with=[first, second])
    else:
        st.info("No training scene shows both. No sampler can show them together.")


def pick_bar(names: Sequence[str]) -> None:
    """Make the label of a clicked bar the first of the pair."""
    for column, *_ in state.clicked("labels_bars"):
        state.seed_widget(FIRST, names[int(column)])


def _pick_cell(names: Sequence[str]) -> None:
    for row, column, *_ in state.clicked("labels_map"):
        state.seed_widget(FIRST, names[int(row)])
        state.seed_widget(SECOND, names[int(column)])
