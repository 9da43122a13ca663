"""Features and pixels of the splits: right shapes, cached, made again when damaged."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dbl_core.config import TrainConfig
from dbl_core.datasets import MultiLabelDataset, load_dataset
from dbl_core.errors import DataError
from dbl_core.losses import build_loss
from dbl_core.models import backbones, load_backbone
from dbl_core.train import data as training_data
from dbl_core.train import features
from dbl_core.train.data import load_training_data
from dbl_core.train.features import cached_features
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
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


def own(**parts):
    """A data set of a user's file: six training and four test rows of three labels."""
    rng = np.random.default_rng(0)
    labels = rng.random((10, 3)) < 0.5
    values = {"features": None, "image_source": None, "ids": np.arange(10).astype(str), "asked": None} | parts
    return MultiLabelDataset(
        name="file", labels=labels, label_names=("a", "b", "c"), train_rows=np.arange(6), test_rows=np.arange(6, 10),
        fingerprint="ten rows", **values,
    )  # fmt: skip


def feature_table():
    features = np.random.default_rng(1).normal(5, 3, (10, 4)).astype(np.float32)
    features[:, 2] = 7  # tells nothing in training ...
    features[8, 2] = 9  # ... and must not shout in the test
    return features


def drawn(row):
    return np.full((64, 64, 3), 20 * row, dtype=np.uint8)


def load(dataset, tmp_path, config="head"):
    return load_training_data(dataset, config, CPU, cache_dir=tmp_path, progress=silent)


def test_features_of_the_file_are_standardised_by_the_training_rows(tmp_path):
    table = feature_table()
    data = load(own(features=table), tmp_path)
    kept = table[:, [0, 1, 3]]
    mean, deviation = kept[:6].mean(axis=0), kept[:6].std(axis=0)
    assert np.allclose(data.train_inputs[:, [0, 1, 3]], (kept[:6] - mean) / deviation, atol=1e-5)
    assert np.allclose(data.test_inputs[:, [0, 1, 3]], (kept[6:] - mean) / deviation, atol=1e-5)
    assert not data.train_inputs[:, 2].any()
    assert not data.test_inputs[:, 2].any()
    assert data.origin["source"] == "features of the data set"
    assert data.backbone is None
    again = (torch.from_numpy(table[6:]) - data.standardised[0]) * data.standardised[1]
    assert torch.allclose(again, data.test_inputs)


def test_a_named_backbone_goes_before_features(tmp_path):
    table = feature_table()
    both = own(features=table, image_source=drawn)
    assert load(both, tmp_path).train_inputs.shape == (6, 4)
    config = TrainConfig(backbone="resnet18", weights="random")
    data = load(both, tmp_path, config)
    assert data.train_inputs.shape == (6, 512)
    assert data.origin["name"] == "resnet18"
    assert data.origin["side"] == 64


@pytest.mark.parametrize(
    ("parts", "config", "words"),
    [
        ({}, TrainConfig(), ["labels alone", "--images", "features"]),
        ({}, TrainConfig(mode="finetune"), ["labels alone"]),
        ({"features": feature_table()}, TrainConfig(backbone="resnet18"), ["no images", "'resnet18'", "its features"]),
        ({"features": feature_table()}, TrainConfig(mode="finetune"), ["no images", "'finetune'", "'head'"]),
    ],
)
def test_data_that_cannot_be_trained_on_is_a_sentence(tmp_path, parts, config, words):
    with pytest.raises(ValueError, match="data set 'file'") as caught:
        load(own(**parts), tmp_path, config)
    assert all(word in str(caught.value) for word in words)


def test_features_that_are_not_finite(tmp_path):
    table = feature_table()
    table[3, 1] = np.nan
    with pytest.raises(DataError, match="features of row 3 are not finite"):
        load(own(features=table), tmp_path)


def test_many_images_are_read_in_batches_to_the_same_features(tmp_path, monkeypatch):
    dataset = own(image_source=drawn)
    held = cached_features(dataset, np.arange(10), CPU, cache_dir=tmp_path / "held", progress=silent)
    monkeypatch.setattr(features, "MAX_HELD_BYTES", 5 * drawn(0).nbytes)
    monkeypatch.setattr(features, "BATCH_IMAGES", 3)
    sizes = [
        len(part)
        for part in features.image_batches(dataset, np.arange(10), cache_dir=tmp_path / "few", progress=silent)
    ]
    assert sizes == [3, 3, 3, 1]
    read = cached_features(dataset, np.arange(10), CPU, cache_dir=tmp_path / "few", progress=silent)
    assert torch.allclose(held, read, atol=1e-4)
    assert list((tmp_path / "held").glob("images-*.npy"))
    assert not list((tmp_path / "few").glob("images-*.npy"))


def test_images_that_differ_in_size(tmp_path, monkeypatch):
    monkeypatch.setattr(features, "MAX_HELD_BYTES", 0)
    odd = own(image_source=lambda row: np.zeros((64 + 8 * (row == 4), 64, 3), dtype=np.uint8))
    with pytest.raises(DataError, match="differ in size"):
        load(odd, tmp_path)


def test_more_pixels_than_fit(tmp_path, monkeypatch):
    monkeypatch.setattr(training_data, "MAX_PIXEL_BYTES", 9 * drawn(0).nbytes)
    with pytest.raises(ValueError, match=r"'scratch' would keep 0\.0 GB of images.*--side"):
        load(own(image_source=drawn), tmp_path, "scratch")


@pytest.mark.parametrize("mode", ["finetune", "scratch"])
def test_backbones_of_torchvision_learn_from_pixels(tmp_path, mode):
    config = TrainConfig(
        mode=mode, backbone="resnet18", weights="random" if mode == "finetune" else None, epochs=1, batch_size=4
    )
    data = load(own(image_source=drawn), tmp_path, config)
    model = build_model(config, data)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    loss = build_loss("bce", label_counts=data.label_counts, n_samples=6)
    (record,) = Trainer(model, loss, data=data, config=config, device=CPU).epochs()
    assert np.isfinite(record["train_loss"])
    moved = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert {"0.network.conv1.weight", "2.0.weight"} <= moved
    assert not any("fc" in name for name in before)
