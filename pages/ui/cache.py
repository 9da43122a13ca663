"""The chosen data set, which several pages need and is worth keeping, keyed by the few small values of the choice.

Never pass arrays to a cached function: Streamlit hashes big ones by samples of them, so a changed cell can bring back
an old result. What is read from files is keyed by their sizes and times as well.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dbl_core import hosting
from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset, load_dataset, own_files
from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.datasets.own import open_own
from dbl_core.datasets.published import default_root
from dbl_core.download import needs
from dbl_core.errors import DataError
from dbl_core.runs import visitors
from pages.ui.dataset_address import DATA_TITLES

READ = {"ttl": 3600, "show_spinner": "Reading the labels"}
KEPT_FILES = 2
"""Files of the user's own that are kept in memory; each may hold half a gigabyte of features."""


def dataset(choice: DatasetConfig) -> MultiLabelDataset | ClassCounts:
    """Return the chosen data set: one shared object whose arrays are read-only.

    Only a file of class counts gives ``ClassCounts``; what reads rows asks ``has_rows`` first.

    Raises:
        ValueError: the pool cannot give such a training set, for example a largest class above what it holds.
        DataError: a file is missing, damaged, or outside the folders that the pages may read.
    """
    return _dataset(*key_of(choice))


def key_of(choice: DatasetConfig) -> tuple[str, str]:
    """The choice, and what tells the state of its files: equal as long as the data set is.

    Raises:
        DataError: it names a file that is not there or that the pages may not read.
    """
    text = choice.model_dump_json(exclude_none=True)
    if choice.name == "picto-voc":
        return text, ""
    if choice.name == "file":
        _check_own(choice)
        return text, own_files.stamp(choice.path) + own_files.stamp(choice.images or "")
    if choice.root is not None or choice.split_file is not None:
        raise DataError("The pages open VOC and COCO from the data folder only, this choice names another place.")
    if not needs.is_complete(choice.name):
        title = DATA_TITLES[choice.name]
        if hosting.is_public():
            raise DataError(f"The photographs of {title} are not part of a public lab; {visitors.AT_HOME}.")
        raise DataError(f"{title} is not on this machine yet: open the page Dataset to download it.")
    root = default_root(choice.name)
    parts = (root, root / "VOCdevkit", root / "VOCdevkit" / "VOC2012")
    return text, "".join(map(own_files.stamp, parts))


def _check_own(choice: DatasetConfig) -> None:
    path = Path(choice.path)
    if path == own_files.uploads_dir():
        raise DataError("No file is chosen yet: open the page Dataset and upload one, or choose one of the list.")
    for place in (path, None if choice.images is None else Path(choice.images)):
        if place is not None and not own_files.is_own(place):
            raise DataError(f"{place.name} is not in the data folder: upload it on the page Dataset to open it here.")
        if place is not None and not place.exists():
            raise DataError(f"{place.name} is gone from the data folder: upload it again, or choose another one.")


def _dataset(choice: str, stamp: str) -> MultiLabelDataset | ClassCounts:
    config = DatasetConfig.model_validate_json(choice)
    return _own(choice, stamp) if config.name == "file" else _published(choice, stamp)


@st.cache_resource(max_entries=8, **READ)
def _published(choice: str, stamp: str) -> MultiLabelDataset:
    config = DatasetConfig.model_validate_json(choice)
    return load_dataset(config.name, **config.options)


def _own(choice: str, stamp: str) -> MultiLabelDataset | ClassCounts:
    """A file is read once; the subsets cut from it share its arrays."""
    config = DatasetConfig.model_validate_json(choice)
    if config.ratio is None:
        return _file(config.path, config.images, config.side, stamp)
    return _own_subset(choice, stamp)


@st.cache_resource(max_entries=KEPT_FILES, **READ)
def _file(path: str, images: str | None, side: int | None, stamp: str) -> MultiLabelDataset | ClassCounts:
    options = {"images": images, "side": side}
    return open_own(path=path, **{key: value for key, value in options.items() if value is not None})


@st.cache_resource(max_entries=KEPT_FILES, ttl=3600, show_spinner="Choosing training rows")
def _own_subset(choice: str, stamp: str) -> MultiLabelDataset:
    config = DatasetConfig.model_validate_json(choice)
    whole = _file(config.path, config.images, config.side, stamp)
    if not whole.has_rows:
        return open_own(**config.options)  # which says why counts have no subset
    return own_files.own_subset(
        whole,
        ratio=config.ratio,
        profile=config.profile,
        max_count=config.max_count,
        seed=config.seed,
    )
