"""What stands beside every page: the navigation, the data set of all pages, what a public lab says of itself."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig
from pages.ui import page, visitor
from pages.ui.labels_convention import described_groups
from pages.ui.text import literal


def sidebar(choice: DatasetConfig, current: str) -> None:
    """Draw it.

    Args:
        choice: the data set that the user has chosen.
        current: the title of the page.
    """
    with st.sidebar:
        st.markdown("**Long-Tail Lab**")
        for title in page.PAGES:
            page.link(title, title)
        st.divider()
        st.caption("Data set of all pages")
        st.markdown(literal(page.describe(choice)))
        groups = described_groups()
        if groups:
            st.caption(literal(groups))
        if current != "Dataset":
            page.link("Dataset", "Change it")
        visitor.welcome()
