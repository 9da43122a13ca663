"""Heads trained by the real worker: the numbers are right, and bad input is one sentence."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.datasets import load_dataset
from dbl_core.errors import WorkerError
from dbl_core.losses import build_loss
from dbl_core.metrics import bootstrap_intervals, group_report, paired_intervals
from dbl_core.train.data import TrainingData, load_training_data
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from tests.worker.small_data import run, write_data

CPU = torch.device("cpu")


def training_data(path: Path) -> TrainingData:
    dataset = load_dataset("file", path=str(path))
    return load_training_data(dataset, "head", CPU, cache_dir=path.parent, progress=lambda *_: None)


def trainer_of(config: dict, data: TrainingData) -> tuple[list[dict], np.ndarray]:
    """Records and scores of the run that the page Train would launch."""
    run = RunConfig.model_validate(config)
    counts, n_samples = data.label_counts, len(data.train_labels)
    loss = build_loss(run.loss.name, label_counts=counts, n_samples=n_samples, **run.loss.options)
    trainer = Trainer(build_model(run.train, data), loss, data=data, config=run.train, device=CPU)
    return list(trainer.epochs()), trainer.test_logits.numpy()


def test_the_numbers_are_those_of_a_run_of_the_page_train(worker, data_file):
    runs = [run(data_file), run(data_file, "bce", sampler="uniform", seed=1)]
    answer = worker.ask("train_heads", runs=runs)
    data = training_data(data_file)
    for head, config in zip(answer["heads"], runs, strict=True):
        records, _ = trainer_of(config, data)
        assert head["ap"] == pytest.approx(records[-1]["ap"], abs=0.02)
        assert head["map"] == pytest.approx(records[-1]["map"], abs=0.02)
        assert head["diverged"] is None
        assert [point["step"] for point in head["curve"]] == [3, 6]
        for point, record in zip(head["curve"], records, strict=True):
            assert point["train_loss"] == pytest.approx(record["train_loss"], rel=1e-4)
            assert point["test_loss"] == pytest.approx(record["test_loss"], rel=1e-4)
            assert point["map"] == pytest.approx(record["map"], abs=0.02)
    assert answer["heads"][0]["key"] != answer["heads"][1]["key"]
    assert answer["n_steps"] == 6
    assert [(one["group"], one["train_count"], one["test_positives"]) for one in answer["classes"]] == [
        ("head", 120, 60),
        ("medium", 40, 20),
        ("tail", 12, 6),
    ]
    assert answer["origin"] == "features of the data set: 200 training and 100 test images"


def test_what_was_trained_once_is_known(worker, data_file):
    runs = [run(data_file, seed=seed) for seed in range(10, 13)]
    first = worker.ask("train_heads", runs=runs[:2], evaluate="end")
    again = worker.ask("train_heads", runs=runs[:2], evaluate="end")
    assert again["heads"] == first["heads"]
    assert again["seconds"] == 0.0 < first["seconds"]
    assert [len(head["curve"]) for head in first["heads"]] == [1, 1]
    more = worker.ask("train_heads", runs=runs, evaluate="epochs")
    assert [len(head["curve"]) for head in more["heads"]] == [2, 2, 2]
    assert worker.ask("train_heads", runs=runs, evaluate="end")["seconds"] == 0.0
    assert worker.ask("train_heads", runs=[runs[0], runs[0]])["heads"][1] == more["heads"][0]


def test_a_file_that_changed_is_read_again(worker, tmp_path):
    path = write_data(tmp_path / "changing.npz")
    before = worker.ask("train_heads", runs=[run(path)])
    write_data(path, seed=1)
    os.utime(path, ns=(0, 10**18))
    after = worker.ask("train_heads", runs=[run(path)])
    assert after["seconds"] > 0
    assert after["heads"][0]["key"] != before["heads"][0]["key"]
    assert after["heads"][0]["ap"] != before["heads"][0]["ap"]


def test_intervals_and_conventions(worker, data_file):
    config = run(data_file)
    head = worker.ask("train_heads", runs=[config], intervals=True, convention="custom-50-30")["heads"][0]
    data = training_data(data_file)
    _, scores = trainer_of(config, data)
    expected = bootstrap_intervals(data.test_labels, scores, data.label_counts, convention="custom-50-30")
    assert head["map"] == pytest.approx(group_report(head["ap"], data.label_counts, "custom-50-30"))
    for group, (low, high) in head["intervals"].items():
        assert (low, high) == pytest.approx((expected.groups[group].low, expected.groups[group].high), abs=0.03)
        assert low <= head["map"][group] <= high
    assert len(head["ap_intervals"]) == 3


def test_the_difference_of_two_heads(worker, data_file):
    one, other = run(data_file, "bce", max_steps=2), run(data_file)
    answer = worker.ask("compare_heads", first=one, second=other)
    data = training_data(data_file)
    scores = [trainer_of(config, data)[1] for config in (other, one)]
    expected = paired_intervals(data.test_labels, *scores, data.label_counts)
    for group, triple in answer["groups"].items():
        interval = expected.groups[group]
        assert triple == pytest.approx([interval.value, interval.low, interval.high], abs=0.03)
    assert answer["groups"]["total"][0] > 0
    nothing = worker.ask("compare_heads", first=one, second=one)
    assert nothing["groups"]["total"] == [0, 0, 0]
    assert nothing["per_class"] == [[0, 0, 0]] * 3


def test_a_head_that_diverges_says_so_and_spoils_nobody(worker, data_file):
    wild = run(data_file, "bce", learning_rate=100.0, clip_norm=0, momentum=0.99, batch_size=1, max_steps=None)
    calm = run(data_file, "bce", batch_size=1, max_steps=None)
    answer = worker.ask("train_heads", runs=[calm, wild])
    assert answer["heads"][0]["diverged"] is None
    assert answer["heads"][0]["map"]["total"] > 0.5
    assert "lower the learning rate (100)" in answer["heads"][1]["diverged"]
    with pytest.raises(ValueError, match="nothing to compare: the loss"):
        worker.ask("compare_heads", first=calm, second=wild)


def test_a_label_without_test_positives_is_nan(worker, tmp_path):
    path = write_data(tmp_path / "gap.npz")
    with np.load(path) as file:
        arrays = dict(file)
    arrays["Y_test"][:, 1] = 0
    np.savez(path, **arrays)
    answer = worker.ask("train_heads", runs=[run(path)], intervals=True)
    assert [math.isnan(ap) for ap in answer["heads"][0]["ap"]] == [False, True, False]
    assert math.isnan(answer["heads"][0]["map"]["medium"])
    assert all(math.isnan(end) for end in answer["heads"][0]["ap_intervals"][1])


def labels_alone(folder: Path) -> dict:
    np.savez(folder / "labels.npz", labels=np.tile(np.eye(3, dtype=np.uint8), (4, 1)))
    return {"runs": [run(folder / "labels.npz")]}


def class_counts(folder: Path) -> dict:
    (folder / "counts.json").write_text('{"pos_counts": [3, 1], "num_samples": 4}')
    return {"runs": [run(folder / "counts.json")]}


def no_test_positives(folder: Path) -> dict:
    return {"runs": [run(write_data(folder / "none.npz", test_positives=False))]}


def no_file(folder: Path) -> dict:
    return {"runs": [run(folder / "missing.npz")]}


def two_data_sets(folder: Path) -> dict:
    return {"runs": [run(folder / "a.npz"), run(folder / "b.npz")]}


def other_settings(**changed: object):
    return lambda folder: {"runs": [run(write_data(folder / "small.npz"))]} | changed


def changed_run(section: str, **values: object):
    def arguments(folder: Path) -> dict:
        config = run(write_data(folder / "small.npz"))
        config[section] |= values
        return {"runs": [config]}

    return arguments


@pytest.mark.parametrize(
    ("arguments", "kind", "sentence"),
    [
        (labels_alone, ValueError, "has labels alone"),
        (class_counts, WorkerError, "class counts alone"),
        (no_test_positives, WorkerError, "no test image of data set 'file' carries a label"),
        (no_file, WorkerError, "missing.npz"),
        (two_data_sets, ValueError, "share data set"),
        (other_settings(runs=[]), ValueError, "from 1 to 256"),
        (lambda folder: {"runs": [run(folder / "a.npz")] * 17, "intervals": True}, ValueError, "at most 16 heads"),
        (other_settings(convention="mine"), ValueError, "mine"),
        (other_settings(evaluate="often"), ValueError, "often"),
        (other_settings(colour="red"), ValueError, "colour"),
        (changed_run("train", learning_rate=1e9), ValueError, "learning_rate"),
        (changed_run("train", mode="scratch"), ValueError, "mode 'head'"),
        (changed_run("train", backbone="resnet18"), ValueError, "features but no images"),
        (changed_run("loss", options={"mu": 99}), ValueError, "mu"),
        (changed_run("loss", name="hinge", options={}), ValueError, "hinge"),
        (changed_run("dataset", name="imagenet"), ValueError, "imagenet"),
    ],
)
def test_bad_input_is_one_sentence(worker, tmp_path, arguments, kind, sentence):
    with pytest.raises(kind, match=sentence) as caught:
        worker.ask("train_heads", **arguments(tmp_path))
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def real_data(shared_dir: Path, name: str) -> dict:
    return {"name": "file", "path": str(shared_dir / "data" / "mld" / f"{name}_labels.npz")}


@pytest.mark.parametrize(("name", "n_labels"), [("corel5k", 374), ("enron", 53)])
def test_hundreds_of_labels_and_sparse_features(worker, shared_dir, name, n_labels):
    config = RunConfig(
        dataset=DatasetConfig(**real_data(shared_dir, name)), train={"epochs": 1, "max_steps": 20}
    ).model_dump(mode="json")
    configs = [config, {**config, "loss": {"name": "bce", "options": {}}}]
    answer = worker.ask("train_heads", runs=configs, evaluate="end", timeout_s=60)
    assert len(answer["classes"]) == n_labels
    chance = np.mean([one["test_positives"] for one in answer["classes"]]) / 1000
    for head in answer["heads"]:
        assert head["map"]["total"] > chance
        assert head["diverged"] is None
