"""One run, from its configuration to its result; ``train_run`` reads from top to bottom."""

from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError

from dbl_core import __version__
from dbl_core.config import RunConfig, TrainConfig, explain
from dbl_core.datasets import DATASETS, MultiLabelDataset, load_dataset
from dbl_core.errors import Diverged, RunError
from dbl_core.losses import build_loss
from dbl_core.metrics import REPORT_KEYS, Interval, bootstrap_intervals, score_summary
from dbl_core.models import BACKBONES, write_weights
from dbl_core.runs.child import StatusWriter
from dbl_core.runs.logits import FLOAT16_RANGE, LOGITS, MAX_KEPT_LOGITS, ROWS
from dbl_core.runs.paths import DEFAULT_CACHE_DIR, RunPaths
from dbl_core.runs.record import append_jsonl, write_json
from dbl_core.runs.resume import keep_epochs
from dbl_core.runs.store import read_config
from dbl_core.train.checkpoint import Checkpoints
from dbl_core.train.data import Progress, TrainingData, load_training_data
from dbl_core.train.device import describe_device, resolve_device, set_threads
from dbl_core.train.limits import Limits
from dbl_core.train.loop import Trainer
from dbl_core.train.meter import Meter
from dbl_core.train.model import build_model
from dbl_core.train.shares import Share


def train_run(
    run_dir: Path,
    status: StatusWriter,
    *,
    cache_dir: Path = DEFAULT_CACHE_DIR,
    start_seconds: float = 0.0,
    processes: int = 1,
    parts: int = 1,
) -> None:
    """Train the run of a folder and leave its metrics, scores, weights and result there.

    After every epoch a checkpoint is left too; where there is one already, training goes on after its epoch.

    Every process of a group calls this; the first one writes.

    Args:
        run_dir: Folder with ``config.json``.
        status: Told of every phase; its ``check_stop`` is asked at every step.
        cache_dir: Folder of drawn images and features.
        start_seconds: How long the process took to load what training needs, for ``result.json``.
        processes: How many train together, whatever the settings of the run say; this one has joined them.
        parts: Into how many parts batches are cut from the start, 1 or 2.

    Raises:
        RunStopped: If the run was asked to stop or has reached a limit; the epochs so far stay in ``metrics.jsonl``.
        ValueError: If the configuration asks for what this machine does not have.
        DblError: If data, weights or the run folder cannot be read or written.
    """
    started = time.perf_counter()
    paths = RunPaths(run_dir)
    config, share = in_processes(read_config(run_dir), processes), Share.of_this_process()
    limits = Limits(config.train)
    device = resolve_device(config.train.device)
    status.resources = meter = Meter(device, processes)

    def report(phase: str, done: int, total: int) -> None:
        status.check_stop()
        limits.check()
        status.progress(phase, done, total)

    with share.after_the_first():
        dataset = load_dataset(config.dataset.name, **dataset_options(config))
        data = load_training_data(dataset, config.train, device, cache_dir=cache_dir, progress=report)
    loss = build_loss(
        config.loss.name, label_counts=data.label_counts, n_samples=len(data.train_labels), **config.loss.options
    )
    set_threads(config.train.mode, processes)
    model = build_model(config.train, data)
    trainer = Trainer(model, loss, data=data, config=config.train, device=device, warn=status.warn)
    if parts > 1:
        trainer.halve(config.train.batch_size)
    started -= _train(paths, config, trainer, dataset, report)
    if not share.first:
        return
    status.progress("writing the result")
    _keep_tensors(paths, trainer, dataset)
    result = summarise(config, dataset, data, trainer.test_logits.numpy())
    result |= {
        "seconds": time.perf_counter() - started,
        "start_seconds": start_seconds,
        "training_seconds": trainer.seconds,
        "device": describe_device(device, processes),
        **meter.peak(),
        "backbone": data.origin,
        "n_parameters": sum(tensor.numel() for tensor in trainer.model.parameters()),
        "versions": {"long-tail-lab": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }
    write_json(paths.result, result)


def _train(paths: RunPaths, config: RunConfig, trainer: Trainer, dataset: MultiLabelDataset, report: Progress) -> float:
    """Train from the checkpoint, if there is one, to the end; returns the seconds that went into the checkpoint.

    Raises:
        RunStopped: As :func:`train_run`.
        Diverged: If the numbers stopped being finite; scores and weights of the last good epoch are kept then.
        RunError: If the checkpoint cannot be used, the folder not be written, or the GPU has too little memory.
    """
    started, checkpoints = time.perf_counter(), Checkpoints(paths.checkpoint, trainer, config)
    before = checkpoints.load()
    writes = trainer.share.first
    if writes:
        keep_epochs(paths.metrics, trainer.epoch)
    try:
        for record in trainer.epochs(on_step=lambda done, total: report("training", done, total)):
            if writes:
                append_jsonl(paths.metrics, record)
                checkpoints.save(before + time.perf_counter() - started)
    except Diverged as error:
        if not checkpoints.load():
            raise
        trainer.score()
        if writes:
            _keep_tensors(paths, trainer, dataset)
        good = f"epoch {trainer.epoch} is the last good one, its checkpoint, scores and weights are kept"
        raise Diverged(f"{error}; {good}") from error
    except torch.cuda.OutOfMemoryError as error:
        if trainer.share.count > 1:
            raise  # all processes begin anew with halves
        raise RunError(too_little_memory(config.train.batch_size, parts=trainer.parts)) from error
    if not len(trainer.test_logits):  # it had been interrupted after its last epoch
        trainer.score()
    return before


def too_little_memory(batch_size: int, *, parts: int) -> str:
    """What a run says when a GPU has no room for a batch, or for half of it."""
    halves = " even for half of it" if parts > 1 else ""
    return (
        f"the GPU has too little memory for a batch of {batch_size}{halves}; lower the batch size, choose a smaller"
        " backbone or side of the images, or train on --device cpu"
    )


def in_processes(config: RunConfig, processes: int) -> RunConfig:
    """The settings of a run with so many processes.

    Raises:
        ValueError: If that many cannot train by these settings.
    """
    if config.train.nproc == processes:
        return config
    try:
        train = TrainConfig.model_validate(config.train.model_dump() | {"nproc": processes})
    except ValidationError as error:
        raise ValueError(explain(error)) from error
    return config.model_copy(update={"train": train})


def _keep_tensors(paths: RunPaths, trainer: Trainer, dataset: MultiLabelDataset) -> None:
    """Keep the scores of the test split, the logits of the training split, and the weights.

    The logits are there so that losses can be looked at on them: half the precision is enough, a logit keeps three
    digits; there are none if they are very many.
    """
    write_weights(
        paths.scores, {"scores": trainer.test_logits, "test_rows": torch.from_numpy(dataset.test_rows.copy())}
    )
    logits = trainer.train_logits
    if logits.numel() <= MAX_KEPT_LOGITS:
        kept = {LOGITS: logits.clamp(*FLOAT16_RANGE), ROWS: torch.from_numpy(dataset.train_rows.copy())}
        write_weights(paths.train_logits, kept, half=True)
    write_weights(paths.weights, trainer.scored.state_dict() | _standardisation(trainer.data))


def dataset_options(config: RunConfig) -> dict[str, Any]:
    """The options of the data set of a run; images come at the side the backbone was trained on where none is given."""
    options = config.dataset.options
    description = BACKBONES[config.train.backbone]
    if not description.shipped and "side" in DATASETS[config.dataset.name].options:
        options.setdefault("side", description.side)
    return options


def _standardisation(data: TrainingData) -> dict[str, torch.Tensor]:
    """What must be done to features before the trained head reads them; empty where nothing was done."""
    if data.standardised is None:
        return {}
    return dict(zip(("feature_mean", "feature_factor"), data.standardised, strict=True))


def summarise(config: RunConfig, dataset: MultiLabelDataset, data: TrainingData, scores: np.ndarray) -> dict[str, Any]:
    """What a run's final scores are worth, with 95 % intervals over resampled test images.

    Args:
        config: Kept in the result, so that the file explains itself.
        dataset: For the names of the labels.
        data: For the labels of both splits.
        scores: (n_test, n_labels) of the last epoch: the test split chooses nothing, so no epoch is preferred.

    Returns:
        ``map``, ``intervals``, ``per_class``, ``config`` and what :func:`dbl_core.metrics.score_summary` adds of
        ``result.json``; NaN for what is undefined.
    """
    counts = data.label_counts
    estimates = bootstrap_intervals(data.test_labels, scores, counts)
    positives = data.test_labels.sum(axis=0)
    per_class = [
        {
            "label": name,
            "train_count": int(counts[label]),
            "test_positives": int(positives[label]),
            "ap": estimates.per_class[label].value,
            "interval": _ends(estimates.per_class[label]),
        }
        for label, name in enumerate(dataset.label_names)
    ]
    return {
        "map": {key: estimates.groups[key].value for key in REPORT_KEYS},
        "intervals": {key: _ends(estimates.groups[key]) for key in REPORT_KEYS},
        "per_class": per_class,
        "config": config.model_dump(mode="json"),
        "test_images": len(scores),
        **score_summary(data.test_labels, scores, counts),
    }


def _ends(interval: Interval) -> list[float]:
    return [interval.low, interval.high]
