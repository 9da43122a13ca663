"""Real photographs and real features, opened as a user's own data."""

import json

import numpy as np
import pytest

from dbl_core.datasets.image_cache import cached_images
from dbl_core.datasets.own import load_own


def test_real_coco_photographs(shared_dir, tmp_path):
    dataset = load_own(path=shared_dir / "data/coco_small/coco_format", side=64)
    assert (dataset.n_train, len(dataset.test_rows), dataset.n_labels) == (50, 50, 80)
    images = cached_images(dataset, np.arange(100), cache_dir=tmp_path)
    assert images.shape == (100, 64, 64, 3)
    assert images.std() > 30
    annotations = shared_dir / "data/coco_small/coco_format/annotations/instances_train2017.json"
    one = load_own(path=annotations, images=shared_dir / "data/coco_small/coco_format/train2017")
    assert one.has_images
    assert np.array_equal(one.image(0), dataset.image(0))
    assert json.loads(annotations.read_text())["images"][0]["file_name"] in one.image_source.names


def test_real_features(shared_dir):
    dataset = load_own(path=shared_dir / "data/mld/scene_labels.npz", ratio=10)
    assert dataset.features.shape == (2407, 294)
    assert dataset.asked.max() / dataset.asked.min() == pytest.approx(10, rel=0.05)
