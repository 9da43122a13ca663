"""Augmentation of a whole batch at once, on the batch's device."""

import functools
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from dbl_core.train.device import sent

CROP_LEAST = 0.8
BRIGHTNESS = 32 / 255
CONTRAST = SATURATION = (0.5, 1.5)
HUE_DEGREES = 18.0
GRAY = (0.299, 0.587, 0.114)
"""Share of red, green and blue in the brightness that the eye sees (ITU-R BT.601)."""
_DECISIONS = 8
_SEXTANT = 60.0  # degrees from a primary colour to the mixed one beside it
_COLOURLESS = 1e-12  # below every chroma of 8-bit pixels; keeps the hue of gray finite


class Part(NamedTuple):
    """Which images of a batch are augmented here, where other processes have the rest.

    Attributes:
        n: Images of the whole batch; random numbers are drawn for all of them.
        rows: Those that are here.
    """

    n: int
    rows: slice


def random_numbers(count: int, images: Tensor, generator: torch.Generator, part: Part | None = None) -> Tensor:
    """(count, images) random numbers in [0, 1): those of the images in the whole batch, whoever has the rest."""
    n, rows = part or Part(len(images), slice(None))
    return torch.rand(count, n, generator=generator)[:, rows].contiguous()


def augment(images: Tensor, generator: torch.Generator, part: Part | None = None) -> Tensor:
    """Flip, crop and vary light and colour, independently for each image: PAPER's recipe.

    Flip left-right with probability 0.5; crop a window of at least 0.8 of the side and stretch it back (bilinear);
    brightness +-32/255; contrast times 0.5 to 1.5 about the mean of the image; saturation times 0.5 to 1.5; hue +-18
    degrees. All are uniform in their range, and what leaves [0, 1] is clamped before the hue turns.

    Args:
        images: (n, 3, height, width) float in [0, 1].
        generator: Source of randomness on the CPU, so that every device sees the same stream. An image takes eight
            numbers of it, and nobody waits for the device.
        part: What the images are of their batch; None where they are all of it.

    Returns:
        A new tensor of the same shape, in [0, 1].
    """
    chosen = random_numbers(_DECISIONS, images, generator, part)
    chosen[0] = torch.where(chosen[0] < 0.5, -1.0, 1.0)
    chosen[1] = _within((CROP_LEAST, 1.0), chosen[1])
    chosen[2:4] = (1 - chosen[1]) * _within((-1.0, 1.0), chosen[2:4])
    chosen[4] = _within((-BRIGHTNESS, BRIGHTNESS), chosen[4])
    chosen[5], chosen[6] = _within(CONTRAST, chosen[5]), _within(SATURATION, chosen[6])
    chosen[7] = _within((-HUE_DEGREES, HUE_DEGREES), chosen[7])
    mirror, size, right, down, light, contrast, saturation, degrees = sent(chosen, images.device)
    return turn_hue(tint(crop(images, mirror * size, size, right, down), light, contrast, saturation), degrees)


def _within(bounds: tuple[float, float], share: Tensor) -> Tensor:
    return bounds[0] + (bounds[1] - bounds[0]) * share


def crop(images: Tensor, width: Tensor, height: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """Cut a window out of every image and stretch it to the size of the image, bilinear.

    Args:
        images: (n, 3, height, width) float.
        width: (n,) width of the window as a share of the image's, in [-1, 1]; a negative one mirrors it.
        height: (n,) likewise.
        right: (n,) how far the middle of the window is right of the image's, in half widths of the image.
        down: (n,) likewise, down.
    """
    n, _, rows, columns = images.shape
    x = width[:, None] * _pixel_centres(columns, images.device) + right[:, None]
    y = height[:, None] * _pixel_centres(rows, images.device) + down[:, None]
    grid = torch.stack([x[:, None, :].expand(n, rows, columns), y[:, :, None].expand(n, rows, columns)], dim=-1)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


@functools.lru_cache(maxsize=8)
def _pixel_centres(pixels: int, device: torch.device) -> Tensor:
    """Where the pixels of a side are when its ends are -1 and 1."""
    return torch.arange(1, 2 * pixels, 2, device=device) / pixels - 1


def tint(images: Tensor, light: Tensor, contrast: Tensor, saturation: Tensor) -> Tensor:
    """Change contrast, then brightness, then saturation, as one matrix an image; clamped to [0, 1] at the end.

    Contrast keeps the mean of the image, saturation the gray of every pixel: x s + gray(x) (1 - s).

    Args:
        images: (n, 3, height, width) float in [0, 1].
        light: (n,) added.
        contrast: (n,) factor; 1 changes nothing.
        saturation: (n,) factor; 0 gives gray images, 1 changes nothing.
    """
    kept = torch.diag_embed((contrast * saturation)[:, None].expand(-1, 3))
    grayed = torch.stack([contrast * (1 - saturation) * share for share in GRAY], dim=1)
    moved = light + images.mean(dim=(1, 2, 3)) * (1 - contrast)
    changed = torch.baddbmm(moved[:, None, None], kept + grayed[:, None, :], images.flatten(2))
    return changed.clamp_(0, 1).view_as(images)


def turn_hue(images: Tensor, degrees: Tensor) -> Tensor:
    """Turn the hue of every image; saturation and value of the HSV model stay, gray pixels too.

    With chroma C, the distance from a pixel's smallest channel m to its largest, and the hue h on a circle of six
    sextants, red is m + C clamp(|h - 3| - 1), green m + C clamp(2 - |h - 2|) and blue m + C clamp(2 - |h - 4|), clamped
    to [0, 1] (Smith, Color Gamut Transform Pairs, SIGGRAPH 1978).

    Args:
        images: (n, 3, height, width) float in [0, 1].
        degrees: (n,) any number.
    """
    red, green, blue = images.unbind(1)
    most, least = images.amax(dim=1), images.amin(dim=1)
    chroma = most - least
    from_green = (blue - red).add_(chroma, alpha=2)
    from_blue = (red - green).add_(chroma, alpha=4)
    hue = torch.where(red == most, green - blue, torch.where(green == most, from_green, from_blue))
    turn = (degrees / _SEXTANT)[:, None, None]
    hue = torch.addcdiv(turn, hue, chroma.clamp(min=_COLOURLESS)).remainder_(6.0)
    turned = torch.empty_like(images)
    shares = ((hue - 3).abs_().sub_(1), (hue - 2).abs_().neg_().add_(2), hue.sub_(4).abs_().neg_().add_(2))
    for channel, share in enumerate(shares):
        torch.addcmul(least, chroma, share.clamp_(0, 1), out=turned[:, channel])
    return turned
