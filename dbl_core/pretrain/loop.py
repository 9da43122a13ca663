"""Training of the backbone on drawn shapes: one linear loop, one line of log an epoch."""

import logging
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dbl_core.metrics import average_precision
from dbl_core.models.backbones import PictoBackbone, load_backbone, mean_and_max
from dbl_core.pretrain.shapes import NOTHING, UNSURE, draw_pictures, family_names, present_families

log = logging.getLogger(__name__)

HELD_OUT_FIRST = 1_000_000_000  # held-out pictures take indices that no training set reaches
STATISTICS_PICTURES = 8192

Drawn = tuple[torch.Tensor, torch.Tensor]  # pictures and their maps of places


@dataclass(frozen=True)
class PretrainSettings:
    """What a pre-training run depends on, besides the versions of the software.

    Attributes:
        seed: of the pictures, the first weights, the order and the augmentation; 0 or more.
        pictures: training pictures, drawn once, at least one batch.
        held_out: pictures that are only scored, at least 1.
        epochs: passes over the training pictures, at least 1.
        batch_size: pictures a step, at least 2 (batch normalisation).
        learning_rate: AdamW's highest, reached after 30 percent of the steps (one cycle).
        precision: "bfloat16" computes convolutions in half precision (twice as fast where the processor has it).
        threads: torch's threads; part of the settings because sums depend on how they are split. One is the default
            because the layers are so small that a second thread gains little and, on a busy machine, costs a lot.
    """

    seed: int = 0
    pictures: int = 24_000
    held_out: int = 2_000
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 3e-3
    precision: str = "bfloat16"
    threads: int = 1

    def __post_init__(self) -> None:
        lowest = {"seed": 0, "held_out": 1, "epochs": 1, "batch_size": 2, "threads": 1}
        for name, low in lowest.items():
            if getattr(self, name) < low:
                raise ValueError(f"{name} is {getattr(self, name)}: {low} or more is allowed")
        if self.pictures < self.batch_size:
            raise ValueError(f"pictures is {self.pictures}: at least one batch of {self.batch_size} is needed")
        if not 0 < self.learning_rate <= 1:
            raise ValueError(f"learning_rate is {self.learning_rate}: a number above 0, at most 1, is allowed")
        if self.precision not in ("float32", "bfloat16"):
            raise ValueError(f"precision is {self.precision!r}: float32 or bfloat16 is allowed")


@dataclass(frozen=True)
class PretrainOutcome:
    """The trained backbone and its log.

    Attributes:
        backbone: in evaluation mode, its feature statistics filled.
        curve: one mapping an epoch: epoch, loss, held_out_map, seconds.
        chance_map: the mean share of held-out pictures that show a family; random scores reach this on many
            pictures and somewhat more on few.
        seconds: wall time with the drawing.
    """

    backbone: PictoBackbone
    curve: list[dict[str, float]]
    chance_map: float
    seconds: float

    def summary(self) -> dict[str, object]:
        """Return the log without the network."""
        return {key: value for key, value in asdict(self).items() if key != "backbone"}


def augment(
    images: torch.Tensor, places: torch.Tensor, *, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Vary a batch: mirror half of it, change contrast, brightness and colour.

    Args:
        images: (batch, height, width, 3) uint8.
        places: (batch, 8, 8) map of places, mirrored with its image.
        generator: source of the changes.

    Returns:
        Images (batch, 3, height, width) float32 in 0..1, and the places.
    """
    n = len(images)
    batch = images.permute(0, 3, 1, 2).float().div(255)
    flipped = torch.rand(n, 1, 1, generator=generator) < 0.5
    batch = torch.where(flipped[..., None], batch.flip(3), batch)
    gain = 1 + 0.3 * (2 * torch.rand(n, 3, 1, 1, generator=generator) - 1)
    contrast = 0.6 + 0.8 * torch.rand(n, 1, 1, 1, generator=generator)
    middle = batch.mean(dim=(1, 2, 3), keepdim=True)
    batch = ((batch - middle) * contrast + middle).mul(gain).clamp(0, 1)
    return batch, torch.where(flipped, places.flip(2), places)


class ShapeReader(nn.Module):
    """The two linear readers that pre-training needs and throws away.

    One names the family at each cell of the grid, one names the families of the whole picture from the pooled
    features. Alone, the second learns too slowly from a few minutes of pictures with several shapes each; alone, the
    first does not care what pooling does to the channels.

    Args:
        n_channels: of the backbone's grid.
        n_families: families to tell apart; the first reader has one class more, nothing.
    """

    def __init__(self, n_channels: int, n_families: int) -> None:
        super().__init__()
        self.cell = nn.Conv2d(n_channels, n_families + 1, 1)
        self.picture = nn.Linear(2 * n_channels, n_families)
        nn.init.normal_(self.picture.weight, std=0.01)
        nn.init.constant_(self.picture.bias, -4.0)  # a family is in about 2 percent of the pictures

    def loss(self, maps: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Return cross-entropy over the sure cells (nothing weighs 0.1) + binary cross-entropy summed over families."""
        n_families = self.picture.out_features
        cells = self.cell(maps).flatten(2)
        target = places.flatten(1).long()
        target = torch.where(target == NOTHING, n_families, target)
        weight = torch.ones(n_families + 1)
        weight[n_families] = 0.1
        naming = F.cross_entropy(cells, target, weight=weight, ignore_index=UNSURE)
        column = torch.where(target == UNSURE, n_families + 1, target)
        present = torch.zeros(len(places), n_families + 2).scatter_(1, column, 1.0)[:, :n_families]
        listing = F.binary_cross_entropy_with_logits(self.picture(mean_and_max(maps)), present, reduction="none")
        return naming + listing.sum(dim=1).mean() / 4


@torch.inference_mode()
def _pool_all(backbone: PictoBackbone, images: torch.Tensor) -> torch.Tensor:
    backbone.eval()
    return torch.cat([backbone.pool(batch) for batch in images.split(256)])


@torch.inference_mode()
def _held_out_map(backbone: PictoBackbone, reader: ShapeReader, images: torch.Tensor, places: torch.Tensor) -> float:
    scores = reader.picture(_pool_all(backbone, images)).numpy()
    return float(np.nanmean(average_precision(present_families(places.numpy()), scores)))


def _fit(backbone: PictoBackbone, settings: PretrainSettings, train: Drawn, held_out: Drawn) -> list[dict[str, float]]:
    """Train the backbone with throw-away readers; return the curve."""
    images, places = train
    reader = ShapeReader(backbone.n_features // 2, len(family_names()))
    optimizer = torch.optim.AdamW(
        [*backbone.parameters(), *reader.parameters()], lr=settings.learning_rate, weight_decay=0.02
    )
    steps = len(images) // settings.batch_size
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=steps * settings.epochs, pct_start=0.3
    )
    generator = torch.Generator().manual_seed(settings.seed)
    curve = []
    for epoch in range(1, settings.epochs + 1):
        started, total = time.perf_counter(), 0.0
        backbone.train()
        order = torch.randperm(len(images), generator=generator)
        for rows in order[: steps * settings.batch_size].split(settings.batch_size):
            batch, targets = augment(images[rows], places[rows], generator=generator)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.precision == "bfloat16"):
                maps = backbone.maps(batch)
            loss = reader.loss(maps.float(), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        line = {
            "epoch": epoch,
            "loss": round(total / steps, 4),
            "held_out_map": round(_held_out_map(backbone, reader, *held_out), 4),
            "seconds": round(time.perf_counter() - started, 1),
        }
        log.info("epoch %(epoch)d: loss %(loss).3f, held-out mAP %(held_out_map).4f, %(seconds).0f s", line)
        curve.append(line)
    return curve


def pretrain(settings: PretrainSettings) -> PretrainOutcome:
    """Draw the pictures, train, and fill the backbone's feature statistics from the training pictures."""
    started = time.perf_counter()
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    log.info("drawing %d and %d pictures", settings.pictures, settings.held_out)
    train = tuple(map(torch.from_numpy, draw_pictures(settings.pictures, seed=settings.seed)))
    held_out = tuple(map(torch.from_numpy, draw_pictures(settings.held_out, seed=settings.seed, first=HELD_OUT_FIRST)))
    backbone = load_backbone(pretrained=False, seed=settings.seed)
    curve = _fit(backbone, settings, train, held_out)
    pooled = _pool_all(backbone, train[0][:STATISTICS_PICTURES])
    backbone.feature_mean.copy_(pooled.mean(dim=0))
    backbone.feature_std.copy_(pooled.std(dim=0, unbiased=False).clamp_min(1e-3))
    chance = float(present_families(held_out[1].numpy()).mean())
    return PretrainOutcome(backbone, curve, round(chance, 4), round(time.perf_counter() - started, 1))
