"""The measure sheet: every label measure with its value, how to read it, its formula and its source."""

from __future__ import annotations

import math

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.stats import MEASURES
from pages.ui import cache

WHOLE = {"n_samples", "n_labels", "absent_labels", "labelsets", "single_labelsets"}
SHARE_A_ROW = 3


def measure_sheet(choice: DatasetConfig) -> None:
    """Draw the sheet, three measures a row (one on a narrow screen)."""
    values = cache.measures(choice)
    keys = [key for key in MEASURES if key in values]
    for start in range(0, len(keys), SHARE_A_ROW):
        columns = st.columns(SHARE_A_ROW)
        for column, key in zip(columns, keys[start : start + SHARE_A_ROW], strict=False):
            with column.container(border=True, height="stretch"):
                _measure(key, values[key])


def _measure(key: str, value: float) -> None:
    described = MEASURES[key]
    st.metric(described.title, written(key, value))
    st.caption(described.reading)
    with st.expander("Formula and source"):
        st.latex(described.formula)
        st.caption(described.source or "By definition.")


def written(key: str, value: float) -> str:
    """Write a measure's value: whole numbers with separators, others with four digits, a dash where undefined."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if key in WHOLE else f"{value:.4g}"
