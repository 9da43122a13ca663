"""Heads that are trained while the student waits: methods, seeds, and whether a difference is more than noise."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from dbl_core.config import RunConfig, TrainConfig
from dbl_core.lessons.answer import Answer, Bar, Bars, Quantity, Value
from dbl_core.lessons.computations.registry import computation
from dbl_core.lessons.computations.seed_pairs import FEWEST_FOR_INTERVAL, seed_pairs
from dbl_core.lessons.lab import HeadScores, Lab, rows_of
from dbl_core.longtail import GROUPS, convention_named
from dbl_core.methods import METHODS
from dbl_core.metrics import REPORT_KEYS, group_report

STEPS = 968
"""Optimizer steps of a head where a lesson says nothing: the paper's eight epochs on VOC-MLT."""
Methods = Annotated[list[str], Field(min_length=1, max_length=6)]
Group = Literal["total", "head", "medium", "tail"]
Seeds = Annotated[int, Field(ge=1, le=5)]
Steps = Annotated[int, Field(ge=8, le=2000)] | None


@computation
def methods(lab: Lab, *, methods: Methods, seeds: Seeds = 1, group: Group = "tail") -> Answer:
    """MAP of methods trained now, their order, and what the last adds to the first.

    Args:
        lab: The lab.
        methods: Titles of ``dbl_core.methods.METHODS``; ``BCE@0.1`` is BCE at the learning rate 0.1.
        seeds: Seeds of each.
        group: The group that values and order speak of.
    """
    scores = _trained(lab, methods, seeds)
    means = {title: np.nanmean([head.map[group] for head in heads]) for title, heads in scores.items()}
    order = tuple(sorted(means, key=lambda title: -means[title]))
    titles = list(scores)
    values: dict[str, Value] = {
        f"{_word(title)}_{key}": Quantity(100 * float(np.mean([head.map[key] for head in heads])), "%")
        for title, heads in scores.items()
        for key in REPORT_KEYS
    }
    gain = means[titles[-1]] - means[titles[0]]
    steps = {title: means[title] - means[before] for before, title in pairwise(titles)}
    values |= {"gain": Quantity(100 * float(gain), "points"), "best": _word(order[0])}
    if steps:
        values["largest"] = _word(max(steps, key=steps.get))
    one = scores[titles[0]][0].map
    values["gap"] = Quantity(100 * float(one["head"] - one["tail"]), "points")
    return Answer(values, order=order, chart=_bars(scores, group), note=_note(seeds))


@computation
def difference(
    lab: Lab, *, first: str, second: str, seeds: Seeds = 5, group: Group = "total", steps: Steps = None
) -> Answer:
    """Whether the second method is better than the first by more than the seeds explain.

    The interval is that of the mean of paired differences, one a seed (Student's t, 95 %).
    """
    if seeds < FEWEST_FOR_INTERVAL:
        raise ValueError(f"an interval over seeds needs at least {FEWEST_FOR_INTERVAL} of them, not {seeds}")
    scores = _trained(lab, [first, second], seeds, steps)
    pairs = zip(*scores.values(), strict=True)
    gains = [100 * float(other.map[group] - one.map[group]) for one, other in pairs]
    found = seed_pairs(gains)
    bars = [Bar(f"seed {seed}", gain) for seed, gain in enumerate(gains)]
    bars.append(Bar("mean, 95 % interval", found.mean, low=found.low, high=found.high))
    return Answer(
        {
            "verdict": found.verdict,
            "mean": Quantity(found.mean, "points"),
            "low": Quantity(found.low, "points"),
            "high": Quantity(found.high, "points"),
        },
        chart=Bars(
            f"{group} mAP, {second} minus {first} (points)", tuple(bars), f"{second} minus {first}, seed by seed"
        ),
        note=_note(seeds, steps),
    )


@computation
def seed_spread(lab: Lab, *, method: str = "DB-Focal", seeds: Seeds = 5, group: Group = "tail") -> Answer:
    """How far apart the same setting ends with other seeds."""
    (heads,) = _trained(lab, [method], seeds).values()
    found = np.array([100 * head.map[group] for head in heads])
    bars = tuple(Bar(f"seed {seed}", float(value)) for seed, value in enumerate(found))
    return Answer(
        {
            "range": Quantity(float(found.max() - found.min()), "points"),
            "mean": Quantity(float(found.mean()), "%"),
            "deviation": Quantity(float(found.std(ddof=1)) if seeds > 1 else math.nan, "points"),
        },
        chart=Bars(f"{group} mAP (%)", bars, f"{group} mAP of {method} with several seeds"),
        note=_note(seeds),
    )


@computation
def regrouped(lab: Lab, *, method: str = "BCE", convention: str = "quantiles", group: str = "tail") -> Answer:
    """The mAP of one and the same head under other borders of head, medium and tail."""
    ((head,),) = _trained(lab, [method], 1).values()
    counts = np.asarray(lab.data.label_counts)
    reports = {name: group_report(head.ap, counts, name) for name in dict.fromkeys(("db", "lvis", convention))}
    bars = tuple(
        Bar(convention_named(name).title, 100 * float(report[each]), each, series=each)
        for name, report in reports.items()
        for each in GROUPS
        if math.isfinite(report[each])
    )
    return Answer(
        {
            "paper": Quantity(100 * float(reports["db"][group]), "%"),
            "other": Quantity(100 * float(reports[convention][group]), "%"),
            "change": Quantity(100 * abs(float(reports[convention][group] - reports["db"][group])), "points"),
        },
        chart=Bars("mAP (%)", bars, "mAP of one head by group under several conventions"),
        note=_note(1),
    )


def _trained(lab: Lab, titles: Sequence[str], seeds: int, steps: int | None = None) -> dict[str, list[HeadScores]]:
    """Return the heads of every method, seed by seed, in the order of the titles."""
    rows_of(lab)
    configs = [_config(lab, title, seed, steps or STEPS) for title in titles for seed in range(seeds)]
    heads = list(lab.heads(configs))
    return {title: heads[number * seeds : (number + 1) * seeds] for number, title in enumerate(titles)}


def _config(lab: Lab, title: str, seed: int, steps: int) -> RunConfig:
    name, _, rate = title.partition("@")
    known = {method.title: method for method in METHODS}
    if name not in known:
        raise ValueError(f"unknown method {name!r}; choose one of {', '.join(known)}")
    train = {"sampler": known[name].sampler, "seed": seed, "max_steps": steps}
    if rate:
        train["learning_rate"] = rate
    return RunConfig(dataset=lab.choice, loss=known[name].loss_config, train=TrainConfig(**train))


def _bars(scores: dict[str, list[HeadScores]], group: str) -> Bars:
    keys = REPORT_KEYS if len(scores) <= 2 else (group,)
    bars = []
    for title, heads in scores.items():
        for key in keys:
            found = np.array([100 * head.map[key] for head in heads])
            if not np.isfinite(found).all():
                continue
            low, high = (float(found.min()), float(found.max())) if len(found) > 1 else (math.nan, math.nan)
            name, series = (key, _shown(title)) if len(keys) > 1 else (_shown(title), "")
            look = key if len(keys) == 1 and key in GROUPS else ""
            bars.append(Bar(name, float(found.mean()), look, low, high, series))
    title = "mAP (%)" if len(keys) > 1 else f"{group} mAP (%)"
    return Bars(title, tuple(bars), f"mAP of {', '.join(map(_shown, scores))}")


def _shown(title: str) -> str:
    name, _, rate = title.partition("@")
    return f"{name}, rate {rate}" if rate else name


def _word(title: str) -> str:
    """Return a title as the name of a value: ``r_bce`` for R-BCE, ``bce_0_1`` for BCE@0.1."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


def _note(seeds: int, steps: int | None = None) -> str:
    some = "one seed" if seeds == 1 else f"{seeds} seeds"
    return f"Heads on frozen features, trained for this step: {steps or STEPS} steps each, {some}, test split."
