"""What the chosen data set is, in words and numbers, and what its training set could not meet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import DATASETS, MultiLabelDataset
from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.viz import labels as figures
from pages.ui import cache, glossary, tables
from pages.ui.labels_convention import convention
from pages.ui.show_figure import show_figure
from pages.ui.text import four_digits, literal

OWN_TERMS = (
    "Your file stays on the machine that runs the lab. Labels alone open Dataset, Labels and Loss Lab; "
    "features add training of the head, a folder of images adds everything. Class counts give frequencies and loss "
    "curves."
)
SHOWN_NOTES = 5


def about(choice: DatasetConfig) -> None:
    """Say what the data set is and on which terms it comes."""
    with st.container(border=True):
        st.markdown(f"**{DATASETS[choice.name].title}**")
        st.markdown(literal(DATASETS[choice.name].description))
        st.caption(DATASETS[choice.name].terms or OWN_TERMS)


def card(choice: DatasetConfig, dataset: MultiLabelDataset | ClassCounts) -> None:
    """Show what the training set is, in numbers."""
    numbers = tables.facts(dataset)
    noun = tables.noun(dataset)
    asked = None if choice.ratio is None else f"{choice.ratio:.4g} asked for"
    absent = f"{numbers['n_absent']:,} absent" if numbers["n_absent"] else None
    test = [(f"Test {noun}s", f"{numbers['n_test']:,}", None, None)] if dataset.has_rows else []
    with st.container(horizontal=True, gap="small"):
        for label, value, note, term in (
            (f"Training {noun}s", f"{numbers['n_train']:,}", None, None),
            *test,
            ("Labels", f"{numbers['n_labels']:,}", absent, None),
            (f"Labels per {noun}", f"{numbers['cardinality']:.2f}", None, "cardinality"),
            ("Imbalance ratio", four_digits(numbers["ratio"]), asked, "imbalance ratio"),
        ):
            told = glossary.tip(term) if term else None
            st.metric(label, value, delta=note, delta_color="off", delta_arrow="off", width="content", help=told)


def counts(choice: DatasetConfig, dataset: MultiLabelDataset | ClassCounts) -> None:
    """Show asked against achieved counts as a chart, as notes and as a table to download."""
    borders = convention()
    table = tables.label_table(dataset, borders.name)
    noun = tables.noun(dataset)
    log = st.toggle("Logarithmic counts", key="dataset_log", bind="query-params")
    show_figure(
        figures.frequency(table, log=log, convention=borders, height=380),
        key="dataset_counts",
        alt="Training images per label, most frequent first, coloured by head, medium and tail",
        numbers=False,
    )
    _notes(choice, dataset)
    with st.expander("The same as a table, and downloads", icon=":material/table:"):
        shown = table.drop(columns="column")
        columns = _columns(noun)
        st.dataframe(tables.in_percent(shown, "share"), hide_index=True, alt="Counts per label", column_config=columns)
        with st.container(horizontal=True):
            csv = shown.to_csv(index=False)
            st.download_button("Counts (CSV)", csv, "counts.csv", "text/csv", icon=":material/download:")
            if dataset.has_rows:
                st.download_button(
                    f"Training {noun}s (CSV)",
                    partial(_rows_csv, dataset),
                    f"training_{noun}s.csv",
                    "text/csv",
                    icon=":material/download:",
                )


def _notes(choice: DatasetConfig, dataset: MultiLabelDataset | ClassCounts) -> None:
    """Say what the choice of training rows could not meet, then what the reader of a file noticed."""
    about_file: tuple[str, ...] = ()
    if choice.name == "file":
        whole = {"name": "file", "path": choice.path, "images": choice.images, "side": choice.side}
        about_file = cache.dataset(DatasetConfig.model_validate(whole)).notes
    known = set(about_file)
    missed = [note for note in dataset.notes if note not in known]
    if missed:
        many = "Labels come together, so not every count can be met at once:" if dataset.asked is not None else ""
        _list(many, missed)
    elif dataset.asked is not None:
        st.caption("Every label has what was asked for (grey lines), within 1 %.")
    if about_file:
        _list("About the file:", about_file)


def _list(heading: str, notes: Sequence[str]) -> None:
    """Show the first of some sentences in a box, the others on request."""
    lines = [f"- {literal(note)}" for note in notes]
    st.info("\n".join([heading, *lines[:SHOWN_NOTES]]).strip(), icon=":material/rule:")
    if lines[SHOWN_NOTES:]:
        with st.expander(f"{len(lines) - SHOWN_NOTES} more"):
            st.markdown("\n".join(lines[SHOWN_NOTES:]))


def _rows_csv(dataset: MultiLabelDataset) -> str:
    return tables.chosen_rows(dataset).to_csv(index=False)


def _columns(noun: str) -> dict[str, object]:
    return {
        "label": "Label",
        "group": "Group",
        "count": st.column_config.NumberColumn(f"Training {noun}s", format="localized"),
        "share": st.column_config.NumberColumn(f"Share of {noun}s", format=tables.PERCENT_FORMAT),
        "test": st.column_config.NumberColumn(f"Test {noun}s", format="localized"),
        "asked": st.column_config.NumberColumn("Asked for", format="localized"),
    }
