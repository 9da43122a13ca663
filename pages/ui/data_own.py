"""Data of the user's own: upload a label file, choose one that is there, delete one."""

from __future__ import annotations

import time

import streamlit as st

from dbl_core import hosting
from dbl_core.config import DatasetConfig
from dbl_core.datasets import own_files, uploads
from dbl_core.datasets.files import FORMATS, MAX_UPLOAD_BYTES
from dbl_core.datasets.files.limits import MIB, in_mib
from dbl_core.errors import DblError
from dbl_core.runs import paths, visitor_room
from pages.ui import state
from pages.ui.text import literal

TYPES = ["csv", "tsv", "txt", "gz", "parquet", "npz", "arff", "xml", "json"]
NO_IMAGES = "no images"
EXAMPLE = "id,split,cat,dog,person\nphoto-1.jpg,train,1,0,1\nphoto-2.jpg,train,0,1,0\nphoto-3.jpg,test,1,0,0\n"


def own_panel(choice: DatasetConfig) -> None:
    """Choose among the files that are there, or bring one."""
    files = {file.name: file for file in own_files.list_files()}
    current = own_files.name_of(choice.path)
    if files:
        _file_picker(files, current)
    if current in files and not files[current].is_folder:
        _image_picker(choice)
    if current in files:
        _file_line(files[current])
    _uploader()
    if current:
        with st.expander("What a file may look like", icon=":material/help:"):
            formats()


def formats() -> None:
    """Say what a label file may look like, and where larger data go."""
    st.markdown("\n".join(f"- {literal(sentence)}" for sentence in FORMATS.values()))
    st.code(EXAMPLE, "csv")
    st.caption(
        "A column split (train, val, test) is kept; without one, 30 % of the rows are for testing. An ARFF file is "
        f"uploaded together with its XML, NAME_labels.npz with NAME_features.npz. {_larger()}"
    )


def _larger() -> str:
    if hosting.is_public():
        limits = hosting.LIMITS
        return (
            f"At most {in_mib(limits.upload_bytes)}, {limits.rows:,} rows and {limits.labels:,} labels here; your file "
            "is for this browser only and is deleted soon after your visit. Larger ones need a lab of your own."
        )
    return (
        "Larger files, and folders in the layout of VOC or COCO with their images, go into "
        f"{literal(own_files.data_dir())} on the machine that runs the lab; then they are listed here."
    )


def _file_picker(files: dict[str, own_files.OwnFile], current: str) -> None:
    names = list(files)
    if current not in files:
        current = None
    state.seed_widget("form_file", current)
    st.selectbox(
        "File",
        names,
        index=None,
        placeholder="Choose a file",
        key="form_file",
        on_change=_changed,
        args=("file",),
        disabled=state.locked("file"),
    )


def _image_picker(choice: DatasetConfig) -> None:
    """Offer the folders that may hold the images of the rows; nothing where there is none."""
    folders = own_files.list_folders()
    if not folders:
        return
    chosen = own_files.name_of(choice.images)
    state.seed_widget("form_images", chosen if chosen in folders else NO_IMAGES)
    st.selectbox(
        "Folder of its images",
        [NO_IMAGES, *folders],
        key="form_images",
        on_change=_changed,
        args=("images",),
        disabled=state.locked("images"),
        help="Folders of the data folder. A column 'image' or the id names the file of a row.",
    )


def _changed(key: str) -> None:
    value = state.value_of(f"form_{key}")
    changes = {key: None if value == NO_IMAGES else value}
    if key == "file":  # images and sizes belong to the file that was left
        changes |= {"images": None, "max_count": None}
    state.choose_dataset(**changes)


def _file_line(file: own_files.OwnFile) -> None:
    """Say what the chosen file is, and offer to delete an upload."""
    day = time.strftime("%d %b %Y, %H:%M", time.localtime(file.modified))
    what = "Folder in the data folder" if file.is_folder else f"{_size(file.size)}, "
    what += f", {day}" if file.is_folder else f"{'uploaded' if file.uploaded else 'in the data folder since'} {day}"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(literal(what), width="content")
        if file.uploaded:
            with st.popover("Delete", icon=":material/delete:", type="tertiary"):
                st.markdown(f"Delete **{literal(file.name)}**? Runs that used it keep their results.")
                st.button("Delete it", key="dataset_delete", on_click=_delete, args=(file.name,))


def _size(n_bytes: int) -> str:
    return in_mib(n_bytes) if n_bytes >= MIB else f"{max(n_bytes // 1024, 1):,} kB"


def _delete(name: str) -> None:
    try:
        uploads.delete_upload(name)
    except (ValueError, DblError) as error:
        state.keep("dataset_refused", ("delete", str(error)))
        return
    state.choose_dataset(file=None, images=None, preset=None, ratio=None)


def _uploader() -> None:
    """Take a file; one that cannot be read is refused in a sentence and nothing of it is kept."""
    number = state.value_of("dataset_uploads", 0)
    given = st.file_uploader(
        "Upload labels",
        TYPES,
        accept_multiple_files=True,
        key=f"dataset_upload_{number}",
        max_upload_size=hosting.bounded(MAX_UPLOAD_BYTES, hosting.LIMITS.upload_bytes) // MIB,
        help="CSV, TSV, Parquet, NPZ, ARFF with its XML, COCO JSON, or a JSON of class counts.",
    )
    refused_files, sentence = state.value_of("dataset_refused", (None, ""))
    ids = tuple(file.file_id for file in given)
    if given and ids != refused_files:
        before = refused_files if isinstance(refused_files, tuple) else ()
        added = [file for file in given if file.file_id not in before]  # those refused before still lie in the box
        sentence = _take(given, ids, number)
        if sentence and len(added) in range(1, len(given)):
            sentence = _take(added, ids, number)
    if sentence and (given or refused_files == "delete"):
        st.error(literal(sentence), icon=":material/error:")


def _take(given: list, ids: tuple[str, ...], number: int) -> str:
    """Keep the files and open them; the sentence why not where they are refused."""
    try:
        with st.spinner("Reading the file"):
            visitor_room.check_room(paths.DEFAULT_RUNS_DIR, sum(file.size for file in given))
            name = uploads.save_upload([(file.name, file.getbuffer()) for file in given])
    except (ValueError, DblError) as error:
        state.keep("dataset_refused", (ids, str(error)))
        return str(error)
    state.keep("dataset_refused", (None, ""))
    state.keep("dataset_uploads", number + 1)  # an empty uploader for the next file
    state.choose_dataset(data="file", file=name, images=None, preset=None, ratio=None)
    st.rerun()
    return ""
