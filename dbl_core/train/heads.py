"""Many heads on one data set, trained together: the live engine behind the Playground.

The result is that of ``Trainer`` in mode ``head``, head by head: the same initial weights, the same rows in the same
order, the same dropout, the same schedule. Only the order of additions differs, so the numbers agree closely, not to
the last bit. Everything is computed where the features of the data are, in float32.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from dbl_core.config import RunConfig
from dbl_core.losses.assembly import assemble
from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.metrics import average_precision
from dbl_core.models.ensemble import HeadStack
from dbl_core.train.data import TrainingData
from dbl_core.train.draws import draw_rows, plan_epochs
from dbl_core.train.model import build_model
from dbl_core.train.schedule import rate_factor
from dbl_core.train.stack_optimizers import STACK_OPTIMIZERS

Evaluate = Literal["epochs", "end"]
OnStep = Callable[[int, int], None]
OnBundleStep = Callable[[int], None]
MOST_BUNDLED = 16
"""Heads that are trained together; more cost no fewer calls a head worth mentioning."""
BUNDLE_BYTES = 4 * 2**20
"""Weights that are trained together: with gradient and momentum they should stay in the processor's cache."""


@dataclass(frozen=True)
class HeadResult:
    """A trained head.

    Attributes:
        config: Its settings.
        ap: (n_labels,) average precision at the end, fractions; NaN where a label has no test positive, and everywhere
            after divergence.
        scores: (n_test, n_labels) float32, plain logits at the end; NaN after divergence.
        curve: One record an epoch (evaluate "epochs") or one for the last (evaluate "end"): ``step``, ``train_loss``
            (mean over the epoch), ``test_loss``, ``ap`` (n_labels,).
        diverged: Why the numbers ended, in a sentence; None for a head that trained through.
    """

    config: RunConfig
    ap: np.ndarray
    scores: np.ndarray
    curve: tuple[dict[str, Any], ...] = ()
    diverged: str | None = None


def train_heads(
    configs: Sequence[RunConfig],
    data: TrainingData,
    *,
    on_step: OnStep = lambda done, total: None,
    evaluate: Evaluate = "epochs",
) -> list[HeadResult]:
    """Train heads at once.

    Args:
        configs: Loss and training settings of every head; their ``dataset`` is not looked at. Heads that share batch
            size, epochs, ``max_steps`` and the kind of optimizer are trained together, the others after them.
        data: Features and labels of both splits.
        on_step: Called with (steps done, steps in all) before each step; may raise to stop.
        evaluate: "epochs" to score the test split after every epoch, "end" after the last alone.

    Returns:
        One result a configuration, in their order.

    Raises:
        ValueError: If the data are pixels, a configuration is not of mode "head", or sampler or loss refuse the data.
    """
    _check(configs, data, evaluate)
    bundles = bundled(configs, data)
    lengths = [plan_epochs(configs[bundle[0]].train, data.label_counts).n_steps for bundle in bundles]
    results: dict[int, HeadResult] = {}
    for number, bundle in enumerate(bundles):
        before, total = sum(lengths[:number]), sum(lengths)
        training = _Bundle([configs[head] for head in bundle], data)
        trained = training.train(lambda step, done=before, total=total: on_step(done + step, total), evaluate)
        results.update(zip(bundle, trained, strict=True))
    return [results[head] for head in range(len(configs))]


def _check(configs: Sequence[RunConfig], data: TrainingData, evaluate: str) -> None:
    if data.has_images:
        raise ValueError("heads are trained on features, and these data are pixels; load them for mode 'head'")
    if evaluate not in ("epochs", "end"):
        raise ValueError(f"evaluate must be 'epochs' or 'end', not {evaluate!r}")
    for config in configs:
        if config.train.mode != "head":
            raise ValueError(f"heads are trained in mode 'head', not {config.train.mode!r}")


def stack_key(config: RunConfig) -> tuple[Any, ...]:
    """What heads must have in common to be trained together."""
    train = config.train
    return (train.epochs, train.max_steps or 0, train.batch_size, train.optimizer)


def bundle_size(data: TrainingData) -> int:
    """How many heads are trained together on some data."""
    hidden = 256
    weights = hidden * (data.train_inputs.shape[1] + data.train_labels.shape[1])
    return int(np.clip(BUNDLE_BYTES // (4 * weights), 1, MOST_BUNDLED))


def bundled(configs: Sequence[RunConfig], data: TrainingData) -> list[list[int]]:
    """Which configurations, by number, train together: equal ``stack_key``, like losses and draws side by side."""
    order = sorted(range(len(configs)), key=lambda head: _order(configs[head]))
    size = bundle_size(data)
    bundles = []
    for _, group in groupby(order, key=lambda head: stack_key(configs[head])):
        members = list(group)
        bundles += [members[start : start + size] for start in range(0, len(members), size)]
    return bundles


def _order(config: RunConfig) -> tuple[Any, ...]:
    return (*stack_key(config), _loss_key(config), config.train.sampler, config.train.seed, config.train.dropout)


def _loss_key(config: RunConfig) -> str:
    """A loss and its words; its numbers may differ within a stack."""
    words = {key: value for key, value in config.loss.options.items() if isinstance(value, str)}
    return json.dumps([config.loss.name, words], sort_keys=True)


def stacked_loss(configs: Sequence[RunConfig], data: TrainingData) -> MultiLabelLoss:
    """One loss for heads of an equal loss key, each with numbers of its own."""
    first = configs[0].loss
    options: dict[str, Any] = dict(first.options)
    for key, value in first.options.items():
        values = [config.loss.options[key] for config in configs]
        if any(other != value for other in values):
            options[key] = torch.tensor(values, device=data.train_inputs.device)[:, None, None]
    counts, n_samples = data.label_counts, len(data.train_labels)
    return assemble(first.name, options, counts=counts, n_samples=n_samples).to(data.train_inputs.device)


@dataclass
class _Course:
    """What becomes known of one head while it trains."""

    curve: list[dict[str, Any]] = field(default_factory=list)
    diverged: str | None = None


class _Bundle:
    """Heads of one ``stack_key``, sorted by loss, in training."""

    def __init__(self, configs: Sequence[RunConfig], data: TrainingData) -> None:
        self.configs, self.data = configs, data
        self.plan = plan_epochs(configs[0].train, data.label_counts)
        self.courses = [_Course() for _ in configs]
        self.stack = HeadStack([build_model(config.train, data) for config in configs])
        trains = [config.train for config in configs]
        self.optimizer = STACK_OPTIMIZERS[trains[0].optimizer](self.stack.parameters, trains)
        self.draws = _Shared([(train.sampler, train.seed) for train in trains])
        self.rows = torch.from_numpy(
            np.stack([draw_rows(trains[head], data.train_labels) for head in self.draws.firsts], axis=1)
        )
        self.masks = _Shared([(train.seed, train.dropout) for train in trains])
        self.dropped = [trains[head].dropout for head in self.masks.firsts]
        self.generators = [torch.Generator().manual_seed(trains[head].seed) for head in self.masks.firsts]
        self.targets = torch.from_numpy(data.train_labels).to(data.train_inputs)
        self.test_targets = torch.from_numpy(data.test_labels).to(data.train_inputs)
        self.losses = self._losses()

    def _losses(self) -> list[tuple[slice, MultiLabelLoss]]:
        losses, start = [], 0
        for _, group in groupby(self.configs, key=_loss_key):
            members = list(group)
            losses.append((slice(start, start + len(members)), stacked_loss(members, self.data)))
            start += len(members)
        return losses

    def train(self, on_step: OnBundleStep, evaluate: Evaluate) -> list[HeadResult]:
        step = 0
        for epoch in range(self.plan.epochs):
            values, sizes = [], []
            for rows in self.rows[epoch].split(self.plan.batch_size, dim=1):
                on_step(step)
                values.append(self._step(rows, rate_factor(step, self.plan.n_steps)))
                sizes.append(rows.shape[1])
                step += 1
            means = self._note_losses(torch.stack(values).cpu().double().numpy(), np.array(sizes), step)
            if all(course.diverged for course in self.courses):
                break
            if evaluate == "epochs" or epoch == self.plan.epochs - 1:
                scores = self._evaluate(step, means)
        else:
            return [self._result(head, scores[head]) for head in range(len(self.configs))]
        return [self._result(head, None) for head in range(len(self.configs))]

    def _step(self, rows: Tensor, factor: float) -> Tensor:
        """One step on a batch a draw, rows (draws, n); returns the (K,) losses before it."""
        passed = self.stack.forward(self.draws.spread(self.data.train_inputs[rows]), self._mask(rows.shape[1]))
        values, gradient = self._loss_and_gradient(passed.logits, self.draws.spread(self.targets[rows]))
        self.optimizer.step(self.stack.gradients(passed, gradient), factor)
        return values

    def _mask(self, n_rows: int) -> Tensor | None:
        """Dropout's factors, drawn as ``nn.Dropout`` draws them from a seeded stream."""
        if not any(self.dropped):
            return None
        hidden = self.stack.parameters[2].shape[1]
        masks = []
        for dropout, generator in zip(self.dropped, self.generators, strict=True):
            mask = torch.ones(n_rows, hidden)
            if dropout:
                mask.bernoulli_(1 - dropout, generator=generator).div_(1 - dropout)
            masks.append(mask)
        return self.masks.spread(torch.stack(masks).to(self.targets))

    def _loss_and_gradient(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        logits.requires_grad_()
        values = torch.cat([loss.batch_means(logits[heads], targets[heads]) for heads, loss in self.losses])
        (gradient,) = torch.autograd.grad(values.sum(), logits)
        return values.detach(), gradient

    def _note_losses(self, values: np.ndarray, sizes: np.ndarray, step: int) -> np.ndarray:
        """Find the heads whose loss (steps, K) has stopped being a number; return the mean losses of the epoch."""
        for head, course in enumerate(self.courses):
            wrong = np.flatnonzero(~np.isfinite(values[:, head]))
            if course.diverged is None and len(wrong):
                at = step - len(values) + int(wrong[0])
                course.diverged = self._sentence(head, "the loss", values[wrong[0], head], at)
        with np.errstate(invalid="ignore"):
            return (values * sizes[:, None]).sum(axis=0) / sizes.sum()

    def _sentence(self, head: int, what: str, value: float, step: int) -> str:
        became = "stopped being a number" if math.isnan(value) else "became infinite"
        return f"{what} {became} at step {step}; lower the learning rate ({self.configs[head].train.peak_rate:g})"

    @torch.inference_mode()
    def _evaluate(self, step: int, means: np.ndarray) -> np.ndarray:
        """Score the test split and note it; returns the (K, n_test, n_labels) scores."""
        logits = self.stack.predict(self.data.test_inputs)
        targets = self.test_targets.expand_as(logits)
        losses = torch.cat([loss.batch_means(logits[heads], targets[heads]) for heads, loss in self.losses])
        scores = logits.cpu().numpy()
        for head, course in enumerate(self.courses):
            if course.diverged is None and not np.isfinite(scores[head]).all():
                course.diverged = self._sentence(head, "a score", math.inf, step)
            if course.diverged is None:
                ap = average_precision(self.data.test_labels, scores[head])
                record = {"step": step, "train_loss": float(means[head]), "test_loss": float(losses[head]), "ap": ap}
                course.curve.append(record)
        return scores

    def _result(self, head: int, scores: np.ndarray | None) -> HeadResult:
        course = self.courses[head]
        if course.diverged is not None:
            shape = self.data.test_labels.shape
            ap, scores = np.full(shape[1], math.nan), np.full(shape, math.nan, dtype=np.float32)
        else:
            ap = course.curve[-1]["ap"]
        return HeadResult(self.configs[head], ap, scores, tuple(course.curve), course.diverged)


class _Shared:
    """Values that several heads share: computed once for each distinct key, then spread over the heads.

    Attributes:
        firsts: The first head of every distinct key.
    """

    def __init__(self, keys: Sequence[Any]) -> None:
        distinct = list(dict.fromkeys(keys))
        self.firsts = [keys.index(key) for key in distinct]
        self._n_heads = len(keys)
        self._place = torch.tensor([distinct.index(key) for key in keys])

    def spread(self, values: Tensor) -> Tensor:
        """(K, ...) from (distinct keys, ...)."""
        if len(self.firsts) == 1:
            return values.expand(self._n_heads, *values.shape[1:])
        if len(self.firsts) == self._n_heads:
            return values
        return values[self._place]
