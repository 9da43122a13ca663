"""JSON files: COCO-format annotations, or class counts alone; told apart by their first known key."""

import itertools
from pathlib import Path

from dbl_core.datasets.files.class_counts import class_counts
from dbl_core.datasets.files.coco import COCO_KEYS, read_coco
from dbl_core.datasets.files.json_items import json_items
from dbl_core.datasets.files.limits import check_count
from dbl_core.datasets.files.table import CountsOnly, LabelTable
from dbl_core.errors import DataError

_MAX_KEYS = 1000


def read_json(path: Path) -> LabelTable | CountsOnly:
    """Read a JSON file.

    Raises:
        DataError: it is neither of the two, or not as it must be.
    """
    items = json_items(path, COCO_KEYS)
    content: dict[str, object] = {}
    for key, item in items:
        if key in COCO_KEYS:
            return read_coco(path, itertools.chain([(key, item)], items))
        content[key] = item
        check_count(path, "keys", len(content), _MAX_KEYS)
    if "pos_counts" in content or "num_samples" in content:
        return class_counts(path, content)
    raise DataError(
        f"{path.name} has neither images and annotations as COCO writes them ('images', 'annotations', 'categories') "
        "nor class counts ('pos_counts', 'num_samples')."
    )
