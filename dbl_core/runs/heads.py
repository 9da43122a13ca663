"""Heads that the worker has trained a moment ago, as the records that runs leave: nothing of them lies on the disk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from dbl_core.config import RunConfig
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.comparison import Difference
from dbl_core.runs.outcome import NO_RANGE, ClassResult, Epoch, Result


@dataclass(frozen=True)
class HeadClass:
    """A class of the data set: its name, its group, its positives in the training set and in the test split."""

    label: str
    group: str
    train_count: int
    test_positives: int


@dataclass(frozen=True)
class Head:
    """One trained head.

    Attributes:
        config: The settings it was trained with.
        map: mAP of total, head, medium and tail on the test split, fractions; NaN where undefined.
        ap: (n_labels,) average precision; NaN for a class without test positives.
        classes: The classes in the order of ``ap``.
        intervals: 95 % intervals of ``map`` over resampled test images; empty where they were not asked for.
        ap_intervals: (n_labels, 2) the same of ``ap``; empty where they were not asked for.
        curve: mAP and losses after every evaluation, in the order of the steps.
        diverged: A sentence where the loss became infinite or grew without end, else "".
    """

    config: RunConfig
    map: Mapping[str, float]
    ap: np.ndarray
    classes: tuple[HeadClass, ...]
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ap_intervals: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    curve: tuple[Epoch, ...] = ()
    diverged: str = ""

    @property
    def has_numbers(self) -> bool:
        """Whether there is anything to draw; a diverged head may have lost all its numbers."""
        return any(map(math.isfinite, self.map.values()))

    @cached_property
    def result(self) -> Result:
        """The same as the final numbers of a run, for figures and comparisons of runs."""
        ranges = self.ap_intervals if len(self.ap_intervals) else [NO_RANGE] * len(self.classes)
        entries = [
            ClassResult(
                label=each.label,
                group=each.group,
                train_count=each.train_count,
                test_positives=each.test_positives,
                ap=float(ap),
                interval=(float(low), float(high)),
            )
            for each, ap, (low, high) in zip(self.classes, self.ap, ranges, strict=True)
        ]
        return Result(map=dict(self.map), intervals=dict(self.intervals), per_class=tuple(entries), config=self.config)


@dataclass(frozen=True)
class Heads:
    """The heads of one question.

    Attributes:
        heads: One a setting, in the order of the settings.
        n_steps: Optimizer steps of each.
        seconds: How long all of them took together.
        origin: What the inputs are, in words.
    """

    heads: tuple[Head, ...]
    n_steps: int
    seconds: float
    origin: str = ""

    @property
    def diverged(self) -> tuple[Head, ...]:
        """The heads whose training went wrong."""
        return tuple(head for head in self.heads if head.diverged)

    @property
    def untested(self) -> tuple[str, ...]:
        """Names of the classes without a positive in the test split: no AP, and in no mean."""
        classes = self.heads[0].classes if self.heads else ()
        return tuple(each.label for each in classes if not each.test_positives)


def read_heads(answer: Mapping[str, Any], configs: Sequence[RunConfig]) -> Heads:
    """The answer of the worker's task ``train_heads`` as records.

    Args:
        answer: What the task returned.
        configs: The settings that were asked for, in the same order.
    """
    classes = tuple(
        HeadClass(each["label"], each["group"], int(each["train_count"]), int(each["test_positives"]))
        for each in answer["classes"]
    )
    heads = zip(answer["heads"], configs, strict=True)
    return Heads(
        tuple(_head(values, config, classes) for values, config in heads),
        n_steps=int(answer["n_steps"]),
        seconds=float(answer["seconds"]),
        origin=str(answer.get("origin") or ""),
    )


def _head(values: Mapping[str, Any], config: RunConfig, classes: tuple[HeadClass, ...]) -> Head:
    intervals = values.get("intervals") or {}
    return Head(
        config=config,
        map={key: _number(values["map"].get(key)) for key in REPORT_KEYS},
        ap=np.array([_number(ap) for ap in values["ap"]], dtype=np.float64),
        classes=classes,
        intervals={key: (_number(low), _number(high)) for key, (low, high) in intervals.items()},
        ap_intervals=np.array(values.get("ap_intervals") or np.empty((0, 2)), dtype=np.float64).reshape(-1, 2),
        curve=tuple(
            Epoch.model_validate({"epoch": number, **point}) for number, point in enumerate(values["curve"], start=1)
        ),
        diverged=str(values.get("diverged") or ""),
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


@dataclass(frozen=True)
class HeadDifference:
    """One head minus another on the same test images, with paired 95 % intervals.

    Attributes:
        groups: Difference of the mAP of total, head, medium and tail.
        per_class: Difference of the AP of every class.
    """

    groups: Mapping[str, Difference]
    per_class: tuple[Difference, ...]

    @property
    def sentence(self) -> str:
        """Which differences of mAP are more than the test images explain, in points."""
        known = {key: entry for key, entry in self.groups.items() if math.isfinite(entry.value)}
        if not known:
            return "These two heads cannot be compared: neither group has a class with test positives."
        clear = [_points(key, entry) for key, entry in known.items() if not entry.inside_noise]
        noise = [_points(key, entry) for key, entry in known.items() if entry.inside_noise]
        parts = []
        if clear:
            parts.append(f"More than the noise of the test images: {', '.join(clear)}.")
        if noise:
            parts.append(f"Noise, the interval holds 0: {', '.join(noise)}.")
        return " ".join(parts)


def read_difference(answer: Mapping[str, Any]) -> HeadDifference:
    """The answer of the worker's task ``compare_heads`` as a record."""
    return HeadDifference(
        groups={key: _difference(values) for key, values in answer["groups"].items()},
        per_class=tuple(_difference(values) for values in answer["per_class"]),
    )


def _difference(values: Sequence[float | None]) -> Difference:
    value, low, high = map(_number, values)
    return Difference(value, low, high, "images")


def _points(key: str, entry: Difference) -> str:
    return f"{key} {100 * entry.value:+.1f}"
