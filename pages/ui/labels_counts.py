"""The Labels page of a file of class counts: frequencies and the measures that counts determine."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.longtail import Convention
from dbl_core.stats import per_label_count_measures
from pages.ui import page
from pages.ui.labels_one import FIRST, frequencies, numbers_of
from pages.ui.measures import count_sheet

NO_ROWS = (
    "This file holds class counts alone: which labels come together, and what samplers really show, needs labelled "
    "rows."
)


def of_counts(data: ClassCounts, counted: pd.DataFrame, borders: Convention) -> None:
    """Show the bars of all labels, the numbers of one, and the measure sheet.

    Args:
        data: the counts.
        counted: the label table, see ``tables.label_table``.
        borders: head, medium and tail.
    """
    overview = st.container()
    st.header("One label", anchor=False)
    label = st.selectbox("Label", list(counted["label"]), key=FIRST, bind="query-params")
    numbers_of(per_label_count_measures(data.label_counts, data.n_train), data.label_names.index(label))
    with overview, page.guard():
        frequencies(data, counted, borders, label)
    st.header("Which labels come together", anchor=False)
    st.info(NO_ROWS, icon=":material/grid_off:")
    with page.guard():
        st.header("The measures of the literature", anchor=False)
        count_sheet(data, counted)
