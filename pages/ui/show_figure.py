"""The one place where a page draws a figure: with its words, and with a picture of it to take along."""

from __future__ import annotations

from typing import Any

import streamlit as st

PICTURE_SCALE = 2
"""Pixels of a picture for each pixel of the page."""


def show_figure(figure: Any, *, key: str, alt: str, place: Any = st, **options: Any) -> Any:
    """Draw a plotly figure whose camera button saves a PNG that is named after the figure.

    Args:
        figure: The figure.
        key: Its key; also the name of the picture.
        alt: What one would see, for those who cannot.
        place: Where it goes: a column, or the page.
        **options: As for ``st.plotly_chart``.

    Returns:
        As ``st.plotly_chart``.
    """
    picture = {"format": "png", "filename": key, "scale": PICTURE_SCALE}
    return place.plotly_chart(figure, key=key, alt=alt, config={"toImageButtonOptions": picture}, **options)
