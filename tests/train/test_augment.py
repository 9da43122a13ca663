import torch

from dbl_core.train.augment import augment


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
