"""Finds the image of every row of a user's table: a folder, and a file name below it a row."""

import os
from pathlib import Path

from dbl_core.datasets.files.table import LabelTable
from dbl_core.datasets.files.voc import IMAGE_FOLDER
from dbl_core.datasets.image_files import IMAGE_SUFFIXES, ImageFolder
from dbl_core.errors import DataError

_MAX_LISTED = 3_000_000
_COCO_DIGITS = 12


def find_images(
    path: Path, table: LabelTable, images: str | Path | None, side: int
) -> tuple[ImageFolder | None, tuple[str, ...], tuple[str, ...]]:
    """The image source of a table, what identifies its files, and notes.

    With a folder every row needs its image. Without one the folders that belong to VOC's and COCO's layouts are looked
    at, and a note says so where they are not complete.

    Args:
        path: where the table is from.
        table: ids, and image names where it has any; else a file called as the id is looked for, with or without an
            ending, or as COCO writes ids (twelve digits).
        images: the folder, or None.
        side: pixels per side of the images.

    Returns:
        The source or None; name, size and time of every file; sentences.

    Raises:
        DataError: the folder is not there, or an image is missing in it.
    """
    root = _usual_folder(path) if images is None else Path(images)
    if root is None:
        return None, (), ()
    if not root.is_dir():
        if images is None:
            return None, (), ()
        raise DataError(f"{root} is not a folder: give the folder of the images, or leave it out.")
    names = _names(table, root)
    stamps, missing = _stamps(root, names)
    if not missing:
        return ImageFolder(root=str(root.resolve()), names=tuple(names), side=side), tuple(stamps), ()
    several = f"{len(missing):,} of {len(names):,} images are" if len(missing) > 1 else "1 image is"
    sentence = f"{several} not in {root}; the first is {names[missing[0]][:80]} (id {str(table.ids[missing[0]])[:80]})"
    if images is None:
        return None, (), (f"No images: {sentence}.",)
    raise DataError(f"{sentence}: put them there, or leave their rows out.")


def _usual_folder(path: Path) -> Path | None:
    """Where the layouts of VOC and COCO keep images; a single file has no such place."""
    if not path.is_dir():
        return None
    return path / IMAGE_FOLDER if (path / "Annotations").is_dir() and (path / IMAGE_FOLDER).is_dir() else path


def _names(table: LabelTable, root: Path) -> list[str]:
    """A file name for every row; where nothing fits, the id itself, which then is missing."""
    if table.image_names is not None:
        return table.image_names.tolist()
    by_stem: dict[str, str] = {}
    try:
        with os.scandir(root) as entries:
            for number, entry in enumerate(entries):
                if number >= _MAX_LISTED:
                    raise DataError(f"{root} has more than {_MAX_LISTED:,} files: name the images in a column 'image'.")
                file = Path(entry.name)
                if file.suffix.lower() in IMAGE_SUFFIXES:
                    by_stem[entry.name] = by_stem[file.stem] = entry.name
    except OSError as error:
        raise DataError(f"{root} cannot be read ({error.strerror or error}).") from error
    return [_file_of(one, by_stem) for one in table.ids.tolist()]


def _file_of(one: str, by_stem: dict[str, str]) -> str:
    return by_stem.get(one) or by_stem.get(one.zfill(_COCO_DIGITS) if one.isdigit() else one) or one


def _stamps(root: Path, names: list[str]) -> tuple[list[str], list[int]]:
    """Name, size and time of the files that are there, and the rows of those that are not."""
    stamps, missing = [], []
    for row, name in enumerate(names):
        try:
            found = (root / name).stat()
        except (OSError, ValueError):
            missing.append(row)
            continue
        stamps.append(f"{name}\0{found.st_size}\0{found.st_mtime_ns}")
    return stamps, missing
