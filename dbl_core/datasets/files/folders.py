"""Folders: PASCAL VOC's layout or COCO's, told apart by what is in them."""

from pathlib import Path

from dbl_core.datasets.files.coco import read_coco_folder
from dbl_core.datasets.files.table import LabelTable
from dbl_core.datasets.files.voc import read_voc_folder
from dbl_core.errors import DataError


def read_folder(path: Path) -> LabelTable:
    """Read a folder.

    Raises:
        DataError: it has neither layout, or its files are not as they must be.
    """
    if any((path / "annotations").glob("instances_*.json")):
        return read_coco_folder(path)
    if (path / "Annotations").is_dir():
        return read_voc_folder(path)
    raise DataError(
        f"{path} has neither Annotations/*.xml (VOC's layout) nor annotations/instances_*.json (COCO's): "
        "give such a folder, or a label file."
    )
