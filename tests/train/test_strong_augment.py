"""The stronger augmentation: its crops and erased rectangles, on pictures whose pixels tell where they are."""

import pytest
import torch

from dbl_core.config import AUGMENTATIONS as DESCRIBED
from dbl_core.train.augmentations import AUGMENTATIONS
from dbl_core.train.strong_augment import erase, random_resized_crop, strong_augment


def ramps(n: int, side: int = 64) -> torch.Tensor:
    """Pictures whose red is the column and whose green is the row of a pixel, from 0 to 1; no blue."""
    line = (torch.arange(side) + 0.5) / side
    images = torch.zeros(n, 3, side, side)
    images[:, 0], images[:, 1] = line[None, :], line[:, None]
    return images


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_crop_is_a_window_of_the_area_and_aspect_that_are_said():
    seen = random_resized_crop(ramps(500), seeded())
    width = (seen[:, 0, 0, -2] - seen[:, 0, 0, 1]) * 64 / 61
    height = (seen[:, 1, -2, 0] - seen[:, 1, 1, 0]) * 64 / 61
    area, aspect = width * height, width / height
    assert 0.29 < area.min() < 0.35
    assert 0.9 < area.max() <= 1.01
    assert area.mean() == pytest.approx(0.64, abs=0.03)
    assert 0.73 < aspect.min() < 0.85
    assert 1.2 < aspect.max() < 1.36
    assert seen.min() >= 0
    assert seen.max() <= 1
    assert seen[:, 0, 0, :].diff(dim=1).min() >= 0  # not mirrored


def test_a_quarter_of_the_images_loses_one_rectangle():
    seen = erase(ramps(2000), seeded())
    grey = (seen == 0.5).all(dim=1)
    share = grey.float().mean(dim=(1, 2))
    assert (share > 0).float().mean() == pytest.approx(0.25, abs=0.03)
    for mask in grey[share > 0][:100]:
        rows, columns = mask.any(dim=1), mask.any(dim=0)
        assert torch.equal(mask, rows[:, None] & columns[None, :])
    assert share.max() < 0.36
    assert torch.equal(seen[share == 0], ramps(2000)[share == 0])


def test_the_same_seed_gives_the_same_pictures_and_the_given_ones_stay():
    images = ramps(16)
    first, again, other = (strong_augment(images, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(images, ramps(16))
    assert first.shape == images.shape
    assert 0 <= first.min() <= first.max() <= 1


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_every_augmentation_takes_oblong_and_small_pictures(name):
    assert AUGMENTATIONS.keys() == DESCRIBED.keys()
    assert AUGMENTATIONS[name](torch.rand(3, 3, 32, 64), seeded()).shape == (3, 3, 32, 64)
    assert AUGMENTATIONS[name](torch.rand(1, 3, 16, 16), seeded()).shape == (1, 3, 16, 16)


def test_none_leaves_pictures_and_randomness_as_they_are():
    generator, images = seeded(3), ramps(2)
    assert AUGMENTATIONS["none"](images, generator) is images
    assert torch.equal(generator.get_state(), seeded(3).get_state())
