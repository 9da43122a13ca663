"""Real label tables of some size, read as they were published."""

import numpy as np
import pytest

from dbl_core.datasets.files import read_label_file
from dbl_core.errors import DataError


def test_chest_x_rays(shared_dir):
    table = read_label_file(shared_dir / "data/chestxray14/chestxray14_labels.csv.gz")
    assert table.labels.shape == (112_120, 14)
    counts = dict(zip(table.label_names, table.label_counts.tolist(), strict=True))
    assert (counts["Infiltration"], counts["Hernia"]) == (19_870, 227)
    assert [int((table.split == part).sum()) for part in ("train", "", "test")] == [78_468, 11_219, 22_433]
    assert "60,412 rows carry no label." in table.notes


def test_voc_and_coco_label_matrices(shared_dir):
    voc = read_label_file(shared_dir / "data/voc_mlt/voc_mlt_train_labels.csv.gz")
    assert (voc.n_samples, voc.n_labels, voc.label_counts.max(), voc.label_counts.min()) == (1142, 20, 775, 4)
    coco = read_label_file(shared_dir / "data/coco_mlt/coco_mlt_train_labels.csv.gz")
    assert (coco.n_samples, coco.n_labels) == (1909, 80)
    assert isinstance(coco.labels, np.ndarray)
    with pytest.raises(DataError, match=r"row 2, column 2 \('person'\) holds '2'"):
        read_label_file(shared_dir / "data/coco_mlt/coco_val2017_instance_counts.csv.gz")
