"""Label files that the pages may open: what was uploaded, and what somebody put into the data folder.

    data/uploads/NAME            uploaded through the app; a file that belongs to it (XML, features) lies beside it
    data/sets/NAME               a label file, or a folder in the layout of VOC or COCO, put there by hand

``DBL_DATA_DIR`` moves both: what was put there lies directly in it, uploads in its folder ``uploads``. From outside,
from an address say, such a file is named by its name alone; nothing outside the two folders is ever opened.

In a public lab each visitor has a folder of uploads, ``data/uploads/VISITOR``, and nothing else is opened.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dbl_core import hosting
from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.files.limits import shown
from dbl_core.datasets.files.registry import SUFFIXES
from dbl_core.datasets.published import default_root
from dbl_core.packaged import DATA_DIR

NOT_LISTED = frozenset({"voc", "coco", "uploads"})
FEATURES = re.compile(r"(.+)_features(_csr)?\.npz")
"""Files of features, which are read with the file of labels they belong to."""
_MOST_LISTED = 500


@dataclass(frozen=True)
class OwnFile:
    """A label file or folder that the pages may open.

    Attributes:
        name: its name inside its folder; what an address holds.
        path: where it lies.
        size: bytes; 0 for a folder.
        modified: seconds since the epoch.
        uploaded: whether it came through the app, so that the app may delete it.
        is_folder: whether it is a folder in the layout of VOC or COCO.
    """

    name: str
    path: Path
    size: int
    modified: float
    uploaded: bool
    is_folder: bool


def data_dir() -> Path:
    """The folder for what is put in place by hand."""
    return default_root("voc").parent


def uploads_dir() -> Path:
    """The folder of uploads; in a public lab that of the visitor this thread works for.

    Raises:
        DataError: The lab is public, and this thread works for no visitor.
    """
    return all_uploads_dir() / hosting.visitor_folder() if hosting.is_public() else all_uploads_dir()


def all_uploads_dir() -> Path:
    """The folder of uploads, in a public lab that of the folders of all visitors."""
    return data_dir() / "uploads" if os.environ.get("DBL_DATA_DIR") else DATA_DIR / "uploads"


def folders() -> tuple[Path, ...]:
    """The folders whose files may be opened: the uploads, and in a local lab the data folder."""
    return (uploads_dir(),) if hosting.is_public() else (uploads_dir(), data_dir())


def resolve(name: str) -> Path:
    """The path a name from outside stands for.

    Returns:
        Where the file lies; where it would lie among the uploads if there is none of that name.

    Raises:
        ValueError: it is no name of a file directly inside one of the folders: a path, hidden, or a link out.
    """
    if not isinstance(name, str) or not name or len(name) > 255 or name.startswith(".") or _has_signs(name):
        raise ValueError(f"{shown(name)} is not the name of a file of yours; choose one of the list")
    places = [folder / name for folder in folders()]
    for path in places:
        if os.path.lexists(path):
            if not is_own(path):
                raise ValueError(f"{shown(name)} leads out of the data folder; choose one of the list")
            return path
    return places[0]


def is_own(path: Path | str) -> bool:
    """Whether a path is directly inside one of the folders, also after its links are followed."""
    path = Path(path)
    for folder in folders():
        if path.parent == folder and path.name not in NOT_LISTED and not path.name.startswith("."):
            with suppress(OSError, RuntimeError):
                return path.resolve().parent == folder.resolve()
    return False


def name_of(path: Path | str | None) -> str:
    """The name that :func:`resolve` turns into this path; empty where there is none."""
    return Path(path).name if path is not None and is_own(path) else ""


def list_files() -> tuple[OwnFile, ...]:
    """What may be opened, the newest upload first, then what lies in the data folder by name."""
    uploads = [file for file in _entries(uploads_dir(), uploaded=True) if not file.is_folder]
    there = () if hosting.is_public() else _entries(data_dir(), uploaded=False)
    placed = [file for file in there if file.path.is_file() or _is_layout(file.path)]
    taken = {file.name for file in uploads}
    uploads.sort(key=lambda file: (-file.modified, file.name))
    placed.sort(key=lambda file: file.name.lower())
    return (*uploads, *(file for file in placed if file.name not in taken))


def list_folders() -> tuple[str, ...]:
    """Names of the folders of the data folder that may hold images; none in a public lab."""
    if hosting.is_public():
        return ()
    return tuple(sorted(file.name for file in _entries(data_dir(), uploaded=False) if file.is_folder))


def stamp(path: Path | str) -> str:
    """Changes with sizes and times of a file and what belongs to it, or of a folder and its parts."""
    path = Path(path)
    parts = [path, *companions(path)]
    with suppress(OSError):
        if path.is_dir():
            inside = [entry for entry in path.iterdir() if entry.is_dir()][:_MOST_LISTED]
            parts += [*inside, *(path / "annotations").glob("*.json"), *(path / "ImageSets" / "Main").glob("*.txt")]
    return ";".join(sorted(filter(None, map(_stamp_of, parts))))


def own_subset(
    whole: MultiLabelDataset, *, ratio: float, profile: str = "pareto", max_count: int | None = None, seed: int = 0
) -> MultiLabelDataset:
    """The data set that ``load_own`` gives for a ratio, from the one it gives without; the file is not read again.

    Raises:
        ValueError: the rows cannot give such a training set.
    """
    from dbl_core.longtail import longtail_subset

    subset = longtail_subset(
        whole.labels[whole.train_rows],
        ratio=ratio,
        profile=profile,
        max_count=max_count,
        seed=seed,
        label_names=whole.label_names,
    )
    rows, asked = np.sort(whole.train_rows[subset.rows]), subset.asked.astype(np.int64)
    for array in (rows, asked):
        array.setflags(write=False)
    return replace(whole, train_rows=rows, asked=asked, notes=(*whole.notes, *subset.notes))


def companions(path: Path) -> list[Path]:
    """Where the files lie that the reader of a label file takes in with it, whether they are there or not."""
    if path.suffix == ".npz" and path.stem.endswith("_labels"):
        stem = path.stem.removesuffix("_labels")
        return [path.with_name(f"{stem}_features{kind}.npz") for kind in ("", "_csr")]
    stem = path.name.removesuffix(".gz")
    return [path.with_name(f"{stem.removesuffix('.arff')}.xml")] if stem.endswith(".arff") else []


def _has_signs(name: str) -> bool:
    return any(sign in "/\\" or ord(sign) < 32 or ord(sign) == 127 for sign in name)


def _entries(folder: Path, *, uploaded: bool) -> Iterator[OwnFile]:
    """Files with the ending of a label file, and folders."""
    try:
        found = sorted(folder.iterdir())[: 4 * _MOST_LISTED]
    except OSError:
        return
    listed = [path for path in found if is_own(path) and (path.is_dir() or _is_label_file(path, uploaded=uploaded))]
    for path in listed[:_MOST_LISTED]:
        with suppress(OSError):
            known = path.stat()
            folder_too = path.is_dir()
            if folder_too or known.st_size:
                yield OwnFile(path.name, path, 0 if folder_too else known.st_size, known.st_mtime, uploaded, folder_too)


def _is_label_file(path: Path, *, uploaded: bool) -> bool:
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    known = ending != ".xml" if uploaded else ending in SUFFIXES
    return path.is_file() and known and not FEATURES.fullmatch(path.name)


def _is_layout(path: Path) -> bool:
    """Whether a folder looks like one of VOC's or COCO's."""
    return (path / "Annotations").is_dir() or any((path / "annotations").glob("*.json"))


def _stamp_of(path: Path) -> str:
    with suppress(OSError):
        known = path.stat()
        return f"{path.name}:{known.st_size}:{known.st_mtime_ns}"
    return ""
