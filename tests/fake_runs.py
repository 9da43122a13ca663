"""Runs that were never trained: folders with plausible records, for tests of what is shown about runs."""

import json
import math
import shutil
import sys
import time
from functools import cache

import numpy as np
from safetensors.numpy import save_file

from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig
from dbl_core.datasets import load_dataset
from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import bootstrap_intervals, score_summary
from dbl_core.runs import store
from dbl_core.runs.comparison import seed_groups
from dbl_core.runs.outcome import Result
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import append_jsonl, write_json

WAIT = [sys.executable, "-c", "import time; time.sleep(60)"]
"""A child that does nothing but live."""
BCE = RunConfig(loss=LossConfig(name="bce"), train=TrainConfig(sampler="uniform"))
DB_FOCAL = RunConfig()


def with_seed(config, seed):
    return config.model_copy(update={"train": config.train.model_copy(update={"seed": seed})})


def epoch_line(epoch, *, skill=0.5, n_labels=20):
    grown = skill * (1 - math.exp(-epoch / 2))
    return {
        "epoch": epoch,
        "step": 121 * epoch,
        "seconds": 0.4 * epoch,
        "learning_rate": 0.02,
        "train_loss": 0.4 / epoch,
        "test_loss": 0.5 / epoch,
        "map": {"total": grown, "head": grown + 0.2, "medium": grown + 0.1, "tail": grown - 0.1},
        "ap": [grown] * n_labels,
        "weights": {
            "positive": dict(zip(GROUPS, (0.66, 1.04, 1.09), strict=True)),
            "negative": dict(zip(GROUPS, (0.5, 0.3, 0.1 + 0.1 * grown), strict=True)),
        },
        "gradients": {
            "positive": dict(zip(GROUPS, (0.2, 0.2, 0.1), strict=True)),
            "negative": dict(zip(GROUPS, (0.3, 0.15, None), strict=True)),
        },
    }


def test_scores(dataset, skill, seed):
    """Logits that rank positives above negatives with the given skill, less so for rare classes."""
    rng = np.random.default_rng(seed)
    labels = dataset.labels[dataset.test_rows]
    lift = 4 * skill + 0.25 * np.log(np.maximum(dataset.label_counts, 1) / 50)
    return (labels * lift + rng.normal(size=labels.shape)).astype(np.float32)


test_scores.__test__ = False


def result_of(dataset, config, scores, *, n_resamples=50):
    labels = dataset.labels[dataset.test_rows]
    found = bootstrap_intervals(labels, scores, dataset.label_counts, n_resamples=n_resamples)
    return {
        "map": {key: entry.value for key, entry in found.groups.items()},
        "intervals": {key: [entry.low, entry.high] for key, entry in found.groups.items()},
        "per_class": [
            {
                "label": name,
                "train_count": int(dataset.label_counts[j]),
                "test_positives": int(labels[:, j].sum()),
                "ap": found.per_class[j].value,
                "interval": [found.per_class[j].low, found.per_class[j].high],
            }
            for j, name in enumerate(dataset.label_names)
        ],
        "config": config.model_dump(mode="json"),
        "seconds": 3.2,
        "device": "cpu (2 threads)",
        "n_parameters": 70_932,
        "versions": {"long-tail-lab": "0.1.0"},
        **score_summary(labels, scores, dataset.label_counts),
    }


@cache
def compared_groups():
    """Two seeds of DB-Focal and one of BCE, each with a result, and a seed of BCE that has none yet."""
    dataset = load_dataset("picto-voc")
    configs = {"db0": DB_FOCAL, "db1": with_seed(DB_FOCAL, 1), "bce": BCE, "waits": with_seed(BCE, 9)}
    results = {}
    for run, skill in {"db0": 0.6, "db1": 0.65, "bce": 0.4}.items():
        scores = test_scores(dataset, skill, configs[run].train.seed)
        results[run] = Result.model_validate(result_of(dataset, configs[run], scores, n_resamples=20))
    return seed_groups(configs, results)


def write_run(folder, config=DB_FOCAL, *, skill=0.5, n_epochs=8, state="finished", age_s=60.0):
    """Leave a run folder behind as a real run of that state would; a finished one has result and scores."""
    paths = store.create(folder, config)
    paths.log.write_text("reading features\nepoch 1\n", encoding="utf-8")
    for epoch in range(1, n_epochs + 1):
        append_jsonl(paths.metrics, epoch_line(epoch, skill=skill))
    said = {"state": state, "phase": "training", "done": n_epochs, "total": config.train.epochs, "message": ""}
    write_json(paths.status, {**said, "updated_at": time.time() - age_s + 5})
    write_json(paths.process, {"pid": 2**22 + 1, "create_time": 1.0, "started_at": time.time() - age_s})
    if state == "finished":
        dataset = load_dataset(config.dataset.name, **config.dataset.options)
        scores = test_scores(dataset, skill, config.train.seed)
        save_file({"scores": scores, "test_rows": dataset.test_rows.copy()}, paths.scores)
        write_json(paths.result, result_of(dataset, config, scores))
    return paths.folder


def write_many(root, *, n_labels, n_runs, n_epochs):
    """Leave finished runs of as many settings behind, on a long tail of labels: one is written, the others are copies.

    The settings, the scores and what the result says of the settings differ; the numbers of the result do not.
    """
    rng = np.random.default_rng(0)
    chances = np.clip(0.5 * np.arange(1, n_labels + 1) ** -0.8, 0.01, None)
    names = np.array([f"a label with a long name, number {number}" for number in range(n_labels)])
    np.savez(root / "labels.npz", labels=rng.random((600, n_labels)) < chances, label_names=names)
    config = RunConfig(dataset=DatasetConfig(name="file", path=str(root / "labels.npz")))
    first = write_run(root / "run-00", config, n_epochs=0)
    for epoch in range(1, n_epochs + 1):
        append_jsonl(RunPaths(first).metrics, epoch_line(epoch, n_labels=n_labels))
    dataset = load_dataset("file", path=str(root / "labels.npz"))
    for number in range(1, n_runs):
        folder = root / f"run-{number:02}"
        shutil.copytree(first, folder)
        changed = config.model_copy(update={"loss": LossConfig(options={"mu": number / 100})})
        RunPaths(folder).config.write_text(changed.model_dump_json())
        result = json.loads(RunPaths(folder).result.read_text()) | {"config": changed.model_dump(mode="json")}
        RunPaths(folder).result.write_text(json.dumps(result))
        scores = test_scores(dataset, 0.5, number)
        save_file({"scores": scores, "test_rows": dataset.test_rows.copy()}, RunPaths(folder).scores)
    return sorted(root.glob("run-*"))


def damage(folder, what):
    """Break one file of a run: config, result, metrics or scores."""
    path = getattr(RunPaths(folder), what)
    path.write_bytes(b'{"this is": not what it was')


BY_RATIO = RunConfig(dataset=DatasetConfig(ratio=50))
