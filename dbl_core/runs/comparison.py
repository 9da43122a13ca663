"""Runs side by side: which belong together, which settings differ, which differences are more than noise.

Runs whose settings differ in nothing but the training seed form one group. A difference between two groups is judged
by what is known: the spread between seeds where there are enough of them, else paired resampling of the test images,
else the two intervals side by side. One seed a group never shows how much another seed would move the numbers.
"""

from __future__ import annotations

import hashlib
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import scipy  # its special functions know Student's t; all of scipy.stats would cost every page 30 MB

from dbl_core.config import LIMITS, RunConfig
from dbl_core.losses import LOSSES
from dbl_core.metrics import REPORT_KEYS, BootstrapIntervals
from dbl_core.runs.outcome import NO_RANGE, Result

SEED = "train.seed"
LEVEL = 0.95
# With one degree of freedom Student's interval is 13 spreads wide and says nothing.
LEAST_FREEDOM = 2
BASES = {
    "seeds": "95 % interval from the spread between the seeds shown",
    "images": "95 % interval over the same resampled test images, one run of each",
    "intervals": "the two 95 % intervals over test images side by side, which is cautious",
}
ADVICE = "launch three or more of each before you rank them"


def settings_of(config: RunConfig) -> dict[str, Any]:
    """All settings that decide the numbers, as a flat mapping; an automatic learning rate is the one really used."""
    settings = {**config.flat(), "train.learning_rate": config.train.peak_rate}
    return {name: value for name, value in settings.items() if name.removeprefix("train.") not in LIMITS}


def settings_key(config: RunConfig) -> str:
    """A short name of the settings without the training seed: equal for runs that are repetitions of each other."""
    settings = {name: value for name, value in settings_of(config).items() if name != SEED}
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class SeedGroup:
    """Runs of the same settings.

    Attributes:
        key: :func:`settings_key` of all of them.
        name: What tells the group from the others of its comparison.
        config: The settings of its first run.
        runs: Run id -> final numbers, None for a run that has none (yet).
        seeds: Run id -> training seed.
    """

    key: str
    name: str
    config: RunConfig
    runs: Mapping[str, Result | None]
    seeds: Mapping[str, int]

    @property
    def results(self) -> tuple[Result, ...]:
        """The final numbers, one a seed: a run that repeats a seed says nothing about the spread between seeds."""
        by_seed = {self.seeds[run]: result for run, result in self.runs.items() if result is not None}
        return tuple(by_seed.values())

    def mean_map(self, key: str) -> float:
        """Mean over seeds of the mAP of total, head, medium or tail; NaN without a result."""
        values = self._values(key)
        return statistics.fmean(values) if values else math.nan

    def spread(self, key: str) -> float:
        """Standard deviation over seeds of that mAP; NaN with fewer than two."""
        values = self._values(key)
        return statistics.stdev(values) if len(values) > 1 else math.nan

    def interval(self, key: str) -> tuple[float, float]:
        """The interval to draw: mean -+ one standard deviation over seeds, or that of the test images for one seed."""
        if len(self._values(key)) > 1:
            mean, spread = self.mean_map(key), self.spread(key)
            return mean - spread, mean + spread
        return self.results[0].intervals.get(key, NO_RANGE) if self.results else NO_RANGE

    def mean_interval(self, key: str) -> tuple[float, float]:
        """95 % interval of the mean: Student's over three or more seeds, that of the test images for one, else NaN."""
        n_seeds = self.n_values(key)
        if n_seeds <= 1:
            return self.interval(key)
        if n_seeds - 1 < LEAST_FREEDOM:
            return NO_RANGE
        half = float(scipy.special.stdtrit(n_seeds - 1, (1 + LEVEL) / 2)) * self.spread(key) / math.sqrt(n_seeds)
        return self.mean_map(key) - half, self.mean_map(key) + half

    def n_values(self, key: str) -> int:
        """How many seeds have a defined mAP of that key."""
        return len(self._values(key))

    def _values(self, key: str) -> list[float]:
        values = (result.map.get(key, math.nan) for result in self.results)
        return [value for value in values if math.isfinite(value)]


def seed_groups(configs: Mapping[str, RunConfig], results: Mapping[str, Result | None]) -> list[SeedGroup]:
    """Group runs that are repetitions of each other, in the order of their first run.

    Args:
        configs: Run id -> settings.
        results: Run id -> final numbers; an absent run or None has none yet.
    """
    members: dict[str, list[str]] = {}
    for run, config in configs.items():
        members.setdefault(settings_key(config), []).append(run)
    names = group_names({key: configs[runs[0]] for key, runs in members.items()})
    return [
        SeedGroup(
            key=key,
            name=names[key],
            config=configs[runs[0]],
            runs={run: results.get(run) for run in runs},
            seeds={run: configs[run].train.seed for run in runs},
        )
        for key, runs in members.items()
    ]


def group_names(configs: Mapping[str, RunConfig]) -> dict[str, str]:
    """Names that tell settings apart: loss and sampler always, then whatever else differs."""
    differing = [row.setting for row in differing_settings(configs)]
    names = {}
    for key, config in configs.items():
        settings = settings_of(config)
        parts = [settings["loss.name"], settings["train.sampler"]]
        for setting in differing:
            if setting not in ("loss.name", "train.sampler", SEED) and settings.get(setting) is not None:
                parts.append(f"{setting.partition('.')[2]} {shown(settings[setting])}")
        names[key] = " · ".join(parts)
    return names


class SettingRow(NamedTuple):
    """One setting that differs: its flat name and its value for every run, None where the run does not have it."""

    setting: str
    values: tuple[Any, ...]


def differing_settings(configs: Mapping[str, RunConfig]) -> list[SettingRow]:
    """The settings in which runs differ, in the order of the configuration.

    An option that only some of the losses have is listed only where it departs from that loss's default: that a loss
    lacks another's options follows from its name.
    """
    all_settings = [settings_of(config) for config in configs.values()]
    rows = []
    for name in dict.fromkeys(name for settings in all_settings for name in settings):
        values = tuple(settings.get(name) for settings in all_settings)
        if _differs(name, values, all_settings):
            rows.append(SettingRow(name, values))
    return rows


def _differs(name: str, values: Sequence[Any], all_settings: Sequence[Mapping[str, Any]]) -> bool:
    section, _, option = name.partition(".")
    if section != "loss" or option == "name":
        return len(set(values)) > 1
    present = [
        (settings[name], LOSSES[settings["loss.name"]].defaults[option])
        for settings in all_settings
        if settings.get(name) is not None
    ]
    if len(present) == len(values):
        return len(set(values)) > 1
    return any(value != default for value, default in present)


def shown(value: Any) -> str:
    """A setting as a reader writes it; an absent one is a dash."""
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


class Difference(NamedTuple):
    """A difference in mAP (fractions) with the interval that judges it, and what that interval rests on."""

    value: float
    low: float
    high: float
    basis: str

    @property
    def inside_noise(self) -> bool:
        """Whether the interval holds 0 (or is not known)."""
        return not (self.low > 0 or self.high < 0)


def differences(
    group: SeedGroup,
    baseline: SeedGroup,
    paired: BootstrapIntervals | None = None,
    *,
    among: Sequence[SeedGroup] = (),
) -> dict[str, Difference]:
    """How far a group lies from a baseline, for total, head, medium and tail.

    Student's interval of the difference of two means, with the spread between seeds pooled over all groups of the
    comparison; where that has fewer than two degrees of freedom, the paired interval of one run of each.

    Args:
        group: The group.
        baseline: What it is compared with; the difference is group minus baseline.
        paired: Intervals of the difference of one run of each over the same resampled test images, where known.
        among: Groups whose seeds tell the spread; the two alone when left out.
    """
    return {key: _difference(group, baseline, paired, key=key, among=among or (group, baseline)) for key in REPORT_KEYS}


def _difference(
    group: SeedGroup,
    baseline: SeedGroup,
    paired: BootstrapIntervals | None,
    *,
    key: str,
    among: Sequence[SeedGroup],
) -> Difference:
    value = group.mean_map(key) - baseline.mean_map(key)
    spread, freedom = pooled_spread(among, key)
    if freedom >= LEAST_FREEDOM and math.isfinite(value):
        steps = math.sqrt(sum(1 / each.n_values(key) for each in (group, baseline)))
        half = float(scipy.special.stdtrit(freedom, (1 + LEVEL) / 2)) * spread * steps
        return Difference(value, value - half, value + half, "seeds")
    if paired is not None:
        interval = paired.groups[key]
        return Difference(interval.value, interval.low, interval.high, "images")
    (low, high), (other_low, other_high) = _image_interval(group, key), _image_interval(baseline, key)
    return Difference(value, low - other_high, high - other_low, "intervals")


def _image_interval(group: SeedGroup, key: str) -> tuple[float, float]:
    return group.results[0].intervals.get(key, NO_RANGE) if group.results else NO_RANGE


def pooled_spread(groups: Sequence[SeedGroup], key: str) -> tuple[float, int]:
    """Standard deviation between seeds, pooled over groups that have several, and its degrees of freedom."""
    several = [group for group in groups if group.n_values(key) > 1]
    freedom = sum(group.n_values(key) - 1 for group in several)
    squares = sum((group.n_values(key) - 1) * group.spread(key) ** 2 for group in several)
    return (math.sqrt(squares / freedom), freedom) if freedom else (math.nan, 0)


def verdict(group: SeedGroup, baseline: SeedGroup, found: Mapping[str, Difference]) -> str:
    """What may be said about a group and a baseline, in sentences."""
    known = {key: entry for key, entry in found.items() if math.isfinite(entry.value)}
    if not known:
        return f"{group.name} and {baseline.name} cannot be compared yet: one of them has no result."
    outside = [_points(key, entry) for key, entry in known.items() if not entry.inside_noise]
    inside = [_points(key, entry) for key, entry in known.items() if entry.inside_noise]
    parts = [f"{group.name} against {baseline.name}, in points of mAP."]
    if outside:
        parts.append(f"More than noise: {_listed(outside)}.")
    if inside:
        parts.append(f"Inside the noise: {_listed(inside)}.")
    basis = next(iter(known.values())).basis
    counts = [len(group.results), len(baseline.results)]
    if basis == "seeds":
        parts.append(f"({BASES[basis]}, {counts[0]} against {counts[1]}.)")
    else:
        few = "One seed each" if counts == [1, 1] else "Too few seeds to know their spread"
        parts.append(f"({BASES[basis]}.) {few}: another seed may move every number; {ADVICE}.")
    return " ".join(parts)


def _points(key: str, entry: Difference) -> str:
    return f"{key} {100 * entry.value:+.1f}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
