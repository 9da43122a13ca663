"""Trials of a search as records, and what they say together: the best, the front of head and tail, the noise."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dbl_core.config import RunConfig
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.sweeps import Sweep
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Value, with_settings

TRIAL_STATES = ("running", "complete", "failed", "interrupted")


@dataclass(frozen=True)
class Trial:
    """One trial.

    Attributes:
        number: From 1, in the order in which trials were begun.
        state: One of ``TRIAL_STATES``; an interrupted one was stopped or killed with its search and is tried again.
        settings: Flat setting -> value, only what the search varies.
        runs: Ids of its runs, one a seed.
        maps: mAP of total, head, medium and tail of every finished run, fractions; NaN where undefined.
        seconds: How long it took; 0 before its end.
        message: Why it failed.
    """

    number: int
    state: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    maps: tuple[Mapping[str, float], ...] = ()
    seconds: float = 0.0
    message: str = ""

    def mean(self, key: str) -> float:
        """Mean mAP over its seeds; NaN where one is not known."""
        values = [each.get(key, math.nan) for each in self.maps]
        return statistics.fmean(values) if values else math.nan

    def spread(self, key: str) -> float:
        """Standard deviation over its seeds; NaN with fewer than two."""
        values = [each.get(key, math.nan) for each in self.maps]
        return statistics.stdev(values) if len(values) > 1 and all(map(math.isfinite, values)) else math.nan

    def has(self, key: str) -> bool:
        """Whether it ended well and that mAP is defined."""
        return self.state == "complete" and math.isfinite(self.mean(key))

    def config(self, search: SearchConfig) -> RunConfig:
        """The settings of its first run."""
        return with_settings(search.base, self.settings)


def read_trial(number: int, state: str, notes: Mapping[str, Any]) -> Trial:
    """A record from what a journal says; what does not fit is left out.

    Args:
        number: From 1.
        state: Optuna's word in small letters, or "interrupted".
        notes: What the search noted of it.
    """
    settings, runs, maps = (notes.get(key) for key in ("settings", "runs", "maps"))
    seconds = notes.get("seconds")
    return Trial(
        number=number,
        state={"fail": "failed", "pruned": "failed"}.get(state, state),
        settings={
            str(name): value
            for name, value in (settings if isinstance(settings, Mapping) else {}).items()
            if isinstance(value, float | int | str)
        },
        runs=tuple(run for run in (runs if isinstance(runs, list) else ()) if isinstance(run, str)),
        maps=tuple(_map(each) for each in (maps if isinstance(maps, list) else ()) if isinstance(each, Mapping)),
        seconds=float(seconds) if isinstance(seconds, int | float) and math.isfinite(seconds) else 0.0,
        message=str(notes.get("message") or ""),
    )


def _map(values: Mapping[str, Any]) -> dict[str, float]:
    numbers = ((key, values.get(key)) for key in REPORT_KEYS)
    return {key: float(value) if isinstance(value, int | float) else math.nan for key, value in numbers}


def as_sweep(trials: Sequence[Trial], search: SearchConfig) -> Sweep:
    """Finished trials as the points of a sweep, which knows of noise and fronts; NaN where a seed is missing."""
    maps = np.full((len(trials), search.seeds, len(REPORT_KEYS)), np.nan)
    for point, trial in enumerate(trials):
        for seed, values in enumerate(trial.maps[: search.seeds]):
            maps[point, seed] = [values[key] for key in REPORT_KEYS]
    return Sweep((), maps, tuple(search.base for _ in trials))


@dataclass(frozen=True)
class Verdict:
    """What the finished trials of a search say.

    Attributes:
        finished: The trials that ended well, in their order.
        best: The one with the largest mean of the aim; of two aims the one with the largest sum. None without any.
        front: Those to which no other is at least equal in head and in tail, by rising head mAP.
        noise: Standard deviation between the seeds of a trial, by mAP; NaN with one seed a trial.
        least_clear: Differences of two trials below this are explained by seeds alone, by mAP; NaN with one seed.
    """

    finished: tuple[Trial, ...]
    best: Trial | None
    front: tuple[Trial, ...]
    noise: Mapping[str, float]
    least_clear: Mapping[str, float]


def verdict(trials: Sequence[Trial], search: SearchConfig) -> Verdict:
    """Judge the trials of a search."""
    finished = tuple(trial for trial in trials if all(trial.has(key) for key in search.keys))
    sweep = as_sweep(finished, search)
    return Verdict(
        finished=finished,
        best=max(finished, key=lambda trial: sum(map(trial.mean, search.keys)), default=None),
        front=tuple(finished[point] for point in sweep.front()),
        noise={key: sweep.seed_noise(key) for key in REPORT_KEYS},
        least_clear={key: sweep.least_clear(key) for key in REPORT_KEYS},
    )


@dataclass(frozen=True)
class Budget:
    """How much of its budget a search has used.

    Attributes:
        runs: Runs of trials that ended; an interrupted trial costs nothing, it is tried again.
        minutes: Time that these trials took.
        share: How much of the budget that is used, 0 to 1, of runs or of minutes, whichever is further.
        left: Whether another trial may begin.
    """

    runs: int
    minutes: float
    share: float
    left: bool


def budget_of(trials: Sequence[Trial], search: SearchConfig) -> Budget:
    """How much of its budget a search has used."""
    ended = [trial for trial in trials if trial.state in ("complete", "failed")]
    runs, minutes = search.seeds * len(ended), sum(trial.seconds for trial in ended) / 60
    shares = [0.0]
    left = True
    if search.runs is not None:
        shares.append(runs / (search.runs // search.seeds * search.seeds))
        left = runs + search.seeds <= search.runs
    if search.minutes is not None:
        shares.append(minutes / search.minutes)
        left = left and minutes < search.minutes
    return Budget(runs, minutes, min(max(shares), 1.0), left)
