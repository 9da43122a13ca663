"""The training loop: draw, step, and after every epoch evaluate."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from dbl_core.config import TrainConfig
from dbl_core.errors import Diverged
from dbl_core.longtail import group_of
from dbl_core.losses.explore import SIDES, cell_table
from dbl_core.models.stages import training_mode
from dbl_core.train.augment import Part
from dbl_core.train.augmentations import AUGMENTATIONS
from dbl_core.train.averaging import WeightAverage
from dbl_core.train.batches import epoch_batches, resident
from dbl_core.train.captured import forward_of
from dbl_core.train.data import TrainingData
from dbl_core.train.device import half_precision
from dbl_core.train.draws import AUGMENT_STREAM, draw_rows, plan_epochs, stream_seed
from dbl_core.train.evaluate import (
    CURVE_TEST_IMAGES,
    CURVE_TRAIN_IMAGES,
    mean_loss,
    predict,
    sample_rows,
    score_report,
)
from dbl_core.train.schedule import rate_factor
from dbl_core.train.shares import Share
from dbl_core.train.soft_targets import mixed, smoothed
from dbl_core.train.two_stages import Stages

log = logging.getLogger(__name__)


class Trainer:
    """One training run in memory; ``dbl_core.train.draws.EpochPlan`` tells how long it is.

    In a process of a group, see ``dbl_core.train.shares``, it computes the share of that process: weights, losses and
    scores are the same in all of them.

    Args:
        model: From ``build_model``; trained in place.
        loss: From ``build_loss``, mean reduction; that of the second stage where there are two.
        data: Inputs and labels of both splits.
        config: Sampler, epochs, batch size, optimizer, rates and seed.
        device: Where to compute; CUDA computes the network in bfloat16 where that is safe, the loss in float32.
        warn: Told, in a sentence, what the user should know although the run goes on.

    Attributes:
        epoch: Whole epochs done so far; with the seed it tells which images come next, and at which rate.
        stage: 1, or 2 once the classifier alone learns.
        loss: The loss of that stage.
        seconds: Time that they took.
        parts: Into how many parts a batch is cut, 2 after the GPU had too little memory for a whole one.
        share: What of each batch is computed here.
        light: The random state of the augmentation; that of dropout is torch's own.
        test_logits: (n_test, n_labels) scores after the last whole epoch; empty before the first. Where a backbone
            learns, those of a sample of the split until the last epoch of the run.
        train_logits: (n_train, n_labels) likewise.
    """

    def __init__(
        self,
        model: nn.Module,
        loss: nn.Module,
        *,
        data: TrainingData,
        config: TrainConfig,
        device: torch.device,
        warn: Callable[[str], None] = log.warning,
    ) -> None:
        torch.manual_seed(config.seed)  # dropout
        self.share = Share.of_this_process()
        self.model = self.share.synchronised(model.to(device), device)
        self.data, self.config, self.device = data, config, device
        self.groups = group_of(data.label_counts)
        self.plan = plan_epochs(config, data.label_counts)
        self.n_steps = self.plan.n_steps
        self.parameters = list(self.model.parameters())  # walking through a large network takes as long as a layer
        self.train_inputs, self.test_inputs = resident(data, device)
        self.forward = forward_of(self.model, config, device, warn=warn)
        self.targets = smoothed(torch.from_numpy(data.train_labels).to(device, torch.float32), config.label_smoothing)
        self.average: WeightAverage | None = None
        self.stages = Stages.of(model, loss, data, config)
        self.enter_stage(1)
        self.light = torch.Generator().manual_seed(stream_seed(config.seed, AUGMENT_STREAM))
        self.train_logits = self.test_logits = torch.empty(0)
        self.epoch, self.seconds, self.parts, self.warn = 0, 0.0, 1, warn

    def enter_stage(self, stage: int) -> None:
        """Begin a stage: its loss, an optimizer without memory, and an average that starts from the weights.

        The second stage stands on what the first is scored with.
        """
        if stage > 1:
            self.model.load_state_dict(self.scored.state_dict())
        self.stage, self.loss = stage, self.stages.enter(stage).to(self.device)
        self.optimizer = make_optimizer(self.model, self.config)
        self.average = WeightAverage(self.model, self.config.ema) if self.config.ema else None
        if self.share.count > 1:
            self.forward = self.share.wrapped(self.model)

    @property
    def scored(self) -> nn.Module:
        """The model that is scored and kept: the one that is trained, or the average of its weights."""
        return self.model if self.average is None else self.average.model

    def epochs(self, on_step: Callable[[int, int], None] = lambda done, total: None) -> Iterator[dict[str, Any]]:
        """Train from where the run stands, and yield one record an epoch, as ``metrics.jsonl`` keeps it.

        Args:
            on_step: Called with (steps done, steps in all) before each step; may raise to stop the run.

        Raises:
            Diverged: If the loss or a score stops being a finite number; the step is named.
        """
        started = time.perf_counter() - self.seconds
        for drawn in draw_rows(self.config, self.data.train_labels)[self.epoch :]:
            if self.plan.stage_of(self.epoch) != self.stage:
                self.enter_stage(self.plan.stage_of(self.epoch))
            sample = self.data.has_images and self.epoch + 1 < self.plan.epochs
            record = self._epoch(torch.from_numpy(drawn), on_step) | self.score(sample=sample)
            self.epoch += 1
            self.seconds = time.perf_counter() - started
            where = {"epoch": self.epoch, "stage": self.stage, "step": self.epoch * self.plan.steps}
            yield {**where, **record, "seconds": self.seconds}

    def _epoch(self, drawn: torch.Tensor, on_step: Callable[[int, int], None]) -> dict[str, Any]:
        """Train an epoch on the rows drawn for it; returns its first rate and its mean loss."""
        training_mode(self.model, fixed_statistics=self.config.norm_statistics == "pretrained")
        self.share.seed_dropout(self.config.seed, self.epoch)
        first, values, sizes = self.epoch * self.plan.steps, [], []
        how = {"batch_size": self.plan.batch_size, "device": self.device, "share": self._prepared_rows}
        batches = epoch_batches(self.train_inputs, self.targets, drawn, **how)
        for step, (inputs, targets) in enumerate(batches, first):
            on_step(step, self.n_steps)
            values.append(self._step(inputs, targets, step))
            sizes.append(len(targets))
        for model in [self.model, *([] if self.average is None else [self.average.model])]:
            self.share.average_statistics(model)
        losses = torch.stack(values).double().cpu().numpy()  # the device is waited for once an epoch, here
        wrong = np.flatnonzero(~np.isfinite(losses))
        if len(wrong):
            raise self._diverged("the loss", losses[wrong[0]], first + int(wrong[0]))
        return {"learning_rate": self._rate(first), "train_loss": float(np.average(losses, weights=sizes))}

    def _prepared_rows(self, n: int) -> slice:
        """Which of the n images of a batch are prepared here: with mixup all of them, as any may be a partner."""
        return slice(None) if self.config.mixup else self.share.rows(n)

    def _diverged(self, what: str, value: float, step: int) -> Diverged:
        became = "stopped being a number" if math.isnan(value) else "became infinite"
        where = f"at step {step} in epoch {self.epoch + 1}"
        return Diverged(f"{what} {became} {where}; lower the learning rate ({self.config.peak_rate:g})")

    def _rate(self, step: int) -> float:
        factor = rate_factor(*self.plan.in_stage(step), self.config.schedule, self.config.warmup_steps)
        return self.config.peak_rate * factor

    def _step(self, inputs: torch.Tensor, targets: torch.Tensor, step: int) -> torch.Tensor:
        """One step on a batch; returns the loss without waiting for the device.

        Args:
            inputs: Those of ``_prepared_rows``.
            targets: Those of the whole batch.
            step: Step from 0.
        """
        n = len(targets)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate(step)  # a number of the host: a tensor would have to be waited for
        if self.data.has_images:
            images = inputs.permute(0, 3, 1, 2).float().div_(255)
            inputs = AUGMENTATIONS[self.config.augmentation](images, self.light, Part(n, self._prepared_rows(n)))
        if self.config.mixup:
            inputs, targets = mixed(inputs, targets, self.config, step)
            inputs = inputs[self.share.rows(n)]
        try:
            value = self._gradient(inputs, targets)
        except torch.cuda.OutOfMemoryError:
            if self.parts > 1 or self.share.count > 1:
                raise
            value = None  # what the failed attempt holds is set free when this block is left
        if value is None:
            self.halve(n)
            value = self._gradient(inputs, targets)
        if self.config.clip_norm:
            nn.utils.clip_grad_norm_(self.parameters, self.config.clip_norm)
        self.optimizer.step()
        if self.average is not None:
            self.average.update(self.model)
        return value

    def _gradient(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Compute the gradient of a batch, part by part; returns the loss."""
        self.optimizer.zero_grad(set_to_none=True)
        if self.parts == 1:
            return self._backward(inputs, targets, slice(0, len(targets)))
        values, parts = [], self.share.parts(len(targets), self.parts)
        for number, (rows, own) in enumerate(parts, 1):
            with self.share.gathering(self.forward, last=number == len(parts)):
                values.append(self._backward(inputs[own], targets, rows))
        return torch.stack(values).sum()

    def _backward(self, inputs: torch.Tensor, targets: torch.Tensor, rows: slice) -> torch.Tensor:
        """Add the gradient of some rows of a batch; returns the share of the loss that is theirs.

        Args:
            inputs: Those of the rows that are computed here.
            targets: Those of the whole batch.
            rows: Which rows of it.
        """
        n = rows.stop - rows.start
        with half_precision(self.device, images=self.data.has_images):
            logits = self.forward(inputs)
        value = self.loss(self.share.whole(logits, n, start=rows.start), targets[rows])
        if n != len(targets):
            value = value * (n / len(targets))
        # Every process has the gradient of the whole loss by its own logits, and the mean over processes is taken.
        (value if self.share.count == 1 else value * self.share.count).backward()
        return value.detach()

    def halve(self, batch_size: int) -> None:
        """Compute batches in two halves from now on: the same steps at the same rate, with half the memory."""
        self.parts = 2
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self.warn(
            f"the GPU had too little memory for {batch_size} images at once, so each batch is computed in two halves;"
            " a batch size that fits is faster"
        )

    def score(self, *, sample: bool = False) -> dict[str, Any]:
        """Score both splits: mAP and loss on the test split, weights and gradient shares over the training cells.

        Args:
            sample: Score so many images of each split as keep evaluation a small part of a run, the same after every
                epoch; "test_images" of the record says how many those of the test split are.

        Raises:
            Diverged: If a score is not a finite number.

        Returns:
            What the record of the epoch says of it; nothing in a process that is not the first of its group.
        """
        data, most = self.data, (CURVE_TEST_IMAGES, CURVE_TRAIN_IMAGES) if sample else (None, None)
        test, train = sample_rows(len(data.test_labels), most[0]), sample_rows(len(data.train_labels), most[1])
        self.test_logits = self._predicted(self.test_inputs, test)
        self.train_logits = self._predicted(self.train_inputs, train)
        if not (self.test_logits.isfinite().all() and self.train_logits.isfinite().all()):
            raise self._diverged("a score", math.inf, (self.epoch + 1) * self.plan.steps)
        if not self.share.first:
            return {}
        test_labels, train_labels = data.test_labels[test], data.train_labels[train]
        with torch.inference_mode():
            targets = torch.from_numpy(test_labels).to(self.device)
            test_loss = float(mean_loss(self.loss, self.test_logits.to(self.device), targets, self.config.batch_size))
        self.loss.cpu()
        cells = cell_table(self.loss, train_labels, self.train_logits.numpy(), groups=self.groups)["groups"]
        self.loss.to(self.device)
        report = score_report(test_labels, self.test_logits.numpy(), data.label_counts)
        return {
            "test_loss": test_loss,
            "test_images": len(test_labels),
            **report,
            "weights": _by_side(cells, "factor"),
            "gradients": _by_side(cells, "share"),
        }

    def _predicted(self, inputs: torch.Tensor, rows: slice | np.ndarray) -> torch.Tensor:
        """The logits of some rows of a split: every process scores its share of them."""
        rows = np.arange(len(inputs))[rows]
        own = predict(self.scored, inputs, self.device, rows=rows[self.share.rows(len(rows))])
        return self.share.whole(own, len(rows))


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """SGD with momentum (the paper's choice) or AdamW, at the peak learning rate; one kernel a step on CUDA."""
    parameters = list(model.parameters())
    shared = {
        "lr": config.peak_rate,
        "weight_decay": config.weight_decay,
        "fused": all(parameter.is_cuda for parameter in parameters) or None,
    }
    if config.optimizer == "adamw":
        return torch.optim.AdamW(parameters, **shared)
    return torch.optim.SGD(parameters, momentum=config.momentum, **shared)


def _by_side(cells: list[dict[str, Any]], value: str) -> dict[str, dict[str, float | None]]:
    return {side: {cell["group"]: cell[value] for cell in cells if cell["side"] == side} for side in SIDES}
