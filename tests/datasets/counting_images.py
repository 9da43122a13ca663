"""Images that tell how often they were drawn, and where their cache lies."""

from pathlib import Path

import numpy as np

ROWS = np.array([3, 11, 3, 0])


class Counting:
    """An image source that counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, row: int) -> np.ndarray:
        self.asked += 1
        return np.full((4, 4, 3), row % 256, dtype=np.uint8)


def cache_file(folder: Path) -> Path:
    (path,) = folder.glob("*.npy")
    return path
