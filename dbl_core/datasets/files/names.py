"""Names from a user's file: of labels, of rows, of images. They end in charts, file paths and error boxes.

A name is kept as it is, but for runs of white space, which become one space. Refused are names that are empty, longer
than ``MAX_NAME_CHARACTERS``, given twice, holding control or text-direction characters, or something that a browser
would take for an HTML tag (``age<50`` is a fine name, ``<b>cat`` is not).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from dbl_core.datasets.files.limits import (
    MAX_ID_CHARACTERS,
    MAX_LABELS,
    MAX_NAME_CHARACTERS,
    MAX_TEXT_BYTES,
    check_count,
    in_mib,
    shown,
)
from dbl_core.errors import DataError

Place = Callable[[int], str]
"""Says where the k-th name (from 0) stands in the file, such as "column 3"."""

_HTML = re.compile(r"<[A-Za-z/!?]|&#|&[A-Za-z]{2,8};")
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SUSPECT = re.compile(rf"{_HIDDEN.pattern}|[\n\r]|^[/\\~]|\.\.|^[A-Za-z]:")
"""Finds, in one go, all that has to be looked at more closely."""
_DRIVE = re.compile(r"^[A-Za-z]:")


def checked_label_names(path: Path, names: Iterable[object], place: Place) -> tuple[str, ...]:
    """The names of labels, checked and tidied.

    Raises:
        DataError: there is none, there are more than ``MAX_LABELS``, or one is not fit to be a name (see above).
    """
    tidy: list[str] = []
    first: dict[str, int] = {}
    for k, name in enumerate(names):
        check_count(path, "labels", k + 1, MAX_LABELS)
        tidy.append(checked_label_name(path, name, place(k)))
        if tidy[k] in first:
            other = place(first[tidy[k]])
            raise DataError(f"{path.name}: {place(k)} repeats the label name {shown(tidy[k])} of {other}: rename one.")
        first[tidy[k]] = k
    if not tidy:
        raise DataError(f"{path.name} has no labels: it needs at least one.")
    return tuple(tidy)


def checked_label_name(path: Path, name: object, place: str) -> str:
    """One label name, checked and tidied.

    Raises:
        DataError: it is not fit to be a name.
    """
    text = str(name)
    if len(text) > MAX_NAME_CHARACTERS:
        raise DataError(
            f"{path.name}: the label name in {place} has {len(text):,} characters, more than {MAX_NAME_CHARACTERS}: "
            "shorten it."
        )
    text = " ".join(text.split())
    if not text:
        raise DataError(f"{path.name}: the label name in {place} is empty: give every label a name.")
    if _HTML.search(text):
        raise DataError(f"{path.name}: the label name {shown(text)} in {place} looks like HTML: write plain text.")
    if _HIDDEN.search(text):
        raise DataError(f"{path.name}: the label name {shown(text)} in {place} holds control characters: remove them.")
    return text


def checked_ids(path: Path, ids: Sequence[object], place: Place) -> np.ndarray:
    r"""The ids of rows as an array of str; they are unique and stay inside any folder they are looked up in.

    Raises:
        DataError: an id is empty, too long, given twice, or has ``..``, a leading ``/`` or ``\`` or a drive in it.
    """
    texts = _checked_paths(path, ids, place, "id")
    if len(set(texts)) < len(texts):
        first: dict[str, int] = {}
        for k, text in enumerate(texts):
            if first.setdefault(text, k) != k:
                raise DataError(f"{path.name}: {place(k)} repeats the id {shown(text)} of {place(first[text])}.")
    return _text_array(path, texts, "ids")


def checked_image_names(path: Path, names: Sequence[object], place: Place) -> np.ndarray:
    """The file names of images as an array of str; relative, with ``/`` between folders.

    Raises:
        DataError: as for :func:`checked_ids`, but two rows may share an image.
    """
    return _text_array(path, _checked_paths(path, names, place, "image name"), "image names")


def numbered_ids(n_rows: int) -> np.ndarray:
    """Ids for rows of a file that has none: row-0000001 and so on."""
    return np.array([f"row-{row:07d}" for row in range(1, n_rows + 1)])


def _checked_paths(path: Path, values: Sequence[object], place: Place, what: str) -> list[str]:
    """Texts that may be used below a folder."""
    texts = [str(value).strip() for value in values]
    for k, text in enumerate(texts):
        if text and len(text) <= MAX_ID_CHARACTERS and not _SUSPECT.search(text):
            continue
        if not text:
            raise DataError(f"{path.name}: the {what} in {place(k)} is empty.")
        if len(text) > MAX_ID_CHARACTERS:
            raise DataError(
                f"{path.name}: the {what} in {place(k)} has {len(text):,} characters, more than {MAX_ID_CHARACTERS}."
            )
        if _HIDDEN.search(text) or "\n" in text or "\r" in text:
            raise DataError(f"{path.name}: the {what} {shown(text)} in {place(k)} holds control characters.")
        if text[0] in "/\\~" or ".." in re.split(r"[/\\]", text) or _DRIVE.match(text):
            raise DataError(
                f"{path.name}: the {what} {shown(text)} in {place(k)} leads out of its folder: use a relative name."
            )
    return texts


def _text_array(path: Path, texts: list[str], what: str) -> np.ndarray:
    """One array, unless a few long texts among millions of short ones would blow it up."""
    n_bytes = 4 * max(map(len, texts), default=1) * len(texts)
    if n_bytes > MAX_TEXT_BYTES:
        raise DataError(f"{path.name}: the {what} of all rows take {in_mib(n_bytes)}: shorten the longest ones.")
    return np.array(texts, dtype=str)
