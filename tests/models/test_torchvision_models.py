"""Torchvision's backbones: their features, their preprocessing, and a sentence where torchvision is not there."""

import subprocess
import sys

import pytest
import torch

from dbl_core.errors import ModelError
from dbl_core.models import BACKBONES, load_backbone
from dbl_core.models.torchvision_models import import_torchvision_models

NAMES = [name for name, description in BACKBONES.items() if not description.shipped]


def pictures(n: int, side: int) -> torch.Tensor:
    return torch.randint(0, 256, (n, side, side, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def resnet():
    return load_backbone(name="resnet18", pretrained=False)


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_says_what_torchvision_publishes(name):
    published = import_torchvision_models().get_model_weights(name)["IMAGENET1K_V1"]
    preset, description = published.transforms(), BACKBONES[name]
    assert published.url.endswith(f"/{description.published}")
    assert published.url == description.url
    assert len(description.digest) == 8
    assert (tuple(preset.mean), tuple(preset.std)) == (description.mean, description.std)
    assert preset.crop_size == [description.side]


@pytest.mark.parametrize("name", NAMES)
@torch.inference_mode()
def test_features_have_the_length_that_is_said(name):
    backbone = load_backbone(name=name, pretrained=False)
    features = backbone(pictures(2, 64))
    assert features.shape == (2, backbone.n_features) == (2, BACKBONES[name].n_features)
    assert features.dtype == torch.float32
    assert torch.isfinite(features).all()
    assert backbone(pictures(0, 64)).shape == (0, backbone.n_features)
    assert not backbone.training


@torch.inference_mode()
def test_a_picture_of_224_passes_as_torchvision_itself_would(resnet):
    models = import_torchvision_models()
    whole = models.get_model("resnet18", weights=None).eval()
    whole.load_state_dict(resnet.network.state_dict(), strict=False)
    whole.fc = torch.nn.Identity()
    image = pictures(1, 224)
    preset = models.get_model_weights("resnet18")["IMAGENET1K_V1"].transforms(resize_size=224)
    expected = whole(preset(image.permute(0, 3, 1, 2)))
    torch.testing.assert_close(resnet(image), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(resnet(image.permute(0, 3, 1, 2).float() / 255), expected, rtol=1e-4, atol=1e-4)


@torch.inference_mode()
def test_features_do_not_depend_on_the_batch(resnet):
    images = pictures(40, 64)  # more than pass at once
    torch.testing.assert_close(resnet(images)[33:35], resnet(images[33:35]), rtol=1e-3, atol=1e-3)


@torch.inference_mode()
def test_a_network_of_fixed_side_resizes():
    backbone = load_backbone(name="vit_b_16", pretrained=False)
    small = pictures(1, 96).permute(0, 3, 1, 2).float() / 255
    large = torch.nn.functional.interpolate(small, size=(224, 224), mode="bilinear", antialias=True)
    torch.testing.assert_close(backbone(small), backbone(large))


def test_random_weights_follow_the_seed():
    first, same, other = (load_backbone(name="resnet18", pretrained=False, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.network.conv1.weight, same.network.conv1.weight)
    assert not torch.equal(first.network.conv1.weight, other.network.conv1.weight)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (torch.zeros(64, 64, 3, dtype=torch.uint8), "3 axes"),
        (torch.zeros(2, 3, 32, 32), "64 or more"),
        (torch.zeros(2, 4, 64, 64), "3 channels"),
        (torch.zeros(2, 3, 64, 64, dtype=torch.int64), "int64"),
    ],
)
def test_wrong_images_are_refused(resnet, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        resnet(wrong)


def test_weights_that_nobody_named():
    with pytest.raises(ValueError, match=r"'resnet18' needs the path of its weights: save resnet18-f37072fd\.pth"):
        load_backbone(name="resnet18")


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (ModuleNotFoundError("No module named 'torchvision'"), "torchvision is not installed: pip install"),
        (ImportError("undefined symbol: _ZN2at\nmore"), r"does not fit the torch .*undefined symbol: _ZN2at\)"),
    ],
)
def test_torchvision_that_cannot_be_imported(monkeypatch, failure, sentence):
    def refuse(_):
        raise failure

    monkeypatch.setattr("dbl_core.models.torchvision_models.importlib.import_module", refuse)
    with pytest.raises(ModelError, match=sentence) as caught:
        load_backbone(name="resnet18", pretrained=False)
    assert "\n" not in str(caught.value)


def test_torchvision_is_imported_only_when_it_is_asked_for():
    code = "import sys, dbl_core.models.backbones, dbl_core.train.run; sys.exit('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
