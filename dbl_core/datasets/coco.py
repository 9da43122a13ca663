"""coco: COCO 2017, from which COCO-MLT is cut. train2017 is for training, val2017 for testing.

    ROOT/annotations/instances_train2017.json, instances_val2017.json
    ROOT/train2017/*.jpg, ROOT/val2017/*.jpg       those of the chosen images are enough
    ROOT/coco_mlt_ids.txt                          the paper's 1,909 training images, if it is there

The category ids (1 to 90 with gaps) become 80 labels in the order of the ids. Every annotation counts, crowd regions
too, as in the paper's tables; images without annotations stay in the test split as rows without labels.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.files.coco import read_coco
from dbl_core.datasets.kept_pool import kept_pool, key_of
from dbl_core.datasets.published import (
    Choice,
    PublishedImages,
    PublishedPool,
    check_files,
    default_root,
    published_dataset,
)
from dbl_core.datasets.splits import PaperSplit
from dbl_core.errors import DataError

PAPER = PaperSplit("COCO-MLT", "coco_mlt_ids.txt", max_count=1128, ratio=188.0)
TRAIN_PART, TEST_PART = "train2017", "val2017"
TRAIN_FILE, TEST_FILE = (f"annotations/instances_{part}.json" for part in (TRAIN_PART, TEST_PART))


def load_coco(*, root: Path | str | None = None, side: int = 224, **choice: object) -> MultiLabelDataset:
    """Load coco.

    Args:
        root: Folder that holds ``annotations``; None means ``data/sets/coco``.
        side: Images are side x side pixels, 16 to 1024.
        **choice: preset ("official", "by-ratio", "all"), split_file, ratio, profile, max_count, seed; see
            ``published.Choice``.

    Raises:
        ValueError: An option out of range, or options that exclude each other.
        DataError: Files are missing or damaged.
    """
    folder = default_root("coco") if root is None else Path(root).absolute()
    images = PublishedImages("coco", coco_pool, folder, side)
    return published_dataset("coco", coco_pool(folder), folder, PAPER, Choice(**choice), images)


def coco_pool(root: Path) -> PublishedPool:
    """All images of train2017, then those of val2017.

    Raises:
        DataError: Files are missing or damaged.
    """
    check_files("COCO", "coco", root, (TRAIN_FILE, TEST_FILE))
    return _pool(root, key_of(root / TRAIN_FILE, root / TEST_FILE))


@lru_cache(maxsize=2)
def _pool(root: Path, key: str) -> PublishedPool:
    return kept_pool(root / ".labels-coco.npz", key, lambda: _read(root))


def _read(root: Path) -> PublishedPool:
    """Read both files of annotations."""
    train, test = read_coco(root / TRAIN_FILE), read_coco(root / TEST_FILE)
    if train.label_names != test.label_names:
        raise DataError(f"{TRAIN_FILE} and {TEST_FILE} have different categories: fetch both again")
    twice = set(train.ids.tolist()) & set(test.ids.tolist())
    if twice:
        raise DataError(f"image {min(twice)} is in {TRAIN_FILE} and in {TEST_FILE}: fetch both again")
    names = [f"{part}/{name}" for part, table in ((TRAIN_PART, train), (TEST_PART, test)) for name in table.image_names]
    return PublishedPool(
        labels=np.concatenate([np.asarray(table.labels, dtype=bool) for table in (train, test)]),
        label_names=train.label_names,
        ids=np.concatenate([train.ids, test.ids]),
        image_names=np.array(names),
        is_test=np.arange(train.n_samples + test.n_samples) >= train.n_samples,
    )
