"""The form that chooses the data set; the choice itself lives in the address (``state.py``)."""

from __future__ import annotations

import random

import streamlit as st

from dbl_core import hosting
from dbl_core.config import BY_RATIO, DatasetConfig
from dbl_core.datasets import DATASETS
from dbl_core.download import needs
from dbl_core.download.plan import PLANS
from dbl_core.longtail import PROFILES
from pages.ui import state

DATA_TITLES = {"picto-voc": "Drawn scenes", "voc": "VOC", "coco": "COCO", "file": "Your own"}
PRESET_TITLES = {"voc-mlt": "VOC-MLT", BY_RATIO: "By ratio", "all": "All"}
OFFICIAL_TITLES = {"voc": "VOC-MLT", "coco": "COCO-MLT"}
PRESET_IDEAS = {
    "picto-voc": {"voc-mlt": "The 1,142 label sets of the paper's training set: same counts, same co-occurrence."},
    "voc": {
        "official": "VOC-MLT: the paper's 1,142 images of VOC2012. Without its list of images the lab cuts a set with "
        "the same profile, and says so.",
        "all": "Every image of VOC2012 trainval, with the imbalance it has by itself.",
    },
    "coco": {
        "official": "COCO-MLT: the paper's 1,909 images of train2017. Without its list of images the lab cuts a set "
        "with the same profile, and says so.",
        "all": "Every image of train2017, with the imbalance it has by itself: 118,287 images, 19 GB if fetched.",
    },
    "file": {"all": "Every training row of your file, with the imbalance it has by itself."},
}
RATIOS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200)
LARGE_RATIOS = (*RATIOS, 300, 500, 1000)
KEYS = {key: f"form_{key}" for key in state.DATASET_KEYS}


def data_picker(choice: DatasetConfig) -> None:
    """Draw the choice among the data sets."""
    _widget("data", choice.name)
    st.segmented_control(
        "Data set",
        offered(choice.name),
        format_func=DATA_TITLES.get,
        required=True,
        key=KEYS["data"],
        on_change=_changed,
        args=("data",),
        disabled=state.locked("data"),
        width="stretch",
        wrap=True,
    )


def offered(chosen: str) -> list[str]:
    """Return the data sets to choose among.

    A public lab fetches nothing: it leaves out photographs that its host does not have, unless a link has named them.
    """
    left_out = {name for name in PLANS if name != chosen and not needs.is_complete(name)} if hosting.is_public() else ()
    return [name for name in DATA_TITLES if name not in left_out]


def dataset_form(choice: DatasetConfig) -> None:
    """Draw the form of the training set, showing the choice; a change goes to the address and the page runs again.

    The ratio is chosen on a scale of roughly equal steps of its logarithm; a ratio from the address that lies between
    two steps becomes a step of its own.
    """
    _widget("preset", choice.preset)
    st.segmented_control(
        "Training set",
        list(DATASETS[choice.name].presets),
        format_func={**PRESET_TITLES, "official": OFFICIAL_TITLES.get(choice.name)}.get,
        required=True,
        key=KEYS["preset"],
        on_change=_changed,
        args=("preset",),
        disabled=state.locked("preset"),
        width="stretch",
    )
    if choice.preset != BY_RATIO:
        st.caption(PRESET_IDEAS[choice.name][choice.preset])
        return
    _ratio_and_profile(choice)
    _size_and_seed(choice)


def _ratio_and_profile(choice: DatasetConfig) -> None:
    ratio = int(choice.ratio) if float(choice.ratio).is_integer() else choice.ratio
    _widget("ratio", ratio)
    st.select_slider(
        "Imbalance ratio, largest over smallest class",
        sorted({*(RATIOS if choice.name == "picto-voc" else LARGE_RATIOS), ratio}),
        key=KEYS["ratio"],
        on_change=_changed,
        args=("ratio",),
        disabled=state.locked("ratio"),
        help="1 asks for equally many images of every label; VOC-MLT has 194, COCO-MLT 188.",
    )
    _widget("profile", choice.profile)
    st.selectbox(
        "Shape between the two ends",
        list(PROFILES),
        format_func=lambda name: PROFILES[name].title,
        key=KEYS["profile"],
        on_change=_changed,
        args=("profile",),
        disabled=state.locked("profile"),
    )
    st.caption(PROFILES[choice.profile].idea)


def _size_and_seed(choice: DatasetConfig) -> None:
    _widget("max_count", choice.max_count)
    st.number_input(
        "Images of the largest class",
        *state.count_range(choice.name),
        value=None,
        step=50,
        placeholder="automatic",
        key=KEYS["max_count"],
        on_change=_changed,
        args=("max_count",),
        disabled=state.locked("max_count"),
        help="Empty: as many as leave every label a choice of images.",
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    _widget("seed", choice.seed)
    left.number_input(
        "Seed",
        *state.SEED_RANGE,
        key=KEYS["seed"],
        on_change=_changed,
        args=("seed",),
        disabled=state.locked("seed"),
        help="Chooses among images that serve equally well; the same seed gives the same set everywhere.",
    )
    right.button(
        "Another", icon=":material/casino:", on_click=_another_seed, width="stretch", disabled=state.locked("seed")
    )


def _widget(key: str, value: object) -> None:
    state.seed_widget(KEYS[key], value)


def _changed(key: str) -> None:
    """Write what the widget of this key now holds into the choice; a new preset starts from its defaults."""
    state.choose_dataset(**{key: state.value_of(KEYS[key])})


def _another_seed() -> None:
    state.choose_dataset(seed=random.randint(*state.SEED_RANGE))
