"""A stronger augmentation of a whole batch at once, on the batch's device."""

import math

import torch
import torch.nn.functional as F

from dbl_core.train.augment import Part, augment, random_numbers
from dbl_core.train.device import sent

CROP_AREA = (0.3, 1.0)
CROP_ASPECT = (3 / 4, 4 / 3)
ERASED = 0.25
"""Chance that a part of an image is erased."""
ERASED_AREA, ERASED_ASPECT = (0.02, 1 / 3), (0.3, 3.3)


def strong_augment(images: torch.Tensor, generator: torch.Generator, part: Part | None = None) -> torch.Tensor:
    """Crop at random, do what :func:`augment` does, and erase a rectangle in a quarter of the images.

    The crop takes 0.3 to 1 of the area at an aspect ratio of 3/4 to 4/3 and is stretched back (Szegedy et al. 2015,
    arXiv 1409.4842, whose crops go down to 0.08: one with several small objects would lose most of its labels). The
    rectangle takes 0.02 to 1/3 of the area at an aspect ratio of 0.3 to 3.3 and becomes grey (Zhong et al. 2020, arXiv
    1708.04896). A side that a ratio would make longer than the image ends at its border.

    Args:
        images: (n, 3, height, width) float in [0, 1].
        generator: Source of randomness on the CPU, so that every device sees the same stream.
        part: What the images are of their batch; None where they are all of it.

    Returns:
        A new tensor of the same shape, in [0, 1].
    """
    return erase(augment(random_resized_crop(images, generator, part), generator, part), generator, part)


def random_resized_crop(images: torch.Tensor, generator: torch.Generator, part: Part | None = None) -> torch.Tensor:
    """Stretch a window of each image to the whole; arguments as in :func:`strong_augment`."""
    drawn = random_numbers(4, images, generator, part)
    width, height, left, top = sent(_rectangles(drawn, CROP_AREA, CROP_ASPECT), images.device)
    theta = torch.zeros(len(images), 2, 3, device=images.device)
    theta[:, 0, 0], theta[:, 0, 2] = width, 2 * left + width - 1
    theta[:, 1, 1], theta[:, 1, 2] = height, 2 * top + height - 1
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def erase(images: torch.Tensor, generator: torch.Generator, part: Part | None = None) -> torch.Tensor:
    """Make a rectangle of some images grey, 0.5; arguments as in :func:`strong_augment`."""
    rows, columns = images.shape[2:]
    chosen = sent(random_numbers(1, images, generator, part)[0] < ERASED, images.device)
    drawn = random_numbers(4, images, generator, part)
    width, height, left, top = sent(_rectangles(drawn, ERASED_AREA, ERASED_ASPECT), images.device)
    x = _centres(columns, images.device)
    y = _centres(rows, images.device)
    across = (x >= left[:, None]) & (x < (left + width)[:, None])
    down = (y >= top[:, None]) & (y < (top + height)[:, None])
    inside = chosen[:, None, None] & down[:, :, None] & across[:, None, :]
    return images.masked_fill(inside[:, None], 0.5)


def _centres(n: int, device: torch.device) -> torch.Tensor:
    """Middles of n pixels side by side, as shares of their length."""
    return (torch.arange(n, device=device) + 0.5) / n


def _rectangles(drawn: torch.Tensor, area: tuple[float, float], aspect: tuple[float, float]) -> torch.Tensor:
    """(4, n) width, height, left and top of rectangles from as many random numbers, as shares of the image's sides."""
    area_drawn = area[0] + (area[1] - area[0]) * drawn[0]
    low, high = map(math.log, aspect)
    ratio = torch.exp(low + (high - low) * drawn[1])  # evenly on a log scale, so that wide and tall come equally often
    width = (area_drawn * ratio).sqrt().clamp_(max=1)
    height = (area_drawn / ratio).sqrt().clamp_(max=1)
    return torch.stack([width, height, (1 - width) * drawn[2], (1 - height) * drawn[3]])
