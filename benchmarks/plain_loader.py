"""Images from a plain DataLoader, augmented one by one by torchvision: the rival of ``images.py``."""

import importlib
import os
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset

from dbl_core.models.torchvision_models import import_torchvision_models
from dbl_core.train.augment import BRIGHTNESS, CONTRAST, CROP_LEAST, HUE_DEGREES, SATURATION
from dbl_core.train.data import TrainingData


class AugmentedImages(Dataset):
    """One image at a time, as a plain loop has them.

    Args:
        data: Its training split.
    """

    def __init__(self, data: TrainingData) -> None:
        import_torchvision_models()
        v2 = importlib.import_module("torchvision.transforms.v2")
        side = data.train_inputs.shape[1]
        self.images, self.targets = data.train_inputs, torch.from_numpy(data.train_labels).float()
        self.augment = v2.Compose(
            [
                v2.RandomHorizontalFlip(),
                v2.RandomResizedCrop(side, scale=(CROP_LEAST**2, 1.0), ratio=(1.0, 1.0), antialias=False),
                v2.ColorJitter(BRIGHTNESS, CONTRAST, SATURATION, HUE_DEGREES / 360),
            ]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.augment(self.images[row].permute(2, 0, 1).float().div(255)), self.targets[row]


def batches_of(data: TrainingData, size: int, *, pinned: bool) -> DataLoader:
    """Batches of augmented images, made by a worker a core.

    Args:
        data: Its training split is drawn from.
        size: Images of a batch.
        pinned: Whether batches lie where a GPU can fetch them.
    """
    return DataLoader(
        AugmentedImages(data),
        batch_size=size,
        shuffle=True,
        drop_last=True,
        num_workers=workers(),
        persistent_workers=True,
        pin_memory=pinned,
        worker_init_fn=one_thread,
    )


def one_thread(worker: int) -> None:
    """What every worker does first."""
    torch.set_num_threads(1)


def workers() -> int:
    """A worker a core."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def endless(loader: DataLoader) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Epoch after epoch."""
    while True:
        yield from loader
