"""A small problem that a head can solve."""

import numpy as np
import torch

from dbl_core.train.data import TrainingData

N_FEATURES = 12


def solvable(images: bool = False) -> TrainingData:
    """Labels 200, 60, 12 of 240 rows, each written into its own features, or pixels that nobody has to read."""
    rng = np.random.default_rng(0)
    labels = np.zeros((240, 3), dtype=bool)
    for column, count in enumerate((200, 60, 12)):
        labels[rng.choice(240, count, replace=False), column] = True
    features = rng.normal(size=(240, N_FEATURES)).astype(np.float32)
    features[:, :3] += 3 * labels
    inputs = torch.from_numpy(rng.integers(0, 256, (240, 64, 64, 3), dtype=np.uint8) if images else features)
    return TrainingData(inputs[:160], labels[:160], inputs[160:], labels[160:])
