"""Dataset: choose a training set and its imbalance, compare what was asked with what came out, look at scenes."""

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import DATASETS, MultiLabelDataset
from dbl_core.viz import labels as figures
from pages.ui import cache, gallery, page, tables
from pages.ui.dataset_form import dataset_form
from pages.ui.text import literal

SPLITS = {"training": "Training set", "test": "Test set", "all": "Whole pool"}
SCENES = 12


def about(choice: DatasetConfig) -> None:
    """Say what the data set is."""
    with st.container(border=True):
        st.markdown(f"**{literal(choice.name)}**")
        st.markdown(literal(DATASETS[choice.name].description))
        st.caption(
            "The labels are real, the pictures are drawn: which labels meet, and how often, is VOC2012's. The test set "
            "is always the same 2,500 scenes, as uneven as the pool; training never sees them."
        )


def card(choice: DatasetConfig, dataset: MultiLabelDataset) -> None:
    """Show what the training set is, in numbers."""
    numbers = tables.facts(dataset)
    asked = None if choice.ratio is None else f"{choice.ratio:.4g} asked for"
    with st.container(horizontal=True, gap="medium"):
        for label, value, note in (
            ("Training scenes", f"{numbers['n_train']:,}", None),
            ("Test scenes", f"{numbers['n_test']:,}", None),
            ("Labels a scene", f"{numbers['cardinality']:.2f}", None),
            ("Imbalance ratio", f"{numbers['ratio']:.4g}", asked),
        ):
            st.metric(label, value, delta=note, delta_color="off", delta_arrow="off", width=130)


def counts(dataset: MultiLabelDataset) -> None:
    """Show asked against achieved counts as a chart, as notes and as a table to download."""
    table = tables.label_table(dataset)
    log = st.toggle("Logarithmic counts", key="dataset_log", bind="query-params")
    st.plotly_chart(
        figures.frequency(table, log=log, height=380),
        key="dataset_counts",
        alt="Training images per label, most frequent first, coloured by head, medium and tail",
    )
    asked = "; the grey lines are what was asked for" if dataset.asked is not None else ""
    st.caption(f"Each bar is the number of training scenes that show the label{asked}.")
    notes = tables.misses(dataset)
    if notes:
        reason = "Labels share scenes, so not every count can be met at once:\n"
        st.info(reason + "\n".join(f"- {literal(note)}" for note in notes), icon=":material/rule:")
    elif dataset.asked is not None:
        st.caption("Every label has what was asked for, within 1 %.")
    with st.expander("The same as a table, and downloads", icon=":material/table:"):
        shown = table.drop(columns="column")
        st.dataframe(shown, hide_index=True, alt="Counts per label", column_config=COLUMNS)
        with st.container(horizontal=True):
            csv = shown.to_csv(index=False)
            st.download_button("Counts (CSV)", csv, "counts.csv", "text/csv", icon=":material/download:")
            rows = tables.chosen_rows(dataset).to_csv(index=False)
            st.download_button(
                "Training scenes (CSV)", rows, "training_scenes.csv", "text/csv", icon=":material/download:"
            )


COLUMNS = {
    "label": "Label",
    "group": "Group",
    "count": st.column_config.NumberColumn("Training scenes", format="localized"),
    "share": st.column_config.NumberColumn("Share of scenes", format="percent"),
    "test": st.column_config.NumberColumn("Test scenes", format="localized"),
    "asked": st.column_config.NumberColumn("Asked for", format="localized"),
}


def scenes(choice: DatasetConfig, dataset: MultiLabelDataset) -> None:
    """Show a dozen scenes, all or those with the chosen labels."""
    st.header("Scenes", anchor=False)
    left, middle, right = st.columns([2, 3, 1], vertical_alignment="bottom")
    split = left.segmented_control(
        "From",
        list(SPLITS),
        format_func=SPLITS.get,
        default="training",
        required=True,
        key="dataset_from",
        bind="query-params",
    )
    wanted = middle.multiselect(
        "Showing all of these labels",
        sorted(dataset.label_names),
        key="dataset_with",
        bind="query-params",
        placeholder="any label",
    )
    with right:
        gallery.shuffle_button("dataset_shuffle")
    found = gallery.rows_with(dataset, gallery.rows_of(dataset, split), wanted)
    if not len(found):
        st.info("No scene here shows all of these labels together. Take one away, or look in the whole pool.")
        return
    gallery.show(choice, dataset, gallery.pick(found, SCENES, gallery.shuffle_number("dataset_shuffle")))
    st.caption(f"{min(SCENES, len(found))} of {len(found):,} scenes, 64 × 64 pixels, shown enlarged.")


with page.frame("Dataset", "Choose what the lab trains on, and how uneven it is.") as chosen:
    form, result = st.columns([1, 2], gap="large")
    with form:
        dataset_form(chosen)
        about(chosen)
    data = cache.dataset(chosen)
    with result:
        card(chosen, data)
        counts(data)
    with page.guard():
        scenes(chosen, data)
