"""The measure sheet: every label measure with its value, how to read it, its formula, its source and its rivals."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.stats import LABEL_MEASURES, MEASURES, count_measures, per_label_count_measures
from pages.ui import labels_cache
from pages.ui.folded import folded
from pages.ui.labels_tables import label_sheet, measure_rows
from pages.ui.tables import PERCENT_FORMAT, in_percent
from pages.ui.text import four_digits, literal

WHOLE = {"n_samples", "n_labels", "absent_labels", "labelsets", "single_labelsets"}
SHARE_A_ROW = 4
CONVENTIONS = {"mulan": "MULAN: left out", "mldr": "mldr: count as 0"}
ROOTS = {"active": "The image's labels (code)", "all": "All labels (print)"}


def measure_sheet(choice: DatasetConfig, data: MultiLabelDataset, table: pd.DataFrame) -> None:
    """Draw the sheet, some measures a row (one on a narrow screen), the measures of every label, and the downloads."""
    st.markdown(f"Of the {data.n_train:,} training images; the test images are not counted.")
    convention, scumble = _definitions()
    values = labels_cache.measures(choice, data, convention, scumble)
    each = labels_cache.label_measures(choice, data, convention, scumble)
    sheet_of(values, label_sheet(table, each), measure_rows(values, convention, scumble))


def count_sheet(data: ClassCounts, table: pd.DataFrame) -> None:
    """Draw the sheet of what class counts determine."""
    st.markdown(f"Of the {data.n_train:,} training images. Measures that need to know which labels meet are left out.")
    with st.container(horizontal=True, gap="large"):
        convention = _absent_switch()
    values = count_measures(data.label_counts, data.n_train, convention=convention)
    each = per_label_count_measures(data.label_counts, data.n_train, convention=convention)
    sheet_of(values, label_sheet(table, each), measure_rows(values, convention, "").drop(columns="scumble_root"))


def sheet_of(values: Mapping[str, float], each: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Draw measures, some a row, a table of every label, and the downloads of both."""
    keys = [key for key in MEASURES if key in values]
    for start in range(0, len(keys), SHARE_A_ROW):
        columns = st.columns(SHARE_A_ROW)
        for column, key in zip(columns, keys[start : start + SHARE_A_ROW], strict=False):
            with column.container(border=True, height="stretch"):
                st.metric(MEASURES[key].title, written(key, values[key]))
                st.caption(MEASURES[key].reading)
    with folded("Formulas and sources of these measures", key="labels_formulas", icon=":material/function:") as opened:
        for key in keys if opened else ():
            _formula(key)
    st.subheader("Label by label", anchor=False)
    shown = in_percent(each, "frequency")
    st.dataframe(shown, hide_index=True, column_config=LABEL_COLUMNS, alt="The measures of every label")
    st.caption("Hover over a column's name for how to read it.")
    with st.container(horizontal=True):
        for title, found, file in (("Measures", rows, "measures.csv"), ("Label by label", each, "label_measures.csv")):
            csv = found.to_csv(index=False)
            st.download_button(f"{title} (CSV)", csv, file, "text/csv", icon=":material/download:")


def _definitions() -> tuple[str, str]:
    """Draw the switches where sources differ; return the convention of IRLbl and the root of SCUMBLE."""
    with st.container(horizontal=True, gap="large"):
        convention = _absent_switch()
        scumble = st.segmented_control(
            "Root in SCUMBLE over",
            list(ROOTS),
            format_func=ROOTS.get,
            default="active",
            required=True,
            key="labels_root",
            bind="query-params",
            help="The code of mldr and MULAN takes it over the labels of the image, the printed formula over all.",
        )
    return convention, scumble


def _absent_switch() -> str:
    return st.segmented_control(
        "Labels without images, in the imbalance ratios",
        list(CONVENTIONS),
        format_func=CONVENTIONS.get,
        default="mulan",
        required=True,
        key="labels_absent",
        bind="query-params",
        help="MULAN excludes them; the R package mldr gives them IRLbl 0, and its stored values count them.",
    )


def _formula(key: str) -> None:
    described = MEASURES[key]
    title, formula = st.columns([1, 4], vertical_alignment="center")
    title.markdown(f"**{literal(described.title)}**")
    with formula, st.container(gap=None):
        st.markdown(rf"$\displaystyle {described.formula}$")
        elsewhere = f" **Elsewhere:** {literal(described.rival)}" if described.rival else ""
        st.caption(f"{literal(described.source) or 'By definition'}.{elsewhere}")


def written(key: str, value: float) -> str:
    """Write a measure's value: whole and large numbers with separators, others in four digits, a dash if undefined."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if key in WHOLE else four_digits(value)


_FORMATS = {"count": "localized", "frequency": PERCENT_FORMAT, "effective": "%.1f"}
LABEL_COLUMNS = {
    "label": "Label",
    "group": "Group",
    **{
        key: st.column_config.NumberColumn(one.title, format=_FORMATS.get(key, "%.3f"), help=one.reading)
        for key, one in LABEL_MEASURES.items()
    },
}
