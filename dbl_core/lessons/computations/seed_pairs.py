"""Differences between two methods, one a seed: their mean, its interval, and whether it is more than noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

FEWEST_FOR_INTERVAL = 3
LEVEL = 0.95


class SeedPairs(NamedTuple):
    """Mean of paired differences with its 95 % interval (Student's t), in the unit of the differences."""

    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where the interval leaves 0 out, else ``noise``."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "noise"


def seed_pairs(gains: Sequence[float] | np.ndarray) -> SeedPairs:
    """Judge differences, one a seed.

    Args:
        gains: (n_seeds,) second minus first.

    Raises:
        ValueError: For fewer than three seeds: an interval would say nothing.
    """
    n_seeds = len(gains)
    if n_seeds < FEWEST_FOR_INTERVAL:
        raise ValueError(f"an interval over seeds needs at least {FEWEST_FOR_INTERVAL} of them, not {n_seeds}")
    mean, spread = float(np.mean(gains)), float(np.std(gains, ddof=1))
    half = float(stdtrit(n_seeds - 1, (1 + LEVEL) / 2)) * spread / math.sqrt(n_seeds)
    return SeedPairs(mean, mean - half, mean + half)
