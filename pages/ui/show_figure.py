"""The one place where a page draws a figure: with its words, its numbers, and a picture of it to take along."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dbl_core.viz.numbers import MOST_ROWS, figure_rows

PICTURE_SCALE = 2
"""Pixels of a picture for each pixel of the page."""

WIDTH = 520
"""Pixels of a table of numbers, where the window has room for them."""


def show_figure(figure: Any, *, key: str, alt: str, place: Any = st, numbers: bool = True, **options: Any) -> Any:
    """Draw a plotly figure whose camera button saves a PNG that is named after the figure.

    Args:
        figure: The figure.
        key: Its key; also the name of the picture.
        alt: What one would see, for those who cannot.
        place: Where it goes: a column, or the page.
        numbers: Whether its numbers can be opened as a table; False where the page shows them anyway.
        **options: As for ``st.plotly_chart``.

    Returns:
        As ``st.plotly_chart``.
    """
    picture = {"format": "png", "filename": key, "scale": PICTURE_SCALE}
    box = place.container(gap=None)
    event = box.plotly_chart(figure, key=key, alt=alt, config={"toImageButtonOptions": picture}, **options)
    if numbers:
        with box.popover(
            "Numbers", icon=":material/table:", type="tertiary", key=f"{key}_numbers", on_change="rerun"
        ) as opened:
            if opened.open:
                numbers_table(figure_rows(figure), alt)
    return event


def numbers_table(rows: list[dict[str, Any]], alt: str) -> None:
    """Show rows as a table to sort, search and download; the words of the figure name it."""
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt=f"Numbers of the picture: {alt}", width=WIDTH)
    if len(rows) == MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} points of the picture.")
