"""What the worker can be asked about heads that it trains: scores of settings, and the difference of two.

A task of this module does not compute. It checks what is asked and says which heads it needs and what becomes of them;
``dbl_core.worker.training`` trains the heads, those of several questions together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbl_core import hosting
from dbl_core.config import RunConfig, explain
from dbl_core.longtail.groups import convention_named, group_of
from dbl_core.metrics import REPORT_KEYS, Interval, bootstrap_intervals, group_report, paired_intervals
from dbl_core.runs.visitors import bounded
from dbl_core.train.draws import plan_epochs
from dbl_core.train.heads import Evaluate, HeadResult
from dbl_core.worker.data import HeadData

MOST_HEADS = 256
"""Heads of one question."""
MOST_WITH_INTERVALS = 16
"""Heads of one question whose intervals are computed: each takes a part of a second, which everybody waits for."""


@dataclass
class TrainedHead:
    """A head that was trained, and what was computed from its scores.

    Attributes:
        key: Names the head: its settings on its data.
        result: Scores and curve.
        evaluate: Whether the curve has every epoch.
        intervals: Intervals by the name of a convention, once somebody asked for them.
    """

    key: str
    result: HeadResult
    evaluate: Evaluate
    intervals: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class HeadQuestion:
    """Which heads a question needs and what becomes of them.

    Attributes:
        configs: The heads, on one data set.
        evaluate: How often they are scored on the test split.
        record: From a trained head to what is kept of it until all are there.
        finish: From all records, in the order of ``configs``, and the seconds spent on them, to the answer.
    """

    configs: Sequence[RunConfig]
    evaluate: Evaluate
    record: Callable[[TrainedHead, HeadData], Any]
    finish: Callable[[list[Any], HeadData, float], dict[str, Any]]


def train_heads(
    *,
    runs: Sequence[Mapping[str, Any]],
    convention: str = "db",
    evaluate: str = "epochs",
    intervals: bool = False,
) -> HeadQuestion:
    """Train heads and score them on the test split.

    Args:
        runs: ``RunConfig`` of every head as JSON, mode "head", all on one data set and backbone.
        convention: Which head, medium and tail.
        evaluate: "epochs" for a curve with every epoch, "end" for its last record alone.
        intervals: Whether 95 % intervals over resampled test images are wanted; for 16 heads at most.

    Returns:
        The answer will be: ``heads`` (one a run: ``map`` of total, head, medium and tail, ``ap`` of every label,
        ``curve`` of records ``step``, ``train_loss``, ``test_loss``, ``map``; ``diverged``, None or a sentence;
        ``key``, a text that names the head; with intervals also ``intervals`` by group and ``ap_intervals`` by label),
        ``classes`` (``label``, ``group``, ``train_count``, ``test_positives``), ``n_steps`` of one head, ``seconds``
        of training (0 for what was known) and ``origin`` of the features. Fractions; NaN for what is undefined.

    Raises:
        ValueError: For runs that are none, too many, not valid or on different data, or an unknown convention.
    """
    convention_named(convention)
    if evaluate not in ("epochs", "end"):
        raise ValueError(f"evaluate must be 'epochs' or 'end', not {evaluate!r}")

    def record(head: TrainedHead, data: HeadData) -> dict[str, Any]:
        return _record(head, data, convention, intervals=intervals)

    configs = _configs(runs)
    if intervals and len(configs) > MOST_WITH_INTERVALS:
        raise ValueError(f"intervals are given for at most {MOST_WITH_INTERVALS} heads at once, not for {len(configs)}")

    def finish(records: list[dict[str, Any]], data: HeadData, seconds: float) -> dict[str, Any]:
        return {
            "heads": records,
            "classes": _classes(data, convention),
            "n_steps": max(plan_epochs(config.train, data.training.label_counts).n_steps for config in configs),
            "seconds": seconds,
            "origin": _origin(data),
        }

    return HeadQuestion(configs, evaluate, record, finish)


def compare_heads(*, first: Mapping[str, Any], second: Mapping[str, Any], convention: str = "db") -> HeadQuestion:
    """Compare two heads on the same test images: second minus first, by a paired bootstrap.

    Args:
        first: ``RunConfig`` of a head as JSON.
        second: That of another one, on the same data set and backbone.
        convention: Which head, medium and tail.

    Returns:
        The answer will be: ``groups`` (total, head, medium and tail, each [difference, low, high]) and ``per_class``
        (the same for every label), 95 % intervals; NaN for what is undefined.

    Raises:
        ValueError: For runs that are not valid or on different data, or an unknown convention.
    """
    convention_named(convention)

    def finish(heads: list[TrainedHead], data: HeadData, seconds: float) -> dict[str, Any]:
        for head in heads:
            if head.result.diverged is not None:
                raise ValueError(f"there is nothing to compare: {head.result.diverged}")
        one, other = (head.result.scores for head in heads)
        training = data.training
        estimates = paired_intervals(training.test_labels, other, one, training.label_counts, convention=convention)
        return {
            "groups": {key: _triple(estimates.groups[key]) for key in REPORT_KEYS},
            "per_class": [_triple(interval) for interval in estimates.per_class],
        }

    return HeadQuestion(_configs([first, second]), "end", lambda head, data: head, finish)


def head_key(config: RunConfig, data: HeadData) -> str:
    """Names a head: equal for equal settings on equal data."""
    content = config.train.model_dump_json() + config.loss.model_dump_json() + data.key
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def _configs(runs: Sequence[Mapping[str, Any]]) -> list[RunConfig]:
    most = hosting.bounded(MOST_HEADS, hosting.LIMITS.heads)
    if not 1 <= len(runs) <= most:
        raise ValueError(f"{len(runs)} heads are asked for at once, from 1 to {most} are allowed")
    try:
        configs = [RunConfig.model_validate(run) for run in runs]
    except ValueError as error:
        raise ValueError(explain(error)) from error
    if len({(config.dataset.model_dump_json(), config.train.backbone, config.train.weights) for config in configs}) > 1:
        raise ValueError("the heads of one question must share data set, backbone and weights")
    for config in configs:
        if config.train.mode != "head":
            raise ValueError(f"heads are trained live in mode 'head', not {config.train.mode!r}")
        if hosting.is_public():
            bounded(config)
    return configs


def _record(head: TrainedHead, data: HeadData, convention: str, *, intervals: bool) -> dict[str, Any]:
    result, counts = head.result, data.training.label_counts
    curve = [
        {key: point[key] for key in ("step", "train_loss", "test_loss")}
        | {"map": group_report(point["ap"], counts, convention)}
        for point in result.curve
    ]
    record = {
        "map": group_report(result.ap, counts, convention),
        "ap": result.ap.tolist(),
        "curve": curve,
        "diverged": result.diverged,
        "key": head.key,
    }
    return record | (_intervals(head, data, convention) if intervals else {})


def _intervals(head: TrainedHead, data: HeadData, convention: str) -> dict[str, Any]:
    if head.result.diverged is not None:
        nothing = [math.nan, math.nan]
        return {"intervals": dict.fromkeys(REPORT_KEYS, nothing), "ap_intervals": [nothing] * len(head.result.ap)}
    if convention not in head.intervals:
        training = data.training
        estimates = bootstrap_intervals(
            training.test_labels, head.result.scores, training.label_counts, convention=convention
        )
        head.intervals[convention] = {
            "intervals": {key: _triple(estimates.groups[key])[1:] for key in REPORT_KEYS},
            "ap_intervals": [_triple(interval)[1:] for interval in estimates.per_class],
        }
    return head.intervals[convention]


def _classes(data: HeadData, convention: str) -> list[dict[str, Any]]:
    counts = data.training.label_counts
    columns = (data.label_names, group_of(counts, convention), counts, data.training.test_labels.sum(axis=0))
    return [
        {"label": label, "group": str(group), "train_count": int(count), "test_positives": int(positives)}
        for label, group, count, positives in zip(*columns, strict=True)
    ]


def _origin(data: HeadData) -> str:
    source = data.training.origin["source"]
    backbone = data.training.origin.get("name")
    named = f"{source} {backbone}" if backbone else source
    n_train, n_test = len(data.training.train_labels), len(data.training.test_labels)
    return f"{named}: {n_train:,} training and {n_test:,} test images"


def _triple(interval: Interval) -> list[float]:
    return [interval.value, interval.low, interval.high]


def size_of(head: TrainedHead) -> int:
    """Bytes that a trained head takes in memory, roughly."""
    points = sum(point["ap"].nbytes + 200 for point in head.result.curve)
    return head.result.scores.nbytes + head.result.ap.nbytes + points + 4096
