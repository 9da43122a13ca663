"""COCO 2017 in miniature, and on real photographs where they are there."""

import csv
import gzip

import numpy as np
import pytest

from dbl_core.datasets import coco, load_dataset
from dbl_core.errors import DataError
from tests import miniatures as mini


@pytest.fixture
def root(tmp_path):
    return mini.place(tmp_path / "coco", mini.coco_annotations(), mini.coco_images())


def test_train_and_val_with_contiguous_labels(root):
    dataset = load_dataset("coco", root=root, preset="all", side=16)
    assert dataset.label_names == ("person", "car", "dog", "toothbrush")
    assert dataset.ids[dataset.train_rows].tolist() == [str(i) for i in mini.COCO_TRAIN]
    assert dataset.ids[dataset.test_rows].tolist() == [str(i) for i in mini.COCO_VAL]
    columns = {category: j for j, category in enumerate(mini.COCO_CATEGORIES)}
    for row, categories in enumerate([*mini.COCO_TRAIN.values(), *mini.COCO_VAL.values()]):
        assert np.flatnonzero(dataset.labels[row]).tolist() == sorted({columns[c] for c in categories})
    assert dataset.image(8).shape == (16, 16, 3)


def test_the_papers_list_is_of_numbers(root, tmp_path):
    (root / "coco_mlt_ids.txt").write_text("34\n000000000009.jpg\n")
    dataset = load_dataset("coco", root=root)
    assert dataset.ids[dataset.train_rows].tolist() == ["9", "34"]
    assert dataset.notes == ()
    (root / "coco_mlt_ids.txt").unlink()
    assert "not those of COCO-MLT" in load_dataset("coco", root=root).notes[0]
    (tmp_path / "ids").write_text("139\n")
    with pytest.raises(DataError, match="1 of its 1 ids are no training images"):
        load_dataset("coco", root=root, split_file=tmp_path / "ids")


def test_only_the_images_of_the_chosen_rows_need_to_be_there(root):
    (root / "train2017/000000000009.jpg").unlink()
    dataset = load_dataset("coco", root=root, preset="all", side=16)
    assert dataset.image(1).shape == (16, 16, 3)
    with pytest.raises(DataError, match=r"train2017/000000000009\.jpg is not in .*python -m dbl_core download coco"):
        dataset.image(0)


def test_missing_and_contradicting_files(root, tmp_path):
    with pytest.raises(DataError, match=r"lacks annotations/instances_train2017\.json and annotations/instances_val"):
        load_dataset("coco", root=tmp_path)
    val = root / coco.TEST_FILE
    val.write_bytes(mini.coco_json({9: [1]}, "val2017"))
    with pytest.raises(DataError, match=r"image 9 is in .*train2017\.json and in"):
        load_dataset("coco", root=root)
    val.write_bytes(val.read_bytes().replace(b"toothbrush", b"hairbrush"))
    with pytest.raises(DataError, match="different categories"):
        load_dataset("coco", root=root)
    val.write_bytes(b'{"images": [')
    with pytest.raises(DataError, match="instances_val2017"):
        load_dataset("coco", root=root)


def test_an_image_name_that_leads_out_is_refused(root):
    val = root / coco.TEST_FILE
    val.write_bytes(val.read_bytes().replace(b"000000000139.jpg", b"../../../etc/passwd"))
    with pytest.raises(DataError, match="leads out of its folder"):
        load_dataset("coco", root=root)


def test_real_photographs(shared_dir, tmp_path):
    folder = shared_dir / "data" / "coco_small"
    for part in ("annotations", "train2017", "val2017"):
        target = tmp_path / "coco" / part
        target.mkdir(parents=True)
        for file in (folder / "coco_format" / part).iterdir():
            (target / file.name).write_bytes(file.read_bytes())
    dataset = load_dataset("coco", root=tmp_path / "coco", preset="all")
    assert (dataset.n_train, len(dataset.test_rows), dataset.n_labels) == (50, 50, 80)
    assert dataset.image(60).shape == (224, 224, 3)
    expected = {}
    for part in ("train2017", "val2017"):
        with gzip.open(folder / f"{part}_labels.csv.gz", "rt") as file:
            for image_id, *cells in list(csv.reader(file))[1:]:
                expected[str(int(image_id))] = [cell == "1" for cell in cells]
    for row, image_id in enumerate(dataset.ids):
        assert dataset.labels[row].tolist() == expected[image_id], image_id
