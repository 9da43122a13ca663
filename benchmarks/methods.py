"""The table of methods: ten methods, several seeds, mean and spread of head, medium and tail mAP.

    python benchmarks/methods.py [--mode head] [--seeds 5] [--preset voc-mlt | --ratio 100] [--epochs 8]

Prints a Markdown table; every number comes from the runs it has just made.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core.config import DatasetConfig, RunConfig, TrainConfig
from dbl_core.datasets import load_dataset
from dbl_core.losses import build_loss
from dbl_core.methods import METHODS, Method
from dbl_core.runs.paths import DEFAULT_CACHE_DIR
from dbl_core.train.data import TrainingData, load_training_data
from dbl_core.train.device import resolve_device, set_threads
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model

GROUPS = ("total", "head", "medium", "tail")


def main() -> None:
    """Train every method with every seed and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", default="head")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--ratio", type=float)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--device", default="auto")
    titles = [method.title for method in METHODS]
    parser.add_argument(
        "--methods", nargs="+", choices=titles, default=titles, metavar="METHOD", help=", ".join(titles)
    )
    args = parser.parse_args()
    device = resolve_device(args.device)
    dataset_config = DatasetConfig.model_validate({"ratio": args.ratio} if args.ratio else {})
    dataset = load_dataset(dataset_config.name, **dataset_config.options)
    data = load_training_data(
        dataset, args.mode, device, cache_dir=DEFAULT_CACHE_DIR, progress=lambda what, done, total: None
    )
    set_threads(args.mode)
    started = time.perf_counter()
    print("| Method | Loss | Sampler | total | head | medium | tail |\n|---|---|---|---|---|---|---|")
    methods = [method for method in METHODS if method.title in args.methods]
    for method in methods:
        scores = np.array([run_once(method, seed, args, data) for seed in range(args.seeds)])
        cells = [
            f"{mean:.1f} ± {spread:.1f}"
            for mean, spread in zip(100 * scores.mean(0), 100 * scores.std(0, ddof=min(1, args.seeds - 1)), strict=True)
        ]
        print(f"| {method.title} | `{method.loss}` | {method.sampler} | {' | '.join(cells)} |", flush=True)
    seconds = (time.perf_counter() - started) / (len(methods) * args.seeds)
    print(f"\n{args.seeds} seeds, mode {args.mode}, {device}, {seconds:.1f} s a run after the features are cached.")


def run_once(method: Method, seed: int, args: argparse.Namespace, data: TrainingData) -> list[float]:
    """The mAP of the four groups after the last epoch of one run."""
    device = resolve_device(args.device)
    train = TrainConfig(mode=args.mode, sampler=method.sampler, epochs=args.epochs, seed=seed)
    config = RunConfig(loss=method.loss_config, train=train)
    loss = build_loss(
        config.loss.name, label_counts=data.label_counts, n_samples=len(data.train_labels), **config.loss.options
    )
    trainer = Trainer(build_model(train, data), loss, data=data, config=train, device=device)
    *_, last = trainer.epochs()
    return [last["map"][group] for group in GROUPS]


if __name__ == "__main__":
    main()
