"""AP of every class over the seeds of a group of runs, and what it gains against a baseline."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import scipy

from dbl_core.metrics import BootstrapIntervals
from dbl_core.runs.comparison import LEAST_FREEDOM, LEVEL, SeedGroup
from dbl_core.runs.outcome import NO_RANGE, ClassResult


class ClassAp(NamedTuple):
    """AP of one class over the seeds of a group of runs: its record, the mean AP and the range to draw (fractions)."""

    entry: ClassResult
    ap: float
    low: float
    high: float


def class_ap(group: SeedGroup) -> list[ClassAp]:
    """Mean AP of every class over the seeds; the range is that over seeds, or the interval of a lone seed's images."""
    rows = []
    for entries in zip(*(result.per_class for result in group.results), strict=False):
        known = [entry.ap for entry in entries if math.isfinite(entry.ap)]
        if len(entries) == 1 or not known:
            rows.append(ClassAp(entries[0], entries[0].ap, *entries[0].interval))
        else:
            rows.append(ClassAp(entries[0], statistics.fmean(known), min(known), max(known)))
    return rows


class ClassGain(NamedTuple):
    """What a class gains against a baseline.

    Attributes:
        entry: Its record in the group that gains or loses.
        gain: Mean AP over seeds minus that of the baseline, a fraction; NaN where one of them is not defined.
        low: Lower end of its 95 % interval, NaN where nothing tells.
        high: Upper end.
    """

    entry: ClassResult
    gain: float
    low: float
    high: float

    @property
    def inside_noise(self) -> bool:
        """Whether the interval holds 0; False where there is no interval that could say so."""
        return self.low <= 0 <= self.high


def class_gains(group: SeedGroup, baseline: SeedGroup, paired: BootstrapIntervals | None = None) -> list[ClassGain]:
    """What every class gains against a baseline; classes are matched by name, others left out.

    Args:
        group: The group; its mean over seeds counts.
        baseline: What is subtracted.
        paired: Intervals of the difference of one run of each over the same test images, in the order of the classes.
            They judge lone seeds. Of several seeds it is Student's interval of the difference of two means, with the
            spread of that class pooled over both groups; below two degrees of freedom there is none.
    """
    lone = len(group.results) == len(baseline.results) == 1
    before = {row.entry.label: row.ap for row in class_ap(baseline)}
    gains = []
    for number, row in enumerate(class_ap(group)):
        if row.entry.label not in before:
            continue
        gain = row.ap - before[row.entry.label]
        if lone and paired is not None and number < len(paired.per_class):
            low, high = paired.per_class[number].low, paired.per_class[number].high
        else:
            low, high = _seed_interval(gain, [_seed_values(each, row.entry.label) for each in (group, baseline)])
        gains.append(ClassGain(row.entry, gain, low, high))
    return gains


def _seed_values(group: SeedGroup, label: str) -> list[float]:
    """AP of a class, one a seed, where it is defined."""
    found = (entry.ap for result in group.results for entry in result.per_class if entry.label == label)
    return [ap for ap in found if math.isfinite(ap)]


def _seed_interval(gain: float, samples: Sequence[Sequence[float]]) -> tuple[float, float]:
    freedom = sum(len(values) - 1 for values in samples)
    if freedom < LEAST_FREEDOM or not all(samples):
        return NO_RANGE
    squares = sum((len(values) - 1) * statistics.variance(values) for values in samples if len(values) > 1)
    error = math.sqrt(squares / freedom * sum(1 / len(values) for values in samples))
    half = float(scipy.special.stdtrit(freedom, (1 + LEVEL) / 2)) * error
    return gain - half, gain + half
