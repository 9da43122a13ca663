"""Dataset: choose a training set and its imbalance, compare what was asked with what came out, look at images."""

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset, own_files
from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.download import needs
from dbl_core.download.plan import PLANS
from pages.ui import cache, data_card, gallery, page, tables
from pages.ui.data_download import download_panel, image_panel
from pages.ui.data_own import formats, own_panel
from pages.ui.dataset_form import data_picker, dataset_form

SPLITS = {"training": "Training set", "test": "Test set", "all": "Whole pool"}
SHOWN = 12


def no_images(dataset: MultiLabelDataset | ClassCounts) -> str:
    """Say why there is nothing to look at."""
    if not dataset.has_rows:
        return "This file holds class counts alone: without labelled rows there are no images to choose or to show."
    has = "labels and features" if dataset.features is not None else "labels only"
    return (
        f"There are no pictures to show: this file holds {has}. Put a folder of images into the data folder to "
        "choose it beside the file."
    )


def images(choice: DatasetConfig, dataset: MultiLabelDataset | ClassCounts) -> None:
    """Show a dozen images, all or those with the chosen labels."""
    noun = tables.noun(dataset)
    st.header("Images", anchor=False)
    if not dataset.has_images:
        st.info(no_images(dataset), icon=":material/hide_image:")
        return
    left, middle, right = st.columns([3, 3, 2], vertical_alignment="bottom")
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
        gallery.shuffle_button("dataset_shuffle", noun)
    found = gallery.rows_with(dataset, gallery.rows_of(dataset, split), wanted)
    if not len(found):
        st.info(f"No {noun} here shows all of these labels together. Take one away, or look in the whole pool.")
        return
    gallery.show(choice, dataset, gallery.pick(found, SHOWN, gallery.shuffle_number("dataset_shuffle")))
    size = ", 64 × 64 pixels, shown enlarged" if dataset.name == "picto-voc" else ", brought to a square as in training"
    st.caption(f"{min(SHOWN, len(found))} of {len(found):,} {noun}s{size}.")


def result(choice: DatasetConfig) -> MultiLabelDataset | ClassCounts | None:
    """Show what the choice gives, or what it lacks; return the data set where there is one."""
    if choice.name in PLANS and not needs.is_complete(choice.name):
        download_panel(choice)
        return None
    if choice.name == "file" and not own_files.name_of(choice.path):
        st.info("Upload a file of labels, or choose one that is here already.", icon=":material/upload_file:")
        formats()
        return None
    data = cache.dataset(choice)
    data_card.card(choice, data)
    if choice.name in PLANS:
        image_panel(choice, data)
    data_card.counts(choice, data)
    return data


with page.frame("Dataset", "Choose what the lab trains on, and how uneven it is.") as chosen:
    data_picker(chosen)
    form, outcome = st.columns([1, 2], gap="large")
    with form, page.guard():
        if chosen.name == "file":
            own_panel(chosen)
        else:
            dataset_form(chosen)
    opened = None
    with outcome, page.guard():
        opened = result(chosen)
    with form, page.guard():
        if chosen.name == "file" and own_files.name_of(chosen.path) and (opened is None or opened.has_rows):
            dataset_form(chosen)  # not for class counts, which have no subsets
        data_card.about(chosen)
    if opened is not None:
        with page.guard():
            images(chosen, opened)
