"""The command that trains what a configuration says, and the names of its flags."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from dbl_core import hosting
from dbl_core.config.dataset import BY_RATIO, DatasetConfig
from dbl_core.config.run import RunConfig
from dbl_core.config.training import TrainConfig
from dbl_core.datasets import DATASETS
from dbl_core.losses import LOSSES

DATASET_FLAGS = {"dataset": "name", "preset": "preset", "ratio": "ratio", "profile": "profile"}
DATASET_FLAGS |= {"max_count": "max_count", "subset_seed": "seed", "path": "path", "images": "images"}
DATASET_FLAGS |= {"test_share": "test_share", "root": "root", "split_file": "split_file", "side": "side"}
"""Flags of the data set -> fields; some names would clash with those of training."""
TRAIN_FLAGS = tuple(TrainConfig.model_fields)


def command_line(config: RunConfig, *, run_dir: str = "runs/my-run") -> str:
    """The command that trains the same: only what departs from the defaults, quoted for a shell.

    Args:
        config: The settings.
        run_dir: Folder of the new run.
    """
    return shlex.join(["python", "-m", "dbl_core", "run", "--run-dir", run_dir, *config_words(config)])


def config_words(config: RunConfig) -> list[str]:
    """The flags of everything that departs from the defaults, as words that are not quoted yet."""
    words: list[str] = []
    defaults = RunConfig()
    words += _dataset_words(config.dataset, defaults.dataset)
    if config.loss.name != defaults.loss.name:
        words += ["--loss", config.loss.name]
    usual = LOSSES[config.loss.name].defaults
    for option, value in config.loss.options.items():
        if value != usual[option]:
            words += ["--option", f"{option}={value}"]
    for field in TrainConfig.model_fields:
        value = getattr(config.train, field)
        if value != getattr(defaults.train, field):
            words += [flag_name(field), str(value)]
    return words


def _dataset_words(dataset: DatasetConfig, defaults: DatasetConfig) -> list[str]:
    words = []
    usual = BY_RATIO if dataset.ratio is not None else DATASETS[dataset.name].presets[0]
    for flag, field in DATASET_FLAGS.items():
        value: Any = getattr(dataset, field)
        implied = field == "preset" and value == usual
        if value != getattr(defaults, field) and not implied:
            if hosting.is_public() and field in ("path", "images"):
                value = Path(value).name  # where it lies on the server is nobody's business
            words += [flag_name(flag), str(value)]
    return words


def flag_name(name: str) -> str:
    """A field as the flag that sets it, ``--max-count``."""
    return f"--{name.replace('_', '-')}"
