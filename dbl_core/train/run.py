"""One run, from its configuration to its result; ``train_run`` reads from top to bottom."""

from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dbl_core import __version__
from dbl_core.config import RunConfig
from dbl_core.datasets import DATASETS, MultiLabelDataset, load_dataset
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
from dbl_core.train.data import TrainingData, load_training_data
from dbl_core.train.device import describe_device, resolve_device, set_threads
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model


def train_run(run_dir: Path, status: StatusWriter, *, cache_dir: Path = DEFAULT_CACHE_DIR) -> None:
    """Train the run of a folder and leave its metrics, scores, weights and result there.

    After every epoch a checkpoint is left too; where there is one already, training goes on after its epoch.

    Args:
        run_dir: Folder with ``config.json``.
        status: Told of every phase; its ``check_stop`` is asked at every step.
        cache_dir: Folder of drawn images and features.

    Raises:
        RunStopped: If the run was asked to stop; the epochs so far stay in ``metrics.jsonl``.
        ValueError: If the configuration asks for what this machine does not have.
        DblError: If data, weights or the run folder cannot be read or written.
    """
    started = time.perf_counter()
    paths = RunPaths(run_dir)
    config = read_config(run_dir)
    device = resolve_device(config.train.device)
    dataset = load_dataset(config.dataset.name, **dataset_options(config))

    def report(phase: str, done: int, total: int) -> None:
        status.check_stop()
        status.progress(phase, done, total)

    data = load_training_data(dataset, config.train, device, cache_dir=cache_dir, progress=report)
    loss = build_loss(
        config.loss.name, label_counts=data.label_counts, n_samples=len(data.train_labels), **config.loss.options
    )
    set_threads(config.train.mode)
    trainer = Trainer(build_model(config.train, data), loss, data=data, config=config.train, device=device)
    checkpoints = Checkpoints(paths.checkpoint, trainer, config)
    started -= checkpoints.load()
    keep_epochs(paths.metrics, trainer.epoch)
    for record in trainer.epochs(on_step=lambda done, total: report("training", done, total)):
        append_jsonl(paths.metrics, record)
        checkpoints.save(time.perf_counter() - started)
    status.progress("writing the result")
    if not len(trainer.test_logits):  # it had been interrupted after its last epoch
        trainer.score()
    scores = trainer.test_logits
    write_weights(paths.scores, {"scores": scores, "test_rows": torch.from_numpy(dataset.test_rows.copy())})
    _keep_train_logits(paths, trainer.train_logits, dataset)
    write_weights(paths.weights, trainer.model.state_dict() | _standardisation(data))
    result = summarise(config, dataset, data, scores.numpy())
    result |= {
        "seconds": time.perf_counter() - started,
        "training_seconds": trainer.seconds,
        "device": describe_device(device),
        "backbone": data.origin,
        "n_parameters": sum(tensor.numel() for tensor in trainer.model.parameters()),
        "versions": {"long-tail-lab": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }
    write_json(paths.result, result)


def _keep_train_logits(paths: RunPaths, logits: torch.Tensor, dataset: MultiLabelDataset) -> None:
    """Keep what the model says of its own training images, so that losses can be looked at there; not if it is huge.

    Half the precision is enough for a look: a logit keeps three digits.
    """
    if logits.numel() <= MAX_KEPT_LOGITS:
        kept = {LOGITS: logits.clamp(*FLOAT16_RANGE), ROWS: torch.from_numpy(dataset.train_rows.copy())}
        write_weights(paths.train_logits, kept, half=True)


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
