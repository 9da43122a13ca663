"""Labels: how uneven they are, which come together, what the literature measures, what samplers really show."""

from functools import partial

import pandas as pd
import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.longtail import CONVENTIONS, GROUPS
from dbl_core.viz import labels as figures
from pages.ui import cache, page, tables
from pages.ui.measures import measure_sheet
from pages.ui.pairs import choose_pair, heatmap, pair_panel, pick_bar


def frequencies(dataset: MultiLabelDataset, table: pd.DataFrame, convention: str, selected: str) -> None:
    """Show the sorted frequency of the labels; a click on a bar chooses the label for the pair below."""
    log = st.toggle("Logarithmic counts", key="labels_log", bind="query-params")
    st.plotly_chart(
        figures.frequency(
            table, log=log, convention=convention, selected=dataset.label_names.index(selected), height=420
        ),
        key="labels_bars",
        on_select=partial(pick_bar, dataset.label_names),
        selection_mode="points",
        alt="Training images per label, most frequent first, coloured by head, medium and tail",
    )
    asked = " The grey lines are what was asked for." if dataset.asked is not None else ""
    st.caption(
        f"Each bar is the number of training scenes that show the label.{asked} Click a bar to choose the label."
    )


def group_sizes(table: pd.DataFrame, ratio: float) -> None:
    """Show how many labels each group has, and the imbalance ratio."""
    sizes = table["group"].value_counts()
    st.metric("Imbalance ratio", f"{ratio:.4g}", help="Largest over smallest number of training scenes.", width=150)
    for group in GROUPS:
        st.metric(f"{group.capitalize()} labels", f"{sizes.get(group, 0)}", width=110)


def groups() -> str:
    """Let the user choose the borders between head, medium and tail; return the convention."""
    return st.selectbox(
        "Head, medium and tail after",
        list(CONVENTIONS),
        format_func=lambda name: CONVENTIONS[name].title,
        key="labels_groups",
        bind="query-params",
        width=230,
        help="Public code draws the borders in different places; the lab's default is the paper's.",
    )


IMBALANCE = "Largest over smallest share of the labels that training is shown."


def sampling(choice: DatasetConfig, table: pd.DataFrame) -> None:
    """Show what uniform and class-aware sampling really make of the label shares."""
    uniform, class_aware = (cache.sampling(choice, sampler) for sampler in ("uniform", "class_aware"))
    with st.container(horizontal=True, gap="medium"):
        st.metric("Imbalance under uniform sampling", f"{uniform.max_min:.1f}", help=IMBALANCE, width=260)
        st.metric("Under class-aware sampling", f"{class_aware.max_min:.1f}", help=IMBALANCE, width=260)
    st.plotly_chart(
        figures.sampled_shares(tables.share_table(table, uniform.shares, class_aware.shares)),
        key="labels_shares",
        alt="Share of each label among the labels shown in training, uniform against class-aware sampling",
    )
    st.caption(
        "Class-aware sampling asks for every label equally often, but a scene brings its other labels along: what "
        "comes with rare labels is shown again and again. Bars that end on the dotted line would be balance."
    )


with page.frame("Labels", "How uneven are the labels, and which of them come together?") as chosen:
    data = cache.dataset(chosen)
    overview = st.container()
    st.header("Which labels come together", anchor=False)
    left, right = st.columns([3, 2], gap="large")
    with right:
        pair = choose_pair(chosen, data)
        pair_panel(chosen, data, *pair)
    with left, page.guard():
        heatmap(chosen, data, *pair)
    with overview:
        with st.container(horizontal=True, gap="medium"):
            convention = groups()
            counted = tables.label_table(data, convention)
            group_sizes(counted, tables.facts(data)["ratio"])
        frequencies(data, counted, convention, pair[0])
    with page.guard():
        st.header("What samplers really show", anchor=False)
        sampling(chosen, counted)
    with page.guard():
        st.header("The measures of the literature", anchor=False)
        measure_sheet(chosen)
