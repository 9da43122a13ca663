"""Folders as PASCAL VOC is published: ``Annotations/*.xml``, ``ImageSets/Main/*.txt``, ``JPEGImages/``.

The labels of an image are the names of the objects in its XML file, difficult ones too; the label names are those that
occur, in alphabetical order. ``train.txt`` and ``trainval.txt`` make the training split, ``test.txt`` the test split;
without it ``val.txt`` does. An image in both is refused.
"""

import os
from pathlib import Path

import numpy as np

from dbl_core.datasets.files.limits import MAX_ID_CHARACTERS, MAX_ROWS, check_count, shown
from dbl_core.datasets.files.names import checked_ids, checked_image_names, checked_label_name, checked_label_names
from dbl_core.datasets.files.table import NEITHER, TEST, TRAIN, LabelTable, Positives, finished
from dbl_core.datasets.files.text import lines, open_text
from dbl_core.datasets.files.xml_tree import read_xml
from dbl_core.errors import DataError

IMAGE_FOLDER = "JPEGImages"


def read_voc_folder(folder: Path) -> LabelTable:
    """Read a folder in VOC's layout; ids are the stems of the XML files.

    Raises:
        DataError: an XML file is missing or not as it must be, a split names an image that has none, or an image is in
            both splits.
    """
    split_of = _splits(folder)
    stems = _stems(folder / "Annotations")
    unknown = next((one for one in split_of or () if one not in stems), None)
    if unknown is not None:
        raise DataError(f"{folder.name}: ImageSets/Main names {shown(unknown)}, but Annotations has no such XML file.")
    ids = sorted(stems)
    objects, images, difficult = [], [], 0
    for stem in ids:
        names, image, hard = _objects(folder / "Annotations" / f"{stem}.xml", stem)
        objects.append(names)
        images.append(image)
        difficult += hard
    names = checked_label_names(folder, sorted(set().union(*objects)), lambda k: "the objects")
    index = {name: j for j, name in enumerate(names)}
    positives = Positives(folder)
    for row, found in enumerate(objects):
        positives.add(row, sorted(index[name] for name in found))
    table = LabelTable(
        labels=positives.matrix(len(ids), len(names)),
        label_names=names,
        ids=checked_ids(folder, ids, lambda k: f"Annotations/{ids[k]}.xml"),
        source=f"{folder.name} (VOC folder)",
        image_names=checked_image_names(folder, images, lambda k: f"Annotations/{ids[k]}.xml"),
        split=None if split_of is None else np.array([split_of.get(stem, NEITHER) for stem in ids], dtype="<U5"),
        notes=(f"{difficult:,} objects marked difficult count as their label.",) if difficult else (),
    )
    return finished(folder, table)


def _stems(annotations: Path) -> set[str]:
    """The names of the XML files, without their ending."""
    stems: set[str] = set()
    try:
        with os.scandir(annotations) as entries:
            for entry in entries:
                if entry.name.endswith(".xml") and not entry.name.startswith("."):
                    stems.add(entry.name.removesuffix(".xml"))
                    check_count(annotations, "XML files", len(stems), MAX_ROWS)
    except OSError as error:
        raise DataError(f"{annotations} cannot be read ({error.strerror or error}).") from error
    if not stems:
        raise DataError(f"{annotations} has no XML files: it has no rows.")
    return stems


def _objects(path: Path, stem: str) -> tuple[frozenset[str], str, int]:
    """The label names of an image, its file name and how many of its objects are difficult."""
    root = read_xml(path)
    if root.name != "annotation":
        raise DataError(f"{path.name}: its first element is {shown(root.name)}, must be 'annotation'.")
    objects = root.named("object")
    names = frozenset(checked_label_name(path, one.text_of("name"), f"object {k + 1}") for k, one in enumerate(objects))
    return names, root.text_of("filename") or f"{stem}.jpg", sum(one.text_of("difficult") == "1" for one in objects)


def _splits(folder: Path) -> dict[str, str] | None:
    """The split of every image that is in one; None where there are no lists."""
    main = folder / "ImageSets" / "Main"
    listed = {name: _listed(main / f"{name}.txt") for name in ("train", "trainval", "val", "test")}
    if not any(listed.values()):
        return None
    test = listed["test"] or listed["val"]
    train = listed["train"] | listed["trainval"] if listed["test"] else listed["train"] or listed["trainval"] - test
    both = train & test
    if both:
        raise DataError(f"{folder.name}: {shown(min(both))} is in the training and in the test list of ImageSets/Main.")
    return dict.fromkeys(train, TRAIN) | dict.fromkeys(test, TEST)


def _listed(path: Path) -> set[str]:
    """The ids of a list, one a line; nothing where the list is not there."""
    if not path.is_file():
        return set()
    found: set[str] = set()
    with open_text(path) as stream:
        for number, line in enumerate(lines(path, stream), start=1):
            words = line.split()
            if not words:
                continue
            if len(words) > 1 or len(words[0]) > MAX_ID_CHARACTERS:
                raise DataError(f"{path.name}: line {number} is {shown(line.strip())}, must be one image id.")
            found.add(words[0])
            check_count(path, "lines", len(found), MAX_ROWS)
    return found
