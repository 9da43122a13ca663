"""How long a run will take, from runs like it that have finished on this machine."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from dbl_core.config import RunConfig
from dbl_core.errors import RunError
from dbl_core.runs.devices import expected_device
from dbl_core.runs.outcome import read_epochs, read_outcome
from dbl_core.runs.progress import MOST_SECONDS, about
from dbl_core.runs.store import Run

MOST_RUNS = 10
"""The latest runs are asked, at most so many: a machine changes, and a page must not read a thousand files."""


@dataclass(frozen=True)
class Estimate:
    """What a run will probably take.

    Attributes:
        seconds: From its turn to its result.
        n_runs: From how many finished runs that is known.
    """

    seconds: float
    n_runs: int


@dataclass(frozen=True)
class _Past:
    """What a finished run took: outside training, and for so many steps of so many images."""

    device: str
    batch_size: int
    outside_s: float
    training_s: float
    steps: int


def estimate(runs: Iterable[Run], config: RunConfig, *, n_steps: int) -> Estimate | None:
    """Expect of a run what runs of the same data set, backbone, mode and device took a step.

    What they did besides (starting, reading, features, evaluation of the result) is added as it was; of two runs the
    quicker one counts there, for the first run of a data set keeps images and features for the next. Runs of the same
    batch size are preferred; of others the time follows the images, or of frozen features the steps.

    Args:
        runs: The runs of the lab, newest first; imported ones are of another machine and tell nothing.
        config: The settings of the planned run.
        n_steps: How many steps it will have in all.

    Returns:
        The median over at most ``MOST_RUNS`` runs, in both parts; None where there is none.
    """
    on_cpu = expected_device(config.train.device) == "cpu"
    told = (found for run in runs if _alike(run, config) for found in _past(run))
    past = list(itertools.islice((one for one in told if one.device.startswith("cpu") == on_cpu), MOST_RUNS))
    past = [one for one in past if one.device == past[0].device]
    past = [one for one in past if one.batch_size == config.train.batch_size] or past
    if not past:
        return None
    training = statistics.median(one.training_s * _scale(one, config, n_steps) for one in past)
    return Estimate(training + statistics.median_low(one.outside_s for one in past), len(past))


def _alike(run: Run, config: RunConfig) -> bool:
    if run.state != "finished" or run.origin or run.config is None:
        return False
    ours, theirs = config, run.config
    return (ours.train.mode, ours.train.backbone) == (theirs.train.mode, theirs.train.backbone) and (
        ours.dataset.name,
        ours.dataset.path,
        ours.dataset.side,
    ) == (theirs.dataset.name, theirs.dataset.path, theirs.dataset.side)


def _past(run: Run) -> list[_Past]:
    """What a run took, none where its records do not tell."""
    try:
        result = read_outcome(run.folder)
    except RunError:
        return []
    last = next(reversed(read_epochs(run.folder)), None)
    if last is None or not last.step or not 0 <= last.seconds <= result.seconds < MOST_SECONDS:
        return []
    outside = result.start_seconds + result.seconds - last.seconds
    return [_Past(result.device, run.config.train.batch_size, outside, last.seconds, last.step)]


def _scale(past: _Past, config: RunConfig, n_steps: int) -> float:
    images = 1.0 if config.train.mode == "head" else config.train.batch_size / past.batch_size
    return images * n_steps / past.steps


def launch_words(found: Estimate | None, *, n_runs: int, n_ahead: int, at_once: int = 1) -> str:
    """What to expect of a launch, in a sentence.

    Args:
        found: Of one of its runs.
        n_runs: How many runs are launched together.
        n_ahead: How many runs are at work or wait already.
        at_once: How many runs compute at once.
    """
    if found is None:
        words = "No estimate yet: no run of this data set, backbone, mode and device has finished here"
        return f"{words}{_after(n_ahead, '; it starts after ')}."
    total = about(found.seconds * math.ceil(n_runs / at_once))
    words = f"{total[:1].upper()}{total[1:]}"
    if n_runs > 1:
        words += f" for {n_runs} runs"
    known = "a finished run" if found.n_runs == 1 else f"{found.n_runs} finished runs"
    return f"{words}{_after(n_ahead, ', after ')}, going by {known} like this."


def _after(n_ahead: int, before: str) -> str:
    if not n_ahead:
        return ""
    return f"{before}{'1 run that is' if n_ahead == 1 else f'{n_ahead} runs that are'} at work or waiting"
