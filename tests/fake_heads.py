"""Heads that were never trained: what the worker would answer, for tests of what is shown about them."""

import math
import zlib

import numpy as np

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.datasets import load_dataset
from dbl_core.longtail import group_of
from dbl_core.metrics import group_report

STEPS = 50


def setting(loss=None, name="db_focal", **train):
    return RunConfig.model_validate(
        {"loss": {"name": name, "options": loss or {}}, "train": {"max_steps": STEPS, **train}}
    )


def data_of(run):
    choice = DatasetConfig.model_validate(run["dataset"])
    return load_dataset(choice.name, **choice.options)


def ap_of(run, data):
    """AP that rises with the count, is best at mu 0.5 and moves a little with the seed; NaN without test positives."""
    mu = run["loss"]["options"].get("mu", 0.1)
    skill = 0.6 - 0.2 * (mu - 0.5) ** 2 + 0.1 * (run["train"]["sampler"] == "class_aware")
    noise = np.random.default_rng([run["train"]["seed"], zlib.crc32(run["loss"]["name"].encode())])
    counts = data.label_counts
    ap = skill * (0.4 + 0.6 * np.log1p(counts) / np.log1p(counts.max())) + noise.normal(0, 0.004, counts.size)
    return np.where(data.labels[data.test_rows].any(axis=0), ap, np.nan)


def train_heads(*, runs, convention="db", evaluate="epochs", intervals=False):
    data = data_of(runs[0])
    classes = [
        {"label": label, "group": str(group), "train_count": int(count), "test_positives": int(positives)}
        for label, group, count, positives in zip(
            data.label_names,
            group_of(data.label_counts, convention),
            data.label_counts,
            data.labels[data.test_rows].sum(axis=0),
            strict=True,
        )
    ]
    heads = [_head(run, data, convention, evaluate, intervals) for run in runs]
    return {"heads": heads, "classes": classes, "n_steps": STEPS, "seconds": 0.5, "origin": "features"}


def _head(run, data, convention, evaluate, intervals):
    if (run["train"]["learning_rate"] or 0) >= 10:
        nothing = dict.fromkeys(("total", "head", "medium", "tail"), math.nan)
        sentence = "the loss became infinite at step 12; lower the learning rate"
        return {"map": nothing, "ap": [math.nan] * data.n_labels, "curve": [], "diverged": sentence, "key": "x"}
    ap = ap_of(run, data)
    means = group_report(ap, data.label_counts, convention)
    points = range(1, 9) if evaluate == "epochs" else [8]
    curve = [
        {
            "step": STEPS * point // 8,
            "train_loss": 1 / point,
            "test_loss": 1.2 / point,
            "map": {key: value * point / 8 for key, value in means.items()},
        }
        for point in points
    ]
    head = {"map": means, "ap": ap.tolist(), "curve": curve, "diverged": None, "key": str(run["train"]["seed"])}
    if intervals:
        head["intervals"] = {key: [value - 0.02, value + 0.03] for key, value in means.items()}
        head["ap_intervals"] = [[value - 0.05, value + 0.05] for value in ap]
    return head


def compare_heads(*, first, second, convention="db"):
    data = data_of(first)
    ends = [ap_of(run, data) for run in (first, second)]
    means = [group_report(ap, data.label_counts, convention) for ap in ends]
    groups = {key: means[1][key] - means[0][key] for key in means[0]}
    return {
        "groups": {key: [value, value - 0.01, value + 0.01] for key, value in groups.items()},
        "per_class": [[value, value - 0.03, value + 0.03] for value in (ends[1] - ends[0]).tolist()],
    }


def ask(task, *, timeout_s=30.0, session=None, progress=None, **arguments):
    """Stands in for ``dbl_core.worker.client.ask``."""
    if progress is not None:
        progress("training", 1, 2)
    return {"train_heads": train_heads, "compare_heads": compare_heads}[task](**arguments)
