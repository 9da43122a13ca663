"""Keep label files that come through the app, whole and readable, or not at all."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dbl_core import hosting
from dbl_core.datasets.files.limits import MAX_UPLOAD_BYTES, in_mib, shown
from dbl_core.datasets.own import open_own
from dbl_core.datasets.own_files import FEATURES, NOT_LISTED, companions, folders, resolve, uploads_dir
from dbl_core.errors import DataError

MAX_UPLOADS = 200
MAX_UPLOADED_BYTES = 2 << 30
"""Most files, and most bytes, that uploads may take together."""


def save_upload(parts: Sequence[tuple[str, bytes | memoryview]]) -> str:
    """Keep an uploaded label file, with the file that belongs to it; whole and readable, or not at all.

    Args:
        parts: (name as the browser gives it, content): one label file, and with it the XML of an ARFF file or the
            features of an NPZ file of labels.

    Returns:
        The name it is kept under: its own made safe, with a number where that is taken.

    Raises:
        DataError: too large, not readable as labels or class counts (file, row and column are named), or it cannot be
            written.
    """
    named = [(safe_name(name), content) for name, content in parts]
    main = _main_of([name for name, _ in named])
    total = sum(len(content) for _, content in named)
    most = hosting.bounded(MAX_UPLOAD_BYTES, hosting.LIMITS.upload_bytes)
    if total > most:
        larger = (
            "open larger files in a lab of your own" if hosting.is_public() else "put larger files into the data folder"
        )
        raise DataError(f"{main} has {in_mib(total)}, an upload may have {in_mib(most)}: {larger}.")
    folder = uploads_dir()
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_quota(total)
        incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=folder))
    try:
        with _written(folder):
            for name, content in named:
                (incoming / name).write_bytes(content)
        _check(incoming / main)
        with _written(folder):
            return _move(incoming, [name for name, _ in named], main)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def delete_upload(name: str) -> None:
    """Remove an uploaded file and what belongs to it; nothing happens where it is gone already.

    Raises:
        ValueError: it is no upload.
        DataError: it cannot be removed.
    """
    path = resolve(name)
    if path.parent != uploads_dir() or path.is_dir():
        raise ValueError(f"{shown(name)} was not uploaded; remove it from the data folder by hand")
    with _written(path):
        for file in (path, *companions(path)):
            file.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """A file name without anything that a file system, an address or a page could take for something else."""
    name = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rpartition("/")[2]
    name = re.sub(r"[^\w.\- ]+", "_", name).strip(" .")
    stem, ending = _halves(name)
    return f"{stem.strip(' .')[:48] or 'labels'}{ending[:12]}"


def _halves(name: str) -> tuple[str, str]:
    """A name without its ending, and the ending: ".csv", ".csv.gz"."""
    packed = ".gz" if name.endswith(".gz") else ""
    bare = Path(name.removesuffix(".gz"))
    return bare.stem, bare.suffix + packed


def _main_of(names: list[str]) -> str:
    """The label file among uploaded files.

    Raises:
        DataError: there is none, or more than one.
    """
    labels = [name for name in names if not name.endswith(".xml") and not FEATURES.fullmatch(name)]
    if len(labels) != 1 or len(set(names)) != len(names):
        raise DataError(
            f"{len(labels)} label files came at once: upload one, and with it the XML of an ARFF file or the "
            "NAME_features.npz of a NAME_labels.npz file."
        )
    beside = {path.name for path in companions(Path(labels[0]))}
    foreign = sorted(set(names) - {labels[0]} - beside)
    if foreign:
        raise DataError(f"{foreign[0]} does not belong to {labels[0]}: name both alike, or upload one by one.")
    return labels[0]


def _check(path: Path) -> None:
    """Refuse what the pages could not open later."""
    open_own(path=path)


def _check_quota(total: int) -> None:
    sizes = [path.stat().st_size for path in uploads_dir().iterdir() if path.is_file()]
    most_files = hosting.bounded(MAX_UPLOADS, hosting.LIMITS.uploads)
    most_bytes = hosting.bounded(MAX_UPLOADED_BYTES, hosting.LIMITS.uploaded_bytes)
    if len(sizes) >= most_files or sum(sizes) + total > most_bytes:
        raise DataError(
            f"{len(sizes):,} uploads of {in_mib(sum(sizes))} are kept already: delete some of them before the next."
        )


def _move(incoming: Path, names: list[str], main: str) -> str:
    """Give the files their names among the uploads; no other file is replaced."""
    stem, ending = _halves(main)
    number, kept = 1, main
    while not _reserve(kept):
        number += 1
        base, labels = (stem.removesuffix("_labels"), "_labels") if stem.endswith("_labels") else (stem, "")
        kept = f"{base}-{number}{labels}{ending}"
    target = uploads_dir() / kept
    pairs = dict(zip(companions(incoming / main), companions(target), strict=True))
    for name in names:
        if name != main:
            (incoming / name).replace(pairs[incoming / name])
    (incoming / main).replace(target)
    return kept


def _reserve(name: str) -> bool:
    """Take a name that none of the folders has."""
    if any(os.path.lexists(folder / name) for folder in folders()) or name in NOT_LISTED:
        return False
    if any(path.exists() for path in companions(uploads_dir() / name)):
        return False
    try:
        (uploads_dir() / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{hosting.said(path)} cannot be written ({error.strerror or error}): check space and rights."
        ) from error
