"""Many heads on one data set, trained together: the live engine behind the Playground.

The result is that of ``Trainer`` in mode ``head``, head by head: the same initial weights, the same rows in the same
order, the same dropout, the same schedule. Only the order of additions differs, so the numbers agree closely, not to
the last bit. Everything is computed where the features of the data are, in float32.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import numpy as np

from dbl_core.config import RunConfig, TrainConfig
from dbl_core.models.heads import HIDDEN
from dbl_core.train.bundle import Bundle, Evaluate, HeadResult, loss_key
from dbl_core.train.data import TrainingData
from dbl_core.train.draws import plan_epochs

__all__ = ["Evaluate", "HeadResult", "OnStep", "bundle_size", "bundled", "stack_key", "train_heads"]

OnStep = Callable[[int, int], None]
MOST_BUNDLED = 16
"""Heads that are trained together; more cost no fewer calls a head worth mentioning."""
BUNDLE_BYTES = 4 * 2**20
"""Weights that are trained together: with their momentum they should stay in the processor's cache."""
SCORES_BYTES = 32 * 2**20
"""Scores of the test split that are held at once."""


def train_heads(
    configs: Sequence[RunConfig],
    data: TrainingData,
    *,
    on_step: OnStep = lambda done, total: None,
    evaluate: Evaluate = "epochs",
    threads: int = 1,
) -> list[HeadResult]:
    """Train heads at once.

    Args:
        configs: Loss and training settings of every head; their ``dataset`` is not looked at. Heads that share batch
            size, epochs, ``max_steps``, schedule, warm-up and the kind of optimizer are trained together, the others
            after them.
        data: Features and labels of both splits.
        on_step: Called with (steps done, steps in all) before each step, from one thread at a time; may raise to stop.
        evaluate: "epochs" to score the test split after every epoch, "end" after the last alone.
        threads: Bundles that are trained side by side, a core each; torch itself should use one thread then.

    Returns:
        One result a configuration, in their order.

    Raises:
        ValueError: If the data are pixels, a configuration is not of mode "head" or asks for an average of weights,
            mixup, another neck or a second stage, or sampler or loss refuse the data.
    """
    _check(configs, data, evaluate)
    bundles = bundled(configs, data, threads=threads)
    lengths = [plan_epochs(configs[bundle[0]].train, data.label_counts).n_steps for bundle in bundles]
    steps = _Steps(lengths, on_step)

    def train(number: int) -> list[HeadResult]:
        with steps:
            training = Bundle([configs[head] for head in bundles[number]], data)
            trained = training.train(lambda step: steps.at(number, step), evaluate)
            steps.end(number)
            return trained

    results: dict[int, HeadResult] = {}
    with ThreadPoolExecutor(threads, thread_name_prefix="heads") as pool:
        for bundle, trained in zip(bundles, pool.map(train, range(len(bundles))), strict=True):
            results.update(zip(bundle, trained, strict=True))
    return [results[head] for head in range(len(configs))]


class _Steps:
    """How far the bundles are, together; a context that stops all of them when one fails.

    Args:
        lengths: Steps of every bundle.
        on_step: As in :func:`train_heads`.
    """

    def __init__(self, lengths: Sequence[int], on_step: OnStep) -> None:
        self._lengths, self._on_step = lengths, on_step
        self._done = [0] * len(lengths)
        self._lock = threading.Lock()
        self._failed: BaseException | None = None

    def at(self, bundle: int, step: int) -> None:
        """Take note that a bundle comes to a step.

        Raises:
            BaseException: What stopped another bundle, or what ``on_step`` raises.
        """
        with self._lock:
            if self._failed is not None:
                raise self._failed
            self._done[bundle] = step
            self._on_step(sum(self._done), sum(self._lengths))

    def end(self, bundle: int) -> None:
        """Take note that a bundle is trained, if it took all its steps or not."""
        with self._lock:
            self._done[bundle] = self._lengths[bundle]

    def __enter__(self) -> None:
        if self._failed is not None:
            raise self._failed

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._failed = self._failed or error


def _check(configs: Sequence[RunConfig], data: TrainingData, evaluate: str) -> None:
    if data.has_images:
        raise ValueError("heads are trained on features, and these data are pixels; load them for mode 'head'")
    if evaluate not in ("epochs", "end"):
        raise ValueError(f"evaluate must be 'epochs' or 'end', not {evaluate!r}")
    for config in configs:
        if config.train.mode != "head":
            raise ValueError(f"heads are trained in mode 'head', not {config.train.mode!r}")
        for option in ("ema", "mixup", "neck", "second_stage_epochs"):
            if getattr(config.train, option) != TrainConfig.model_fields[option].default:
                raise ValueError(f"heads that are trained at once know no {option}; launch this setting as a run")


def stack_key(config: RunConfig) -> tuple[Any, ...]:
    """What heads must have in common to be trained together."""
    train = config.train
    warmup = -1 if train.warmup_steps is None else train.warmup_steps
    return (train.epochs, train.max_steps or 0, train.batch_size, train.optimizer, train.schedule, warmup)


def bundle_size(data: TrainingData) -> int:
    """How many heads are trained together on some data."""
    n_test, n_labels = data.test_labels.shape
    weights = 4 * HIDDEN * (data.train_inputs.shape[1] + n_labels)
    scores = max(4 * n_test * n_labels, 1)
    return int(np.clip(min(BUNDLE_BYTES // weights, SCORES_BYTES // scores), 1, MOST_BUNDLED))


def bundled(configs: Sequence[RunConfig], data: TrainingData, *, threads: int = 1) -> list[list[int]]:
    """Which configurations, by number, train together: equal ``stack_key``, like losses and draws side by side.

    Args:
        configs: All heads.
        data: What they train on.
        threads: How many bundles are trained at the same time; few heads are spread over them evenly.
    """
    order = sorted(range(len(configs)), key=lambda head: _order(configs[head]))
    most = bundle_size(data)
    bundles = []
    for _, group in groupby(order, key=lambda head: stack_key(configs[head])):
        members = list(group)
        n_bundles = max(math.ceil(len(members) / most), min(threads, len(members)))
        bundles += [part.tolist() for part in np.array_split(members, n_bundles)]
    return bundles


def _order(config: RunConfig) -> tuple[Any, ...]:
    train = config.train
    draws = (train.sampler, train.repeat_threshold or 0.0, train.seed)
    return (*stack_key(config), loss_key(config), *draws, train.dropout)
