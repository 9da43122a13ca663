"""Labels: how uneven they are, which come together, what samplers really show, what the literature measures."""

import streamlit as st
from pandas import DataFrame

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.longtail import Convention
from pages.ui import cache, glossary, page, tables
from pages.ui.labels_convention import convention_switch
from pages.ui.labels_counts import of_counts
from pages.ui.labels_one import choose_label, frequencies, group_sizes, label_images, label_panel
from pages.ui.labels_samplers import samplers
from pages.ui.measures import measure_sheet
from pages.ui.pairs import all_pairs, choose_other, default_pair, pair_panel


def of_rows(choice: DatasetConfig, data: MultiLabelDataset, counted: DataFrame, borders: Convention) -> None:
    """Show all of it: what needs the labels of every image too."""
    overview = st.container()
    st.header("One label", anchor=False)
    standard = default_pair(choice, data)
    about, images = st.columns([3, 2], gap="large")
    with about:
        first = choose_label(choice, data, standard[0])
    st.header("Which labels come together", anchor=False, help=glossary.tip("co-occurrence"))
    cells, pair = st.columns([3, 2], gap="large")
    with pair:
        second = choose_other(choice, data, standard[1])
        numbers = st.container()
    with overview:
        frequencies(data, counted, borders, first)
    with about, page.guard():
        label_panel(choice, data, counted, first, second)
    with images, page.guard():
        label_images(choice, data, first)
    with cells:
        all_pairs(choice, data, first, second)
    with numbers, page.guard():
        pair_panel(choice, data, first, second)
    with page.guard():
        st.header("What samplers really show", anchor=False, help=glossary.tip("sampler"))
        samplers(choice, data, counted)
    with page.guard():
        st.header("The measures of the literature", anchor=False)
        measure_sheet(choice, data, counted)


with page.frame("Labels", "How uneven are the labels, and which of them come together?") as chosen:
    data = cache.dataset(chosen)
    with st.container(horizontal=True, gap="small"):
        borders = convention_switch("labels")
        counted = tables.label_table(data, borders.name)
        group_sizes(counted, tables.facts(data)["ratio"])
    if data.has_rows:
        of_rows(chosen, data, counted, borders)
    else:
        of_counts(data, counted, borders)
