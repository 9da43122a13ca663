"""COCO-format annotations (``instances_*.json``): one label a category, in the order of the category ids.

Only which categories an image has is kept, not boxes or masks, so the file is read item by item and never held as a
whole. Crowd regions (``iscrowd`` 1) count: the category is in the image. Annotations marked ``ignore`` 1 do not. Images
without annotations keep a row without labels.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dbl_core.datasets.files.json_items import json_items
from dbl_core.datasets.files.limits import (
    MAX_FILE_BYTES,
    MAX_LABELS,
    MAX_POSITIVES,
    MAX_ROWS,
    check_count,
    regular_file_size,
    shown,
)
from dbl_core.datasets.files.names import checked_ids, checked_image_names, checked_label_names
from dbl_core.datasets.files.table import TEST, TRAIN, LabelTable, Positives, finished
from dbl_core.errors import DataError

COCO_KEYS = frozenset({"images", "annotations", "categories"})


@dataclass
class _Annotations:
    """What a file says, ids as they stand in it; pairs (image, category) as two arrays of numbers."""

    path: Path
    file_names: dict[int | str, str] = field(default_factory=dict)
    categories: dict[int | str, object] = field(default_factory=dict)
    image_numbers: dict[int | str, int] = field(default_factory=dict)
    category_numbers: dict[int | str, int] = field(default_factory=dict)
    images_of_pairs: array = field(default_factory=lambda: array("i"))
    categories_of_pairs: array = field(default_factory=lambda: array("i"))
    crowd: int = 0
    ignored: int = 0
    n_annotations: int = 0


def read_coco(path: Path, items: Iterable[tuple[str, object]] | None = None) -> LabelTable:
    """Read one COCO-format file; the ids are the image ids as text.

    Args:
        path: the file.
        items: its items (see ``json_items``), where somebody has begun to read them.

    Raises:
        DataError: an image, category or annotation is not as it must be; the sentence names it.
    """
    return finished(path, _table(_read(path, items), f"{path.name} (COCO)"))


def read_coco_folder(folder: Path) -> LabelTable:
    """Read a folder as COCO is published: ``annotations/instances_train*.json`` and ``instances_val*.json``.

    Image names begin with the folder of their part (``train2017/``); val (or else test) is the test split.

    Raises:
        DataError: as :func:`read_coco`; the parts have different categories; there is no such file.
    """
    parts = []
    for split, stems in ((TRAIN, ("train",)), (TEST, ("val", "test"))):
        paths = [path for stem in stems for path in sorted((folder / "annotations").glob(f"instances_{stem}*.json"))]
        if len(paths) > 1:
            raise DataError(f"{folder.name}/annotations has several {split} files: open one of them by its path.")
        parts += [(split, path) for path in paths if regular_file_size(path, MAX_FILE_BYTES)]
    if not parts:
        raise DataError(f"{folder.name}/annotations has no instances_train*.json or instances_val*.json.")
    tables = [_table(_read(path, None), path.name) for _, path in parts]
    if any(table.label_names != tables[0].label_names for table in tables):
        raise DataError(f"{folder.name}: {parts[0][1].name} and {parts[1][1].name} have different categories.")
    images, ids, split = [], [], []
    for (name, path), table in zip(parts, tables, strict=True):
        below = path.stem.removeprefix("instances_")
        prefix = f"{below}/" if (folder / below).is_dir() else ""
        images += [prefix + image for image in table.image_names]
        ids += [f"{below}/{one}" for one in table.ids]
        split += [name] * table.n_samples
    merged = LabelTable(
        labels=_stacked([table.labels for table in tables]),
        label_names=tables[0].label_names,
        ids=np.array(ids),
        source=f"{folder.name} (COCO folder: {', '.join(path.name for _, path in parts)})",
        image_names=np.array(images),
        split=np.array(split),
        notes=tuple(note for table in tables for note in table.notes),
    )
    return finished(folder, merged)


def _stacked(matrices: list[object]) -> object:
    if all(isinstance(matrix, np.ndarray) for matrix in matrices):
        return np.vstack(matrices)
    from scipy import sparse

    return sparse.csr_array(sparse.vstack([sparse.csr_array(matrix) for matrix in matrices]))


def _read(path: Path, items: Iterable[tuple[str, object]] | None) -> _Annotations:
    """Go through the file once; annotations may come before the images they belong to."""
    found = _Annotations(path)
    take = {"images": _take_image, "categories": _take_category, "annotations": _take_annotation}
    for key, item in items or json_items(path, COCO_KEYS):
        if key in take:
            if not isinstance(item, dict):
                raise DataError(f"{path.name}: {key!r} holds {shown(item)}, must hold a list of objects.")
            take[key](found, item)
    if not found.file_names:
        raise DataError(f"{path.name} has no images: it needs at least one, in 'images'.")
    return found


def _take_image(found: _Annotations, item: dict) -> None:
    image = _id(found, item, "id", f"image {len(found.file_names) + 1}")
    if image in found.file_names:
        raise DataError(f"{found.path.name}: image {len(found.file_names) + 1} repeats the id {shown(image)}.")
    name = item.get("file_name")
    if not isinstance(name, str):
        raise DataError(f"{found.path.name}: image {shown(image)} has no file_name.")
    found.file_names[image] = name
    check_count(found.path, "images", len(found.file_names), MAX_ROWS)


def _take_category(found: _Annotations, item: dict) -> None:
    category = _id(found, item, "id", f"category {len(found.categories) + 1}")
    if category in found.categories:
        raise DataError(f"{found.path.name}: category id {shown(category)} is given twice.")
    found.categories[category] = item.get("name", "")
    check_count(found.path, "categories", len(found.categories), MAX_LABELS)


def _take_annotation(found: _Annotations, item: dict) -> None:
    found.n_annotations += 1
    check_count(found.path, "annotations", found.n_annotations, MAX_POSITIVES)
    what = f"annotation {found.n_annotations}"
    image, category = _id(found, item, "image_id", what), _id(found, item, "category_id", what)
    if item.get("ignore"):
        found.ignored += 1
        return
    found.crowd += bool(item.get("iscrowd"))
    found.images_of_pairs.append(found.image_numbers.setdefault(image, len(found.image_numbers)))
    found.categories_of_pairs.append(found.category_numbers.setdefault(category, len(found.category_numbers)))
    check_count(found.path, "images", len(found.image_numbers), MAX_ROWS)
    check_count(found.path, "categories", len(found.category_numbers), MAX_LABELS)


def _id(found: _Annotations, item: dict, key: str, what: str) -> int | str:
    """An id: a whole number, or text as some tools write it."""
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise DataError(f"{found.path.name}: {what} has the {key} {shown(value)}, must be a whole number.")
    return value


def _table(found: _Annotations, source: str) -> LabelTable:
    """The table of a file; categories by id, images in the order of the file."""
    path, images = found.path, list(found.file_names)
    ordered = sorted(found.categories, key=lambda category: (isinstance(category, str), category))
    names = checked_label_names(
        path, [found.categories[key] for key in ordered], lambda k: f"category id {ordered[k]!r:.60}"
    )
    rows = _places(found, "image_id", found.image_numbers, images, "images")
    columns = _places(found, "category_id", found.category_numbers, ordered, "categories")
    positives = Positives(path)
    positives.rows = array("i", rows[np.frombuffer(found.images_of_pairs or b"", dtype=np.intc)].tobytes())
    positives.columns = array("i", columns[np.frombuffer(found.categories_of_pairs or b"", dtype=np.intc)].tobytes())
    notes = []
    if found.crowd:
        notes.append(f"{path.name}: {found.crowd:,} crowd regions count as their label.")
    if found.ignored:
        notes.append(f"{path.name}: {found.ignored:,} annotations marked to be ignored do not count.")
    return LabelTable(
        labels=positives.matrix(len(images), len(names)),
        label_names=names,
        ids=checked_ids(path, images, lambda k: f"image {k + 1}"),
        source=source,
        image_names=checked_image_names(path, list(found.file_names.values()), lambda k: f"image {k + 1}"),
        notes=tuple(notes),
    )


def _places(
    found: _Annotations, key: str, numbers: dict[int | str, int], known: list[int | str], where: str
) -> np.ndarray:
    """For every number of an id, its place among the known ids."""
    place = {value: k for k, value in enumerate(known)}
    unknown = next((value for value in numbers if value not in place), None)
    if unknown is not None:
        raise DataError(
            f"{found.path.name}: an annotation has the {key} {shown(unknown)}, which {where!r} does not list."
        )
    return np.array([place[value] for value in numbers], dtype=np.intc)
