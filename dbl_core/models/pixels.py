"""Images in the two forms that backbones read, brought to one."""

import torch


def as_float(images: torch.Tensor) -> torch.Tensor:
    """Pixels as (batch, channels, height, width) float in 0..1; a batch of zero images is legal.

    Args:
        images: (batch, height, width, 3) uint8 in 0..255 or (batch, 3, height, width) float in 0..1.

    Raises:
        ValueError: another type or number of axes.
    """
    if images.ndim != 4:
        raise ValueError(
            f"images have {images.ndim} axes, 4 are needed: (batch, height, width, 3) or (batch, 3, height, width)"
        )
    if images.dtype == torch.uint8:
        return images.permute(0, 3, 1, 2).float().div(255)  # a view of (B, H, W, 3) is channels-last already
    if not images.is_floating_point():
        raise ValueError(f"images have type {images.dtype}: uint8 (batch, height, width, 3) or a float type is allowed")
    return images
