"""Which part of a large co-occurrence matrix is shown in detail."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.ui import state

WHOLE_LIMIT = 120
"""Up to so many labels the whole matrix is drawn; of more, an overview and a window."""
WINDOW = 50
BLOCKS = 60
ROWS, COLUMNS = "labels_rows", "labels_columns"
_SEEN = "labels_pair_in_view"


def bring_into_view(order: np.ndarray, pair: tuple[int, int], by: str) -> None:
    """Move the window to a pair that has just been chosen, where it does not show the pair already.

    Args:
        order: (n_labels,) columns of the label matrix in the order of the chart.
        pair: columns of the label matrix of the two labels.
        by: name of the order; another order is another matrix.
    """
    now, before = (pair, by, order.size), state.value_of(_SEEN)
    state.keep(_SEEN, now)
    asked = any(state.address_value(key) for key in (ROWS, COLUMNS))
    if now == before or (before is None and asked):
        return
    for key, label in zip((ROWS, COLUMNS), pair, strict=True):
        place = int(np.flatnonzero(order == label)[0])
        first = _start(key, order.size)
        if not first <= place < first + WINDOW:
            state.seed_widget(key, max(1, min(place - WINDOW // 2, order.size - WINDOW) + 1))


def window_sliders(n_labels: int) -> tuple[int, int]:
    """Draw the sliders that move the window; return the places of its first row and column, from 0."""
    last = n_labels - WINDOW + 1
    for place, key, title in zip(st.columns(2), (ROWS, COLUMNS), ("Rows", "Columns"), strict=True):
        state.seed_widget(key, _start(key, n_labels) + 1)
        place.slider(f"{title} from place", 1, last, key=key, bind="query-params")
    return _start(ROWS, n_labels), _start(COLUMNS, n_labels)


def _start(key: str, n_labels: int) -> int:
    """Return the first place of the window, from 0; what the address says is moved inside."""
    value = state.value_of(key, None)
    if value is None:
        text = state.address_value(key, "1")
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return max(0, min(int(value) - 1, n_labels - WINDOW))
