"""A part of a page that is closed at first and costs nothing until it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def folded(label: str, *, key: str, icon: str) -> Iterator[bool]:
    """Open such a part.

    ::

        with folded("All numbers", key="labels_numbers", icon=":material/table:") as opened:
            if opened:
                st.dataframe(...)

    Args:
        label: what it holds.
        key: under which the session keeps whether it is open.
        icon: a Material icon.

    Yields:
        Whether it is open; the page is drawn anew when that changes.
    """
    with st.expander(label, icon=icon, key=key, on_change="rerun") as box:
        yield bool(box.open)
