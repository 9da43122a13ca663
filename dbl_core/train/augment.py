"""Augmentation of a whole batch at once, on the batch's device."""

import torch
import torch.nn.functional as F

CROP_LEAST = 0.8
BRIGHTNESS = 32 / 255
CONTRAST = (0.5, 1.5)


def augment(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Flip, crop and vary light, independently for each image (PAPER's recipe without hue and saturation).

    Flip left-right with probability 0.5; crop a window of at least 0.8 of the side and stretch it back; brightness
    +-32/255; contrast times 0.5 to 1.5.

    Args:
        images: (n, 3, height, width) float in [0, 1].
        generator: Source of randomness on the CPU, so that every device sees the same stream.

    Returns:
        A new tensor of the same shape, in [0, 1].
    """
    n = len(images)
    flip, size, shift_x, shift_y, light, contrast = torch.rand(6, n, generator=generator).to(images.device)
    size = CROP_LEAST + (1 - CROP_LEAST) * size
    theta = torch.zeros(n, 2, 3, device=images.device)
    theta[:, 0, 0] = size * torch.where(flip < 0.5, -1.0, 1.0)
    theta[:, 1, 1] = size
    theta[:, 0, 2] = (1 - size) * (2 * shift_x - 1)
    theta[:, 1, 2] = (1 - size) * (2 * shift_y - 1)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    cropped = F.grid_sample(images, grid, padding_mode="border", align_corners=False)
    contrast = CONTRAST[0] + (CONTRAST[1] - CONTRAST[0]) * contrast
    light = BRIGHTNESS * (2 * light - 1)
    mean = cropped.mean(dim=(1, 2, 3), keepdim=True)
    return ((cropped - mean) * contrast.view(-1, 1, 1, 1) + mean + light.view(-1, 1, 1, 1)).clamp_(0, 1)
