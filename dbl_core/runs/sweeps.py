"""Sweeps: many settings of one or two options, trained together, and what is best among them."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.losses.positions import place_of
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.heads import Heads

RATE = "learning_rate"
"""Name of the axis that is an option of the training, not of the loss."""
MOST_POINTS = {1: 16, 2: 8}
"""Most values an axis, by the number of axes: 16 on a line, 8 x 8 on a plane."""
MOST_SEEDS = 3


@dataclass(frozen=True)
class Axis:
    """One option and the values that it takes.

    Attributes:
        name: Option of the loss, or :data:`RATE`.
        title: How a page writes it.
        values: Ascending, all different.
        scale: ``linear``, ``log`` or ``log1m`` (through log10(1 - value)), as the option's slider.
    """

    name: str
    title: str
    values: tuple[float, ...]
    scale: str = "linear"

    def place(self, value: float) -> float:
        """Where a value stands on an axis of equal steps, see ``dbl_core.losses.positions``; NaN where it has none."""
        try:
            return place_of(value, self.scale)
        except ValueError:  # the logarithm of 0
            return math.nan

    @property
    def places(self) -> list[float]:
        """The places of its values."""
        return [self.place(value) for value in self.values]

    def value_of(self, config: RunConfig) -> float:
        """The value that a setting has on this axis."""
        return config.train.peak_rate if self.name == RATE else float(config.loss.options[self.name])


def evenly_chosen(positions: Sequence[float], low: float, high: float, n: int) -> tuple[float, ...]:
    """At most n of the positions between two ends, both ends included, as evenly spread as they can be.

    Args:
        positions: Where a slider can stand, ascending and not empty.
        low: First position to take; a value between two positions means the nearest.
        high: Last position to take.
        n: How many, at least 1.
    """
    spots = np.asarray(positions, dtype=np.float64)
    first, last = sorted(int(np.abs(spots - end).argmin()) for end in (low, high))
    chosen = np.unique(np.linspace(first, last, max(n, 1)).round().astype(int))
    return tuple(float(spots[place]) for place in chosen)


def with_value(config: RunConfig, axis: Axis, value: float) -> RunConfig:
    """A setting with one value replaced."""
    if axis.name == RATE:
        train = TrainConfig(**{**config.train.model_dump(), RATE: value})
        return RunConfig(dataset=config.dataset, loss=config.loss, train=train)
    loss = LossConfig(name=config.loss.name, options={**config.loss.options, axis.name: value})
    return RunConfig(dataset=config.dataset, loss=loss, train=config.train)


def sweep_configs(base: RunConfig, axes: Sequence[Axis], n_seeds: int = 1) -> list[RunConfig]:
    """The settings of a sweep: for every value of the last axis those of the first, and for each of them its seeds.

    Args:
        base: What every setting has but for the axes' options; its seed is the first one.
        axes: One or two axes.
        n_seeds: How many seeds each, from the base's on.

    Raises:
        ValueError: For none or more than two axes, the same option twice, too many points or seeds.
    """
    most = MOST_POINTS.get(len(axes))
    if most is None or len({axis.name for axis in axes}) < len(axes):
        raise ValueError(f"a sweep has one or two different options, not {[axis.name for axis in axes]}")
    if any(not 1 <= len(axis.values) <= most for axis in axes):
        raise ValueError(f"an axis of {len(axes)} has 1 to {most} values, not {[len(axis.values) for axis in axes]}")
    if not 1 <= n_seeds <= MOST_SEEDS:
        raise ValueError(f"a sweep has 1 to {MOST_SEEDS} seeds, not {n_seeds}")
    configs = []
    for values in itertools.product(*(axis.values for axis in reversed(axes))):
        config = base
        for axis, value in zip(reversed(axes), values, strict=True):
            config = with_value(config, axis, value)
        for number in range(n_seeds):
            train = TrainConfig(**{**config.train.model_dump(), "seed": base.train.seed + number})
            configs.append(RunConfig(dataset=config.dataset, loss=config.loss, train=train))
    return configs


@dataclass(frozen=True)
class Sweep:
    """What came out of a sweep.

    Attributes:
        axes: One or two axes; of two the first runs from left to right.
        maps: (n_points, n_seeds, 4) mAP in the order of ``REPORT_KEYS``, points in the order of :func:`sweep_configs`;
            NaN where a head diverged or a group is empty.
        configs: The setting of every point with its first seed.
    """

    axes: tuple[Axis, ...]
    maps: np.ndarray
    configs: tuple[RunConfig, ...]

    @property
    def n_seeds(self) -> int:
        """Seeds a point."""
        return self.maps.shape[1]

    @property
    def means(self) -> np.ndarray:
        """(n_points, 4) mean over seeds; NaN where one of them is."""
        return self.maps.mean(axis=1)

    def grid(self, key: str) -> np.ndarray:
        """(n_rows, n_columns) mean mAP of a group over the two axes; one row for one axis."""
        return self.means[:, REPORT_KEYS.index(key)].reshape(-1, len(self.axes[0].values))

    def coordinates(self, point: int) -> tuple[float, ...]:
        """The values of the axes at a point."""
        row, column = divmod(point, len(self.axes[0].values))
        return (self.axes[0].values[column], *(axis.values[row] for axis in self.axes[1:]))

    def best(self, key: str) -> int | None:
        """The point with the largest mean mAP of a group; None where none is defined."""
        values = self.means[:, REPORT_KEYS.index(key)]
        return int(np.nanargmax(values)) if np.isfinite(values).any() else None

    def seed_noise(self, key: str) -> float:
        """Standard deviation between the seeds of a point, pooled over all points; NaN with one seed."""
        values = self.maps[:, :, REPORT_KEYS.index(key)]
        known = values[np.isfinite(values).all(axis=1)]
        if self.n_seeds < 2 or not len(known):
            return math.nan
        return math.sqrt(statistics.fmean(known.var(axis=1, ddof=1)))

    def least_clear(self, key: str) -> float:
        """The difference of two points below which seeds alone explain 95 % of all differences; NaN with one seed.

        All points have the same seeds, so what a seed does to all of them alike is no difference and is taken out.
        """
        values = self.maps[:, :, REPORT_KEYS.index(key)]
        known = values[np.isfinite(values).all(axis=1)]
        if self.n_seeds < 2 or len(known) < 2:
            return math.nan
        own = known - known.mean(axis=0)
        spread = own.var(axis=1, ddof=1).mean() * len(known) / (len(known) - 1)
        return 1.96 * math.sqrt(2 * spread / self.n_seeds)

    def front(self) -> list[int]:
        """The Pareto front: points to which no other is at least equal in head and in tail, by rising head mAP."""
        head, tail = (self.means[:, REPORT_KEYS.index(key)] for key in ("head", "tail"))
        order = [point for point in np.lexsort((-tail, -head)) if np.isfinite(head[point] + tail[point])]
        front, highest = [], -math.inf
        for point in order:  # from the largest head mAP down, only a larger tail mAP is a gain
            if tail[point] > highest:
                front.append(int(point))
                highest = tail[point]
        return front[::-1]


def read_sweep(heads: Heads, axes: Sequence[Axis], n_seeds: int) -> Sweep:
    """Put the heads of :func:`sweep_configs` in order."""
    maps = np.array([[head.map[key] for key in REPORT_KEYS] for head in heads.heads], dtype=np.float64)
    firsts = tuple(head.config for head in heads.heads[::n_seeds])
    return Sweep(tuple(axes), maps.reshape(-1, n_seeds, len(REPORT_KEYS)), firsts)
