"""The part of the Labels page about two labels at a time: the heatmap, the pair one looks at, the worst pairs."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.stats import COOCCURRENCE_MEASURES, label_window, pooled, supported
from dbl_core.viz import cooccurrence as figures
from pages.ui import gallery, labels_cache, page, state, tables
from pages.ui.labels_one import FIRST, SECOND
from pages.ui.labels_tables import worst_table
from pages.ui.labels_window import BLOCKS, WHOLE_LIMIT, WINDOW, bring_into_view, window_sliders
from pages.ui.show_figure import show_figure
from pages.ui.text import brief, literal

ORDERS = {"frequency": "Frequency", "name": "Name", "cluster": "Similarity"}
IMAGES = 4
MOST_LEAST = 50


def default_pair(choice: DatasetConfig, data: MultiLabelDataset) -> tuple[str, str]:
    """Return the pair with most images in common, the more frequent label first."""
    return tables.most_common_pair(labels_cache.cooccurrence(choice, data), data.label_names)


def choose_other(choice: DatasetConfig, data: MultiLabelDataset, default: str) -> str:
    """Draw the box that holds the second label of the pair."""
    names = [data.label_names[column] for column in labels_cache.label_order(choice, data, "frequency")]
    return st.selectbox("Its companion", names, index=names.index(default), key=SECOND, bind="query-params")


@st.fragment
def all_pairs(choice: DatasetConfig, data: MultiLabelDataset, first: str, second: str) -> None:
    """Draw the heatmap and the worst pairs; what is moved there draws them alone anew, a chosen pair the whole page.

    Args:
        choice: the data set choice.
        data: the data set.
        first: label of the pair's row.
        second: label of the pair's column.
    """
    if (first, second) != (state.value_of(FIRST), state.value_of(SECOND)):  # by a click here
        st.rerun()
    with page.guard():
        least = _heatmap(choice, data, first, second)
        _worst_pairs(choice, data, least)
    page.remember("Labels")


def _heatmap(choice: DatasetConfig, data: MultiLabelDataset, first: str, second: str) -> int:
    """Draw the heatmap with its switches, after an overview where there are many labels; return the fewest images."""
    measure, by, least = _switches()
    order = labels_cache.label_order(choice, data, by)
    values, together = (labels_cache.cooccurrence(choice, data, one) for one in (measure, "count"))
    enough = supported(together, least, n_samples=None if measure == "count" else data.n_train)
    pair = data.label_names.index(first), data.label_names.index(second)
    rows = columns = order
    if data.n_labels > WHOLE_LIMIT:
        bring_into_view(order, pair, by)
        with st.container(border=True):
            places = window_sliders(data.n_labels)
            _overview(np.where(enough, values, np.nan), order, data, measure, places)
        rows, columns = (label_window(order, start=place, size=WINDOW) for place in places)
    described = COOCCURRENCE_MEASURES[measure]
    show_figure(
        figures.cooccurrence_map(
            values,
            together,
            data.label_names,
            measure=measure,
            shown=enough,
            view=figures.View(rows, columns, pair),
        ),
        key="labels_map",
        on_select=lambda: _pick_cell(data),
        selection_mode="points",
        alt=f"Heatmap of {described.title} for pairs of labels",
    )
    st.caption(f"{literal(described.title)} $= {described.formula}$. {described.reading} Click a cell to see the pair.")
    return least


def _overview(
    values: np.ndarray, order: np.ndarray, data: MultiLabelDataset, measure: str, places: tuple[int, int]
) -> None:
    ordered = values[np.ix_(order, order)]
    show_figure(
        figures.overview_map(pooled(ordered, BLOCKS), measure=measure, window=places, size=WINDOW),
        key="labels_overview",
        on_select=lambda: _pick_block(ordered, order, data),
        selection_mode="points",
        alt=f"Overview of all {data.n_labels} labels in blocks; a frame marks the part that is shown in detail",
    )
    st.caption(
        "All labels in blocks, each as strong as its strongest pair. The frame marks the part that is shown in detail; "
        "click a block to go to its strongest pair."
    )


def _switches() -> tuple[str, str, int]:
    """Draw the choices of measure, order and smallest number of common images; return them."""
    measure = st.segmented_control(
        "Measure",
        list(COOCCURRENCE_MEASURES),
        format_func=lambda key: COOCCURRENCE_MEASURES[key].title,
        default="count",
        required=True,
        key="labels_measure",
        wrap=True,
        bind="query-params",
    )
    row = st.container(horizontal=True, gap="medium")
    order = row.segmented_control(
        "Order by",
        list(ORDERS),
        format_func=ORDERS.get,
        default="frequency",
        required=True,
        key="labels_order",
        bind="query-params",
    )
    least = row.slider(
        "Leave out pairs with fewer images than",
        1,
        MOST_LEAST,
        key="labels_least",
        bind="query-params",
        help="Lift, NPMI and phi of a pair seen once or twice are mostly chance. Pairs that chance alone would bring "
        "together this often stay: that they never meet is no accident.",
    )
    return measure, order, _least(least)


def _least(value: int) -> int:
    return max(1, min(int(value), MOST_LEAST))


def pair_panel(choice: DatasetConfig, data: MultiLabelDataset, first: str, second: str) -> None:
    """Show the three numbers behind a pair, what they mean, and images of it."""
    known = tables.pair_facts(data, first, second)
    with st.container(horizontal=True, gap="small"):
        st.metric(f"With {literal(first)}", f"{known['first']:,}", width=100)
        st.metric(f"With {literal(second)}", f"{known['second']:,}", width=100)
        st.metric("With both", f"{known['both']:,}", width=100)
    st.markdown(
        f"Of the images with {literal(first)}, {100 * known['second_given_first']:.0f} % also show {literal(second)}; "
        f"of those with {literal(second)}, {100 * known['first_given_second']:.0f} % also show {literal(first)}. "
        f"If the two were independent, {brief(known['expected'])} images would show both."
        if min(known["first"], known["second"])
        else "At least one of the two labels has no training image."
    )
    if not known["both"]:
        st.info("No training image shows both. No sampler can show them together.")
    elif data.has_images:
        found = gallery.rows_with(data, data.train_rows, (first, second))
        gallery.show(choice, data, gallery.pick(found, IMAGES, gallery.shuffle_number("labels_shuffle")))
        with st.container(horizontal=True, vertical_alignment="center"):
            gallery.shuffle_button("labels_shuffle", "image")
            page.link("Dataset", "More images of this pair", dataset_with=[first, second])


def _worst_pairs(choice: DatasetConfig, data: MultiLabelDataset, least: int) -> None:
    """List the rare labels that drag frequent ones along; a click on a row chooses the pair."""
    st.subheader("Pairs that undo resampling", anchor=False)
    found = worst_table(labels_cache.cooccurrence(choice, data), data, least=least)
    if not len(found):
        st.info("No rare label comes with a frequent one on as many images as asked for above.")
        return
    st.dataframe(
        tables.in_percent(found.assign(drag=found["drag"].round().astype(int)), "conditional"),
        key="labels_worst",
        hide_index=True,
        column_config=WORST_COLUMNS,
        column_order=list(WORST_COLUMNS),
        on_select=lambda: _pick_row(found),
        selection_mode="single-row",
        alt="Rare labels that bring frequent labels along, worst pair first",
    )
    st.caption(
        "Repeating the images of the rare label until it is as frequent as the largest one would bring so many more "
        "images of the frequent label. The smallest number of common images is set above. Click the box left of a row "
        "to see the pair."
    )


_COUNT = {"format": "localized"}
WORST_COLUMNS = {
    "rare": "Rare label",
    "frequent": "brings along",
    "drag": st.column_config.NumberColumn("Dragged along", help="Images of the frequent label", **_COUNT),
    "conditional": st.column_config.NumberColumn("P(frequent | rare)", format=tables.PERCENT_FORMAT),
    "both": st.column_config.NumberColumn("Images of both", **_COUNT),
    "rare_count": st.column_config.NumberColumn("of the rare", **_COUNT),
    "frequent_count": st.column_config.NumberColumn("of the frequent", **_COUNT),
    "lift": st.column_config.NumberColumn("Lift", format="%.2f"),
}


def _choose(first: str, second: str) -> None:
    state.seed_widget(FIRST, first)
    state.seed_widget(SECOND, second)


def _pick_cell(data: MultiLabelDataset) -> None:
    for row, column, *_ in state.clicked("labels_map"):
        if max(row, column) < data.n_labels:
            other = data.label_names[int(column)] if row != column else state.value_of(SECOND)
            _choose(data.label_names[int(row)], other)


def _pick_row(found: object) -> None:
    table = state.value_of("labels_worst") or {}
    for row in table.get("selection", {}).get("rows", []):
        _choose(found["rare"][row], found["frequent"][row])


def _pick_block(ordered: np.ndarray, order: np.ndarray, data: MultiLabelDataset) -> None:
    """Choose the strongest pair of a clicked block."""
    for top, left, bottom, right, *_ in (map(int, point) for point in state.clicked("labels_overview")):
        block = ordered[top - 1 : bottom, left - 1 : right].astype(np.float64)
        same = np.arange(top, top + block.shape[0])[:, None] == np.arange(left, left + block.shape[1])[None, :]
        block[same] = np.nan
        if np.isfinite(block).any():
            row, column = divmod(int(np.nanargmax(block)), block.shape[1])
            _choose(data.label_names[order[top - 1 + row]], data.label_names[order[left - 1 + column]])
