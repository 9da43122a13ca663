"""The backbone: one normalisation, fixed features, a shipped file that is what its log says."""

import hashlib
import json

import pytest
import torch

from dbl_core.errors import ModelError
from dbl_core.models import BACKBONES, PictoBackbone, backbone_fingerprint, load_backbone, read_weights, write_weights
from dbl_core.models.catalog import MAX_PICTO_BYTES

SHIPPED = BACKBONES["picto"].weights


@pytest.fixture(scope="module")
def backbone():
    return load_backbone()


@pytest.fixture(scope="module")
def images():
    return torch.randint(0, 256, (6, 64, 64, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@torch.inference_mode()
def test_bytes_and_floats_give_the_same_features(backbone, images):
    features = backbone(images)
    assert features.shape == (6, backbone.n_features)
    assert features.dtype == torch.float32
    assert torch.isfinite(features).all()
    torch.testing.assert_close(backbone(images.permute(0, 3, 1, 2).float() / 255), features, rtol=1e-4, atol=1e-4)


@torch.inference_mode()
def test_features_do_not_depend_on_the_batch(backbone, images):
    torch.testing.assert_close(backbone(images)[:2], backbone(images[:2]), rtol=1e-3, atol=1e-3)
    assert backbone(images[:0]).shape == (0, backbone.n_features)


def test_images_are_left_as_they_were(backbone, images):
    floats = images.permute(0, 3, 1, 2).float() / 255
    before = floats.clone()
    backbone(floats)
    assert torch.equal(floats, before)


def test_gradients_reach_the_stem(backbone, images):
    load_backbone(pretrained=False).train()(images).sum().backward()
    assert not backbone.training


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (torch.zeros(64, 64, 3, dtype=torch.uint8), "3 axes"),
        (torch.zeros(2, 3, 64, 64, dtype=torch.uint8), "shape"),
        (torch.zeros(2, 64, 64, 3), "shape"),
        (torch.zeros(2, 3, 60, 60), "that 8 divides"),
        (torch.zeros(2, 3, 8, 8), "16 or more"),
        (torch.zeros(2, 3, 64, 64, dtype=torch.int64), "int64"),
    ],
)
def test_wrong_images_are_refused(backbone, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        backbone(wrong)


def test_random_start_follows_the_seed_and_spares_the_callers_randomness():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first, same, other = (load_backbone(pretrained=False, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(first.stem[0].weight, same.stem[0].weight)
    assert not torch.equal(first.stem[0].weight, other.stem[0].weight)
    assert not first.feature_mean.any()
    assert bool((first.feature_std == 1).all())


@torch.inference_mode()
def test_half_precision_file_keeps_the_features(tmp_path, backbone, images):
    torch.manual_seed(0)
    original = load_backbone()
    for parameter in original.parameters():  # off the float16 grid that the shipped weights lie on
        parameter.mul_(1 + 1e-3 * torch.randn_like(parameter))
    write_weights(tmp_path / "b.safetensors", original.state_dict(), half=True)
    again = load_backbone(tmp_path / "b.safetensors")
    scale = original(images).abs().mean()
    assert ((again(images) - original(images)).abs().mean() / scale).item() < 2e-3


def test_shipped_file_is_small_and_half_precision():
    assert SHIPPED.stat().st_size <= MAX_PICTO_BYTES <= 3 * 10**6
    assert sum(p.numel() for p in PictoBackbone().parameters()) < 1_500_000


def test_shipped_log_belongs_to_the_shipped_file():
    log = json.loads(SHIPPED.with_suffix(".json").read_text())
    assert log["sha256"] == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert log["bytes"] == SHIPPED.stat().st_size
    assert log["command"].startswith("python -m dbl_core.pretrain --out data/picto_backbone.safetensors --seed 0")
    assert log["held_out_map"] == log["curve"][-1]["held_out_map"] > 20 * log["chance_map"]
    assert len(log["curve"]) == log["settings"]["epochs"]


def test_fingerprint_follows_name_and_content(tmp_path):
    shipped = backbone_fingerprint()
    assert shipped == f"picto-{hashlib.sha256(SHIPPED.read_bytes()).hexdigest()[:16]}"
    write_weights(tmp_path / "b.safetensors", load_backbone(pretrained=False).state_dict())
    assert backbone_fingerprint(tmp_path / "b.safetensors") != shipped
    with pytest.raises(ModelError, match="cannot be read"):
        backbone_fingerprint(tmp_path / "none.safetensors")


def test_files_that_are_not_this_backbone(tmp_path):
    path = tmp_path / "b.safetensors"
    with pytest.raises(ModelError, match="is missing"):
        load_backbone(path)
    path.write_bytes(SHIPPED.read_bytes()[:1000])
    with pytest.raises(ModelError, match="damaged"):
        load_backbone(path)
    tensors = read_weights(SHIPPED)
    write_weights(path, {**tensors, "feature_mean": torch.zeros(3)}, half=True)
    with pytest.raises(ModelError, match="'feature_mean' has shape"):
        load_backbone(path)
    tensors.pop("feature_mean")
    write_weights(path, tensors, half=True)
    with pytest.raises(ModelError, match="'feature_mean'"):
        load_backbone(path)
    path.write_bytes(bytes(MAX_PICTO_BYTES + 1))
    with pytest.raises(ModelError, match="at most"):
        load_backbone(path)


def test_unknown_name_and_contradiction():
    with pytest.raises(ValueError, match="unknown backbone 'resnet': choose one of picto"):
        load_backbone(name="resnet")
    with pytest.raises(ValueError, match="pretrained=False"):
        load_backbone(SHIPPED, pretrained=False)
