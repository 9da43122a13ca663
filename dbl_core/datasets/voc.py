"""voc: PASCAL VOC, from which VOC-MLT is cut. VOC2012 trainval is for training, VOC2007 test for testing.

    ROOT/VOCdevkit/VOC2012/{Annotations,ImageSets/Main,JPEGImages}    11,540 images
    ROOT/VOCdevkit/VOC2007/{Annotations,ImageSets/Main,JPEGImages}     4,952 images
    ROOT/voc_mlt_ids.txt                                               the paper's 1,142 training images, if it is there

The labels of an image are the names of the objects in its XML file, those marked difficult too: the paper's tables
count them (4,374 images of VOC2012 with a person, where VOC's own lists, which leave difficult ones out, have 4,087).
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.files.limits import shown
from dbl_core.datasets.files.voc import IMAGE_FOLDER, read_voc_folder
from dbl_core.datasets.kept_pool import kept_pool, key_of
from dbl_core.datasets.picto import LABEL_NAMES
from dbl_core.datasets.published import (
    Choice,
    PublishedImages,
    PublishedPool,
    check_files,
    default_root,
    published_dataset,
)
from dbl_core.datasets.splits import PaperSplit, read_id_list
from dbl_core.errors import DataError

PAPER = PaperSplit("VOC-MLT", "voc_mlt_ids.txt", max_count=775, ratio=193.75)
TRAIN_FOLDER, TEST_FOLDER = "VOCdevkit/VOC2012", "VOCdevkit/VOC2007"
TRAIN_LIST, TEST_LIST = f"{TRAIN_FOLDER}/ImageSets/Main/trainval.txt", f"{TEST_FOLDER}/ImageSets/Main/test.txt"


def load_voc(*, root: Path | str | None = None, side: int = 224, **choice: object) -> MultiLabelDataset:
    """Load voc.

    Args:
        root: Folder that holds ``VOCdevkit``; None means ``data/sets/voc``.
        side: Images are side x side pixels, 16 to 1024.
        **choice: preset ("official", "by-ratio", "all"), split_file, ratio, profile, max_count, seed; see
            ``published.Choice``.

    Raises:
        ValueError: An option out of range, or options that exclude each other.
        DataError: Files are missing or damaged.
    """
    folder = default_root("voc") if root is None else Path(root).absolute()
    images = PublishedImages("voc", voc_pool, folder, side)
    return published_dataset("voc", voc_pool(folder), folder, PAPER, Choice(**choice), images)


def voc_pool(root: Path) -> PublishedPool:
    """All images of VOC2012 trainval, then those of VOC2007 test.

    Raises:
        DataError: Files are missing or damaged.
    """
    folders = [f"{folder}/Annotations" for folder in (TRAIN_FOLDER, TEST_FOLDER)]
    check_files("VOC", "voc", root, (TRAIN_LIST, TEST_LIST, *folders))
    key = key_of(*(root / path for path in (TRAIN_LIST, TEST_LIST, *folders)))
    return _pool(root, key)


@lru_cache(maxsize=2)
def _pool(root: Path, key: str) -> PublishedPool:
    return kept_pool(root / ".labels-voc.npz", key, lambda: _read(root))


def _read(root: Path) -> PublishedPool:
    """Read every XML file of both years."""
    train = _part(root, TRAIN_FOLDER, root / TRAIN_LIST)
    test = _part(root, TEST_FOLDER, root / TEST_LIST)
    labels, ids, image_names = (np.concatenate(arrays) for arrays in zip(train, test, strict=True))
    is_test = np.arange(len(ids)) >= len(train[1])
    return PublishedPool(labels, LABEL_NAMES, ids, image_names, is_test)


def _part(root: Path, folder: str, id_list: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, ids and image names of the images of a list, in its order."""
    table = read_voc_folder(root / folder)
    foreign = sorted(set(table.label_names) - set(LABEL_NAMES))
    if foreign:
        raise DataError(f"{folder} has objects named {shown(foreign[0])}, which is none of VOC's 20 classes")
    row_of = {one: row for row, one in enumerate(table.ids.tolist())}
    wanted = read_id_list(id_list)
    unknown = [one for one in wanted if one not in row_of]
    if unknown:
        raise DataError(f"{id_list.name} of {folder} names {shown(unknown[0])}, but Annotations has no such XML file")
    rows = np.array([row_of[one] for one in wanted])
    labels = np.zeros((len(rows), len(LABEL_NAMES)), dtype=bool)
    labels[:, [LABEL_NAMES.index(name) for name in table.label_names]] = np.asarray(table.labels)[rows]
    image_names = [f"{folder}/{IMAGE_FOLDER}/{name}" for name in table.image_names[rows]]
    return labels, table.ids[rows], np.array(image_names)
