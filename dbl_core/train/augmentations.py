"""The augmentations by their names in ``TrainConfig.augmentation``."""

from collections.abc import Callable

import torch

from dbl_core.train.augment import Part, augment
from dbl_core.train.strong_augment import strong_augment

Augmentation = Callable[[torch.Tensor, torch.Generator, Part | None], torch.Tensor]


def unchanged(images: torch.Tensor, generator: torch.Generator, part: Part | None = None) -> torch.Tensor:
    """Leave the images, and the generator, as they are."""
    return images


AUGMENTATIONS: dict[str, Augmentation] = {"paper": augment, "strong": strong_augment, "none": unchanged}
