"""Heads of one length, trained together step by step."""

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
from dbl_core.losses.multi_label_loss import MultiLabelLoss
from dbl_core.losses.stack import build_stack
from dbl_core.metrics import average_precision
from dbl_core.models.ensemble import HeadStack
from dbl_core.train.data import TrainingData
from dbl_core.train.draws import draw_rows, plan_epochs
from dbl_core.train.evaluate import mean_loss
from dbl_core.train.model import build_model
from dbl_core.train.schedule import rate_factor
from dbl_core.train.stack_optimizers import STACK_OPTIMIZERS

Evaluate = Literal["epochs", "end"]
GROWN = 10.0
"""A loss that ends at so many times the size of its first value has diverged, if not to infinity."""


@dataclass(frozen=True)
class HeadResult:
    """A trained head.

    Attributes:
        config: Its settings.
        ap: (n_labels,) average precision at the end, fractions; NaN where a label has no test positive, and everywhere
            if the loss stopped being a finite number.
        scores: (n_test, n_labels) float32, plain logits at the end; NaN in that case too.
        curve: One record an epoch (evaluate "epochs") or one for the last (evaluate "end"): ``step``, ``train_loss``
            (mean over the epoch), ``test_loss``, ``ap`` (n_labels,).
        diverged: What went wrong, in a sentence: the loss stopped being a finite number, or ended far above where it
            started (the numbers are what they are then). None for a head that trained.
    """

    config: RunConfig
    ap: np.ndarray
    scores: np.ndarray
    curve: tuple[dict[str, Any], ...] = ()
    diverged: str | None = None


def loss_key(config: RunConfig) -> str:
    """A loss and its words; its numbers may differ within a stack."""
    words = {key: value for key, value in config.loss.options.items() if isinstance(value, str)}
    return json.dumps([config.loss.name, words], sort_keys=True)


@dataclass
class _Course:
    """What becomes known of one head while it trains."""

    curve: list[dict[str, Any]] = field(default_factory=list)
    first_loss: float = math.nan
    diverged: str | None = None
    broken: bool = False
    """Whether there are no numbers any more."""


class Bundle:
    """Heads of one ``stack_key``, sorted by loss, in training."""

    def __init__(self, configs: Sequence[RunConfig], data: TrainingData) -> None:
        self.configs, self.data = configs, data
        self.schedule, self.warmup_steps = configs[0].train.schedule, configs[0].train.warmup_steps
        self.plan = plan_epochs(configs[0].train, data.label_counts)
        self.courses = [_Course() for _ in configs]
        self.stack = HeadStack([build_model(config.train, data) for config in configs])
        trains = [config.train for config in configs]
        self.optimizer = STACK_OPTIMIZERS[trains[0].optimizer](self.stack, trains)
        self.draws = _Shared([(train.sampler, train.repeat_threshold, train.seed) for train in trains])
        self.rows = torch.from_numpy(
            np.stack([draw_rows(trains[head], data.train_labels) for head in self.draws.firsts], axis=1)
        )
        self.masks = _Shared([(train.seed, train.dropout) for train in trains])
        self.dropped = [trains[head].dropout for head in self.masks.firsts]
        self.generators = [torch.Generator().manual_seed(trains[head].seed) for head in self.masks.firsts]
        self.targets = torch.from_numpy(data.train_labels).to(data.train_inputs)
        self.smoothing = self.targets.new_tensor([train.label_smoothing for train in trains])[:, None, None]
        self.is_soft = any(train.label_smoothing for train in trains)
        self.test_targets = torch.from_numpy(data.test_labels).to(data.train_inputs)
        self.losses = self._losses()

    def _losses(self) -> list[tuple[slice, MultiLabelLoss]]:
        losses, start = [], 0
        for _, group in groupby(self.configs, key=loss_key):
            members = list(group)
            losses.append((slice(start, start + len(members)), self._stacked_loss(members)))
            start += len(members)
        return losses

    def _stacked_loss(self, configs: Sequence[RunConfig]) -> MultiLabelLoss:
        """One loss for heads of an equal loss key, each with numbers of its own."""
        data = self.data
        settings = [config.loss.options for config in configs]
        counts, n_samples = data.label_counts, len(data.train_labels)
        stack = build_stack(configs[0].loss.name, settings, label_counts=counts, n_samples=n_samples)
        return stack.to(data.train_inputs.device)

    def train(self, on_step: Callable[[int], None], evaluate: Evaluate) -> list[HeadResult]:
        """Train to the end, or until no head has a finite loss.

        Args:
            on_step: Called with the number of the step before each; may raise to stop.
            evaluate: When the test split is scored.
        """
        scores = np.empty(0)
        for epoch in range(self.plan.epochs):
            means = self._epoch(epoch, on_step)
            last = epoch == self.plan.epochs - 1
            if all(course.broken for course in self.courses):
                break
            if last:
                self._note_growth(means)
            if last or evaluate == "epochs":
                scores = self._evaluate((epoch + 1) * self.plan.steps, means)
        return [self._result(head, scores) for head in range(len(self.configs))]

    def _epoch(self, epoch: int, on_step: Callable[[int], None]) -> np.ndarray:
        """Train an epoch; returns the (K,) mean losses."""
        values, sizes = [], []
        for step, rows in enumerate(self.rows[epoch].split(self.plan.batch_size, dim=1), epoch * self.plan.steps):
            on_step(step)
            factor = rate_factor(step, self.plan.n_steps, self.schedule, self.warmup_steps)
            values.append(self._step(rows, factor))
            sizes.append(rows.shape[1])
        losses = torch.stack(values).cpu().double().numpy()
        self._note_losses(losses, epoch * self.plan.steps)
        with np.errstate(invalid="ignore"):  # of heads that have no numbers any more
            return np.average(losses, axis=0, weights=sizes)

    def _step(self, rows: Tensor, factor: float) -> Tensor:
        """One step on a batch a draw, rows (draws, n); returns the (K,) losses before it."""
        passed = self.stack.forward(self.draws.spread(self.data.train_inputs[rows]), self._mask(rows.shape[1]))
        targets = self.draws.spread(self.targets[rows])
        if self.is_soft:
            targets = targets * (1 - self.smoothing) + self.smoothing / 2
        values, gradient = self._loss_and_gradient(passed.logits, targets)
        self.optimizer.step(self.stack.gradient(passed, gradient), factor)
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

    def _note_losses(self, losses: np.ndarray, first_step: int) -> None:
        """Find the heads whose loss (steps, K) has stopped being a finite number."""
        for head, course in enumerate(self.courses):
            wrong = np.flatnonzero(~np.isfinite(losses[:, head]))
            if first_step == 0:
                course.first_loss = losses[0, head]
            if len(wrong) and not course.broken:
                self._break(head, "the loss", losses[wrong[0], head], first_step + int(wrong[0]))

    def _note_growth(self, means: np.ndarray) -> None:
        """Find the heads whose loss is finite still, but far above where it started."""
        for head, course in enumerate(self.courses):
            if not course.broken and means[head] > GROWN * abs(course.first_loss):  # RAL is below 0
                grown = f"the loss grew from {course.first_loss:.3g} to {means[head]:.3g}"
                course.diverged = f"{grown}; {self._advice(head)}"

    def _break(self, head: int, what: str, value: float, step: int) -> None:
        became = "stopped being a number" if math.isnan(value) else "became infinite"
        self.courses[head].broken = True
        self.courses[head].diverged = f"{what} {became} at step {step}; {self._advice(head)}"

    def _advice(self, head: int) -> str:
        return f"lower the learning rate ({self.configs[head].train.peak_rate:g})"

    @torch.inference_mode()
    def _evaluate(self, step: int, means: np.ndarray) -> np.ndarray:
        """Score the test split and note it; returns the (K, n_test, n_labels) scores."""
        logits = self.stack.predict(self.data.test_inputs)
        targets = self.test_targets.expand_as(logits)
        size = self.plan.batch_size
        losses = torch.cat([mean_loss(loss, logits[heads], targets[heads], size) for heads, loss in self.losses])
        scores = logits.cpu().numpy()
        for head, course in enumerate(self.courses):
            if not course.broken and not np.isfinite(scores[head]).all():
                self._break(head, "a score", math.inf, step)
            if not course.broken:
                ap = average_precision(self.data.test_labels, scores[head])
                record = {"step": step, "train_loss": float(means[head]), "test_loss": float(losses[head]), "ap": ap}
                course.curve.append(record)
        return scores

    def _result(self, head: int, scores: np.ndarray) -> HeadResult:
        course = self.courses[head]
        if course.broken:
            kept = np.full_like(self.data.test_labels, math.nan, dtype=np.float32)
            ap = np.full(kept.shape[1], math.nan)
        else:
            ap, kept = course.curve[-1]["ap"], scores[head].copy()
        return HeadResult(self.configs[head], ap, kept, tuple(course.curve), course.diverged)


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
