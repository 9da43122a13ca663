"""Features and pixels of the splits: right shapes, cached, made again when damaged."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dbl_core.datasets import load_dataset
from dbl_core.models import backbones, load_backbone
from dbl_core.train.data import load_training_data
from dbl_core.train.features import cached_features
from dbl_core.train.pretrained import BackboneChoice

CPU = torch.device("cpu")


def silent(what: str, done: int, total: int) -> None:
    """Report to nobody."""


@pytest.fixture(scope="module")
def dataset():
    return load_dataset()


def test_features_are_the_backbones(dataset, tmp_path):
    rows = dataset.train_rows[:5]
    made = cached_features(dataset, rows, CPU, cache_dir=tmp_path, progress=silent)
    images = torch.from_numpy(np.stack([dataset.image(row) for row in rows]))
    with torch.inference_mode():
        assert torch.allclose(made, load_backbone()(images), atol=1e-5)


def test_a_second_call_computes_nothing(dataset, tmp_path, monkeypatch):
    rows = dataset.train_rows[:5]
    made = cached_features(dataset, rows, CPU, cache_dir=tmp_path, progress=silent)
    monkeypatch.setattr(BackboneChoice, "load", lambda *_: pytest.fail("computed again"))
    assert torch.equal(cached_features(dataset, rows, CPU, cache_dir=tmp_path, progress=silent), made)


def test_a_damaged_cache_is_made_again(dataset, tmp_path):
    rows = dataset.train_rows[:5]
    made = cached_features(dataset, rows, CPU, cache_dir=tmp_path, progress=silent)
    for file in tmp_path.glob("*.npy"):
        file.write_bytes(file.read_bytes()[:-7])
    assert torch.equal(cached_features(dataset, rows, CPU, cache_dir=tmp_path, progress=silent), made)


def test_another_backbone_is_another_file(dataset, tmp_path, monkeypatch):
    rows = dataset.train_rows[:2]
    cached_features(dataset, rows, CPU, cache_dir=tmp_path, progress=silent)
    monkeypatch.setattr(BackboneChoice, "fingerprint", lambda _: "another")
    cached_features(dataset, rows, CPU, cache_dir=tmp_path, progress=silent)
    assert len(list(tmp_path.glob("features-*.npy"))) == 2


def test_a_missing_backbone_is_a_sentence(dataset, tmp_path, monkeypatch):
    missing = replace(backbones.BACKBONES["picto"], weights=tmp_path / "none.safetensors")
    monkeypatch.setitem(backbones.BACKBONES, "picto", missing)
    with pytest.raises(backbones.ModelError, match=r"none\.safetensors"):
        cached_features(dataset, dataset.train_rows[:2], CPU, cache_dir=tmp_path, progress=silent)


def test_pixels_for_the_other_modes(dataset, tmp_path):
    small = replace(dataset, train_rows=dataset.train_rows[:6], test_rows=dataset.test_rows[:4])
    phases = []
    data = load_training_data(
        small, "scratch", CPU, cache_dir=tmp_path, progress=lambda what, done, total: phases.append(what)
    )
    assert data.has_images
    assert data.train_inputs.shape == (6, 64, 64, 3)
    assert data.test_inputs.dtype == torch.uint8
    assert data.label_counts.tolist() == dataset.labels[dataset.train_rows[:6]].sum(0).tolist()
    assert set(phases) == {"drawing the training images", "drawing the test images"}
