"""A data set of a few hundred rows with features, as a file, and settings of heads on it."""

from pathlib import Path
from typing import Any

import numpy as np

from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig

COUNTS = (120, 40, 12)


def write_data(path: Path, *, seed: int = 0, test_positives: bool = True) -> Path:
    """Three labels, each written into a feature of its own; 200 rows for training, 100 for testing."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((300, 3), dtype=np.uint8)
    for column, count in enumerate(COUNTS):
        for part in (np.arange(200), np.arange(200, 300)):
            labels[rng.choice(part, count * len(part) // 200, replace=False), column] = 1
    features = rng.normal(size=(300, 8)).astype(np.float32)
    features[:, :3] += 2 * labels
    if not test_positives:
        labels[200:] = 0
    np.savez(path, X_train=features[:200], Y_train=labels[:200], X_test=features[200:], Y_test=labels[200:])
    return path


def run(path: Path, loss: str = "db_focal", options: dict[str, Any] | None = None, **train: Any) -> dict[str, Any]:
    """A run of a few steps, as JSON."""
    return RunConfig(
        dataset=DatasetConfig(name="file", path=str(path)),
        loss=LossConfig(name=loss, options=options or {}),
        train=TrainConfig(**{"epochs": 2, "max_steps": 10} | train),
    ).model_dump(mode="json")
