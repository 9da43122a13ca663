"""The recorded results that the lessons of the page Learn read: what takes too long to train while somebody waits.

    python benchmarks/lesson_records.py [scratch] [ratios] [logits] [--seeds 2] [--steps 968] [--device cpu]

Writes data/lessons/recorded/NAME.json for every name. Each file says by which command, when, on what and with which
versions it was made, and holds the settings of every run beside its numbers.
"""

import argparse
import datetime
import json
import math
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core import __version__
from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig
from dbl_core.datasets import load_dataset
from dbl_core.longtail import group_of
from dbl_core.losses import build_loss
from dbl_core.runs.paths import DEFAULT_CACHE_DIR
from dbl_core.train.data import load_training_data
from dbl_core.train.device import resolve_device
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model

OUT = Path(__file__).resolve().parents[1] / "data" / "lessons" / "recorded"
EPOCH_STEPS = 121
"""Steps of an epoch on the default data set; a shorter run has fewer epochs, each of which is scored."""
RATIOS = (2.0, 20.0, 200.0)
MOST_COUNT = 400
"""Ratios are compared at one size of the largest class: only the tail gets shorter."""
METHODS = {"BCE": ("bce", "uniform"), "RS": ("bce", "class_aware"), "DB-Focal": ("db_focal", "class_aware")}
LOGITS = {"BCE": "bce", "NTR": "ntr", "R-BCE": "r_bce", "DB": "db"}
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def scratch(args: argparse.Namespace) -> dict[str, Any]:
    """From random weights and from frozen pre-trained features, with the same steps."""
    length = {"epochs": math.ceil(args.steps / EPOCH_STEPS), "max_steps": args.steps}
    runs = []
    for mode in ("head", "scratch"):
        for title in ("BCE", "RS"):
            loss, sampler = METHODS[title]
            train = {"mode": mode, "sampler": sampler, "device": args.device, **length}
            runs += [_map_record(title, _config(loss, train | {"seed": seed})) for seed in range(args.seeds)]
    return {
        "about": "From scratch against frozen pre-trained features: the same steps, loss and sampler.",
        "runs": runs,
    }


def ratios(args: argparse.Namespace) -> dict[str, Any]:
    """Training sets of several imbalance ratios, frozen features."""
    runs = []
    for ratio in RATIOS:
        data = DatasetConfig(ratio=ratio, max_count=MOST_COUNT)
        for title, (loss, sampler) in METHODS.items():
            train = {"sampler": sampler, "device": args.device}
            for seed in range(args.seeds):
                runs.append(_map_record(title, _config(loss, train | {"seed": seed}, data)) | {"ratio": ratio})
    return {"about": "Frozen features, training sets of several imbalance ratios.", "runs": runs}


def logits(args: argparse.Namespace) -> dict[str, Any]:
    """Logits of test images by group and by the truth, under uniform sampling, so that only the loss differs."""
    runs = []
    for title, loss in LOGITS.items():
        for seed in range(args.seeds):
            config = _config(loss, {"sampler": "uniform", "seed": seed, "device": args.device})
            trainer, last = _trained(config)
            runs.append({**_named(title, config), "map": _rounded(last["map"]), "groups": _quantiles(trainer)})
    return {"about": "Quantiles of test logits of positives and negatives by group.", "shares": SHARES, "runs": runs}


RECORDS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "scratch": scratch,
    "ratios": ratios,
    "logits": logits,
}


def _config(loss: str, train: dict[str, Any], data: DatasetConfig | None = None) -> RunConfig:
    return RunConfig(dataset=data or DatasetConfig(), loss=LossConfig(name=loss), train=TrainConfig(**train))


def _trained(config: RunConfig) -> tuple[Trainer, dict[str, Any]]:
    device = resolve_device(config.train.device)
    dataset = load_dataset(config.dataset.name, **config.dataset.options)
    data = load_training_data(
        dataset, config.train, device, cache_dir=DEFAULT_CACHE_DIR, progress=lambda what, done, total: None
    )
    loss = build_loss(
        config.loss.name, label_counts=data.label_counts, n_samples=len(data.train_labels), **config.loss.options
    )
    trainer = Trainer(build_model(config.train, data), loss, data=data, config=config.train, device=device)
    *_, last = trainer.epochs()
    return trainer, last


def _named(title: str, config: RunConfig) -> dict[str, Any]:
    return {"method": title, "seed": config.train.seed, "config": config.model_dump(mode="json", exclude_none=True)}


def _map_record(title: str, config: RunConfig) -> dict[str, Any]:
    started = time.perf_counter()
    _, last = _trained(config)
    seconds = time.perf_counter() - started
    print(f"{config.train.mode} {title} seed {config.train.seed}: {last['map']} in {seconds:.0f} s", flush=True)
    return {**_named(title, config), "map": _rounded(last["map"]), "steps": last["step"], "seconds": round(seconds, 1)}


def _rounded(values: dict[str, float]) -> dict[str, float | None]:
    """Round to five digits; a group without classes becomes null, as JSON has no NaN."""
    return {key: round(float(value), 5) if math.isfinite(value) else None for key, value in values.items()}


def _quantiles(trainer: Trainer) -> list[dict[str, Any]]:
    scores, truth = trainer.test_logits.numpy(), trainer.data.test_labels
    groups = group_of(trainer.data.label_counts)
    records = []
    for group in ("head", "medium", "tail"):
        for side in ("positive", "negative"):
            cells = scores[:, groups == group][truth[:, groups == group] == (side == "positive")]
            spots = [round(float(value), 3) for value in np.quantile(cells, SHARES)]
            above = round(float((cells > 0).mean()), 4)
            records.append({"group": group, "side": side, "cells": int(cells.size), "quantiles": spots, "above": above})
    return records


def _device(args: argparse.Namespace) -> str:
    if args.device == "cuda":
        return torch.cuda.get_device_name()
    return f"{args.threads} thread{'s' if args.threads > 1 else ''} of a {platform.machine()} CPU"


def main() -> None:
    """Make the records that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RECORDS))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=968, help="of every run of scratch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    args = parser.parse_args()
    unknown = sorted(set(args.names) - set(RECORDS))
    if unknown:
        parser.error(f"unknown record {', '.join(unknown)}; choose from {', '.join(RECORDS)}")
    torch.set_num_threads(args.threads)
    OUT.mkdir(parents=True, exist_ok=True)
    for name in args.names or RECORDS:
        started = time.perf_counter()
        content = RECORDS[name](args)
        head = {
            "command": f"python benchmarks/lesson_records.py {' '.join(sys.argv[1:])}",
            "made": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "seconds": round(time.perf_counter() - started, 1),
            "device": _device(args),
            "seeds": list(range(args.seeds)),
            "versions": {
                "long-tail-lab": __version__,
                "torch": torch.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
        }
        (OUT / f"{name}.json").write_text(
            json.dumps(head | content, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        print(f"{name}: {head['seconds']} s", flush=True)


if __name__ == "__main__":
    main()
