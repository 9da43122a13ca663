"""Augmentation in batches: what each change does to an image, checked against torchvision and colorsys."""

import colorsys
import importlib

import pytest
import torch

from dbl_core.models.torchvision_models import import_torchvision_models
from dbl_core.train.augment import augment, crop, tint, turn_hue


@pytest.fixture(scope="module")
def torchvision():
    """Torchvision's own functions for one image at a time."""
    import_torchvision_models()
    return importlib.import_module("torchvision.transforms.v2.functional")


def pictures(n=16):
    return torch.rand(n, 3, 32, 32, generator=torch.Generator().manual_seed(5))


def test_shape_range_and_input_left_alone():
    images = pictures()
    before = images.clone()
    changed = augment(images, torch.Generator().manual_seed(0))
    assert changed.shape == images.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert torch.equal(images, before)


def test_the_generator_decides():
    images = pictures()
    first, again, other = (augment(images, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_about_half_are_mirrored():
    """A dark left half ends on the right where the image was flipped."""
    images = torch.ones(400, 3, 16, 16)
    images[..., :8] = 0
    changed = augment(images, torch.Generator().manual_seed(0)).mean(dim=(1, 2))
    flipped = (changed[:, 0] > changed[:, -1]).float().mean()
    assert 0.4 < flipped < 0.6


def test_saturation_is_torchvisions(torchvision):
    images, factors = pictures(4), torch.tensor([0.0, 0.5, 1.0, 1.5])
    changed = tint(images, torch.zeros(4), torch.ones(4), factors)
    for image, factor, one in zip(images, factors, changed, strict=True):
        assert torch.allclose(one, torchvision.adjust_saturation(image, float(factor)), atol=1e-3)  # 0.2989 for red


def test_hue_is_torchvisions(torchvision):
    images, degrees = pictures(4), torch.tensor([-18.0, 0.0, 7.5, 180.0])
    for image, turn, one in zip(images, degrees, turn_hue(images, degrees), strict=True):
        assert torch.allclose(one, torchvision.adjust_hue(image, float(turn) / 360), atol=1e-5)


@pytest.mark.parametrize("degrees", [-400.0, -18.0, 0.0, 18.0, 90.0])
def test_hue_is_that_of_colorsys_also_for_gray_black_white_and_pure_colours(degrees):
    pixels = [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.4, 0.4, 0.4), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)]
    pixels += [(1.0, 1.0, 0.0), (0.2, 0.2, 0.7), (0.9, 0.3, 0.3), (0.1, 0.8, 0.8), (0.5, 0.25, 0.75)]
    turned = turn_hue(torch.tensor(pixels).T[None, :, None, :], torch.tensor([degrees]))[0, :, 0].T
    for before, after in zip(pixels, turned.tolist(), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*before)
        expected = colorsys.hsv_to_rgb((hue + degrees / 360) % 1, saturation, value)
        assert after == pytest.approx(expected, abs=2e-6)


def test_contrast_keeps_the_mean_and_brightness_adds():
    images = 0.4 + 0.2 * pictures(2)
    changed = tint(images, torch.tensor([0.0, 0.05]), torch.tensor([0.5, 1.0]), torch.ones(2))
    assert changed[0].mean().item() == pytest.approx(images[0].mean().item(), abs=1e-5)
    assert changed[0].std().item() == pytest.approx(images[0].std().item() / 2, rel=1e-4)
    assert torch.allclose(changed[1], images[1] + 0.05, atol=1e-5)


def test_crop_is_torchvisions_resized_crop(torchvision):
    image = pictures(1)
    changed = crop(image, *(torch.tensor([value]) for value in (0.5, 0.5, 0.25, -0.25)))
    expected = torchvision.resized_crop(image, 4, 12, 16, 16, [32, 32], antialias=False)
    assert torch.allclose(
        changed[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1], atol=1e-5
    )  # beyond the window at its rim
    assert torch.allclose(crop(image, -torch.ones(1), torch.ones(1), *torch.zeros(2, 1)), image.flip(-1), atol=1e-5)


def test_every_range_is_used_to_its_ends_and_left_by_none():
    gray, n = torch.full((2000, 3, 8, 8), 0.5), 2000
    seen = augment(gray, torch.Generator().manual_seed(1)).mean(dim=(1, 2, 3)) - 0.5
    assert seen.abs().max() <= 32 / 255 + 1e-5
    assert seen.min() < -0.12
    assert seen.max() > 0.12
    red = torch.tensor([0.8, 0.3, 0.3]).view(1, 3, 1, 1).expand(n, 3, 8, 8)
    changed = augment(red, torch.Generator().manual_seed(1))[..., 4, 4]
    inside = changed[(changed.amin(1) > 0) & (changed.amax(1) < 1)]
    hues = torch.tensor([360 * colorsys.rgb_to_hsv(*pixel)[0] for pixel in inside.tolist()])
    hues = torch.where(hues > 180, hues - 360, hues)
    assert hues.abs().max() <= 18.01
    assert hues.min() < -17.5
    assert hues.max() > 17.5
    chroma = (inside.amax(1) - inside.amin(1)) / 0.5  # saturation times contrast; contrast alone keeps a flat image
    assert 0.25 - 1e-4 <= chroma.min() < 0.4
    assert chroma.max() > 1.5


def test_an_image_is_changed_by_its_own_numbers_whatever_the_type_of_its_memory():
    images = pictures(6)
    plain = augment(images, torch.Generator().manual_seed(4))
    last = augment(images.contiguous(memory_format=torch.channels_last), torch.Generator().manual_seed(4))
    assert torch.allclose(plain, last, atol=1e-6)
    assert augment(images[:0], torch.Generator()).shape == (0, 3, 32, 32)
