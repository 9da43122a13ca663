"""What the processes of ``test_distributed.py`` do; a new process imports this file."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from dbl_core.config import TrainConfig
from dbl_core.losses import build_loss
from dbl_core.models import write_weights
from dbl_core.runs.record import append_jsonl
from dbl_core.train.data import TrainingData
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from dbl_core.train.ranks import Rank

SCENARIOS: dict[str, dict[str, Any]] = {
    "last batch of one image": {},
    "mixup, average, strong augmentation": {"mixup": 0.3, "ema": 0.9, "augmentation": "strong"},
    "two stages, AdamW": {"optimizer": "adamw", "learning_rate": 1e-3, "second_stage_epochs": 1},
    "clipped": {"clip_norm": 0.01},
    "loss of the batch": {"loss": "two_way"},
    "weights of the batch": {"loss": "cb_focal", "options": {"mode": "average_w"}},
    "halves": {"parts": 2},
}


def problem() -> TrainingData:
    """50 rows of noise of 32 x 32 pixels; an epoch is 22 images."""
    rng = np.random.default_rng(0)
    images = torch.from_numpy(rng.integers(0, 256, (50, 32, 32, 3), dtype=np.uint8))
    labels = np.zeros((50, 3), dtype=bool)
    for column, count in enumerate((30, 12, 5)):
        labels[rng.choice(38, count, replace=False), column] = True
    labels[38:] = rng.random((12, 3)) < 0.4
    return TrainingData(images[:38], labels[:38], images[38:], labels[38:])


def trained(scenario: str) -> tuple[list[dict[str, Any]], dict[str, torch.Tensor]]:
    """Train a scenario in this process, or its share of it: the loss of every step, and what came of it."""
    settings = dict(SCENARIOS[scenario])
    name, options = settings.pop("loss", "db_focal"), settings.pop("options", {})
    parts = settings.pop("parts", 1)
    usual = {"mode": "finetune", "norm_statistics": "pretrained", "batch_size": 7, "epochs": 1, "dropout": 0.0}
    config, data = TrainConfig(**usual | settings), problem()
    loss = build_loss(name, label_counts=data.label_counts, n_samples=len(data.train_labels), **options)
    device = torch.device("cpu")
    trainer = Trainer(build_model(config, data), loss, data=data, config=config, device=device)
    trainer.parts = parts
    steps, step = [], trainer._step
    trainer._step = lambda *given: steps.append(step(*given)) or steps[-1]
    records = list(trainer.epochs())
    return [{"steps": torch.stack(steps).tolist(), **record} for record in records], trainer.scored.state_dict()


def train_scenarios(folder: Path, rank: Rank) -> int:
    """Every scenario; the first process leaves what came of them."""
    torch.set_num_threads(1)
    store = dist.FileStore(rank.meeting_point, rank.count)
    dist.init_process_group("gloo", store=store, rank=rank.number, world_size=rank.count)
    for number, scenario in enumerate(SCENARIOS):
        records, weights = trained(scenario)
        if rank.number == 0:
            append_jsonl(folder / "records.jsonl", {"scenario": scenario, "records": records})
            write_weights(folder / f"{number}.safetensors", weights)
    dist.destroy_process_group()
    return 0
