"""The one place where a page draws a figure: with its words, its numbers, and a picture of it to take along."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dbl_core.viz.numbers import MOST_ROWS, figure_rows
from pages.ui import state

PICTURE_SCALES = {"png": 2, "svg": 1}
"""Formats of pictures -> their pixels for each pixel of the page; an SVG has none, it is drawn anew at any size."""
PICTURE_HELP = (
    "The camera button stands at the top right of a figure under the pointer. A picture looks as the figure does here: "
    "in the colours of the theme, without a background. PNG suits slides and messages; SVG stays sharp at any size and "
    "can be edited. The choice holds for all figures until this tab is closed or reloaded."
)
_FORMAT, _CHANGED = "_format_of_pictures", "_format_has_changed"

WIDTH = 520
"""Pixels of a table of numbers, where the window has room for them."""


def show_figure(figure: Any, *, key: str, alt: str, place: Any = st, numbers: bool = True, **options: Any) -> Any:
    """Draw a plotly figure whose camera button saves a picture, PNG or SVG, that is named after the figure.

    Args:
        figure: The figure.
        key: Its key; also the name of the picture.
        alt: What one would see, for those who cannot.
        place: Where it goes: a column, or the page.
        numbers: Whether its numbers can be opened as a table beside the format of its picture; False where the page
            shows them anyway.
        **options: As for ``st.plotly_chart``.

    Returns:
        As ``st.plotly_chart``.
    """
    chosen = picture_format()
    picture = {"format": chosen, "filename": key, "scale": PICTURE_SCALES[chosen]}
    box = place.container(gap=None)
    config = {"toImageButtonOptions": picture, "showSendToCloud": False}  # a figure is sent to nobody
    event = box.plotly_chart(figure, key=key, alt=alt, config=config, **options)
    label, icon = ("Numbers and picture", "table") if numbers else ("Picture", "photo_camera")
    with box.popover(
        label, icon=f":material/{icon}:", type="tertiary", key=f"{key}_numbers", on_change="rerun"
    ) as opened:
        if opened.open:
            _choose_format(f"{key}_format")
            if numbers:
                numbers_table(figure_rows(figure), alt)
    return event


def picture_format() -> str:
    """Return the format in which the camera button of every figure saves, a key of ``PICTURE_SCALES``."""
    return state.value_of(_FORMAT, next(iter(PICTURE_SCALES)))


def _choose_format(widget: str) -> None:
    """Choose the format of all figures; a whole run of the page follows, as figures may stand in fragments."""
    state.seed_widget(widget, picture_format())
    st.segmented_control(
        "The camera button of every figure saves",
        list(PICTURE_SCALES),
        format_func=str.upper,
        required=True,
        key=widget,
        on_change=_keep_format,
        args=(widget,),
        help=PICTURE_HELP,
    )
    if state.value_of(_CHANGED):
        state.keep(_CHANGED, False)
        st.rerun()


def _keep_format(widget: str) -> None:
    state.keep(_FORMAT, state.value_of(widget))
    state.keep(_CHANGED, True)


def numbers_table(rows: list[dict[str, Any]], alt: str) -> None:
    """Show rows as a table to sort, search and download; the words of the figure name it."""
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt=f"Numbers of the picture: {alt}", width=WIDTH)
    if len(rows) == MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} points of the picture.")
