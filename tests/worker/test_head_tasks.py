"""Heads trained by the real worker: right numbers, and what happens when many ask, give up, or it is killed."""

import math
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.datasets import load_dataset
from dbl_core.errors import Superseded, WorkerError
from dbl_core.losses import build_loss
from dbl_core.metrics import bootstrap_intervals, group_report, paired_intervals
from dbl_core.train.data import TrainingData, load_training_data
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from dbl_core.worker.client import Worker
from dbl_core.worker.jobs import MOST_WAITING
from tests.worker.small_data import run, write_data

CPU = torch.device("cpu")
LONG = {"epochs": 1000, "batch_size": 1, "max_steps": None}  # 90,000 steps: minutes
SOME = {"epochs": 3, "batch_size": 1, "max_steps": None}  # 270 steps: part of a second


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    real = Worker(log_dir=tmp_path_factory.mktemp("cache"))
    yield real
    real.close()


@pytest.fixture(scope="module")
def data_file(tmp_path_factory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "small.npz")


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


class Asking(threading.Thread):
    """A question asked in the background; ``stop`` makes its progress callback raise."""

    def __init__(self, worker: Worker, task: str = "train_heads", **arguments: object) -> None:
        super().__init__(daemon=True)
        self.worker, self.task, self.arguments = worker, task, arguments
        self.answer: dict | None = None
        self.error: BaseException | None = None
        self.seen: list[tuple[str, int, int]] = []
        self.stop: type[BaseException] | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.worker.ask(self.task, timeout_s=60, progress=self._progress, **self.arguments)
        except BaseException as error:
            self.error = error

    def _progress(self, *progress: object) -> None:
        self.seen.append(progress)
        if self.stop is not None:
            raise self.stop

    def until(self, what: str, seconds: float = 30.0) -> "Asking":
        deadline = time.monotonic() + seconds
        while not any(seen[0] == what for seen in list(self.seen)):
            assert time.monotonic() < deadline, self.seen[-3:]
            assert self.is_alive(), self.error
            time.sleep(0.01)
        return self

    def ended(self, seconds: float = 30.0) -> "Asking":
        self.join(seconds)
        assert not self.is_alive()
        return self


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


def test_the_newest_question_of_a_session_counts(worker, data_file):
    older = Asking(worker, runs=[run(data_file, **LONG)], session="a").until("training")
    other_task = worker.ask("compare_heads", session="a", first=run(data_file), second=run(data_file, "bce"))
    assert other_task["groups"]
    newer = Asking(worker, runs=[run(data_file, seed=21)], session="a").ended()
    assert isinstance(older.ended().error, Superseded)
    assert newer.answer["heads"][0]["ap"]


def test_other_sessions_go_on(worker, data_file):
    asking = [Asking(worker, runs=[run(data_file, seed=30 + i, **SOME)], session=str(i)) for i in range(3)]
    assert all(one.ended().answer for one in asking)


class Rerun(BaseException):
    """What a page raises to stop its script."""


def test_what_a_progress_callback_raises_cancels_the_question(worker, data_file):
    long = Asking(worker, runs=[run(data_file, seed=seed, **LONG) for seed in range(40)]).until("training")
    done, total = long.seen[-1][1:]
    assert 0 <= done < total == 40 * 90_000
    long.stop = Rerun
    assert isinstance(long.ended(5).error, Rerun)
    started = time.monotonic()
    worker.ask("train_heads", runs=[run(data_file, seed=41)])
    assert time.monotonic() - started < 10
    deadline = time.monotonic() + 10
    process = psutil.Process(worker.pid)
    while process.cpu_percent(interval=0.3) > 20:
        assert time.monotonic() < deadline, "the worker still trains for nobody"


def test_a_loss_question_does_not_wait_for_a_training(worker, data_file):
    long = Asking(worker, runs=[run(data_file, seed=seed, **LONG) for seed in range(50)]).until("training")
    curves = worker.ask(
        "loss_curves", loss={"name": "db"}, label_counts=[300, 20], n_samples=500, contexts=[{"label": 0}]
    )
    assert curves["curves"]
    assert long.is_alive()
    long.stop = Rerun
    long.ended()


def test_a_short_question_is_answered_in_the_middle_of_a_long_one(worker, data_file):
    sweep = Asking(worker, runs=[run(data_file, seed=seed, **SOME) for seed in range(200)]).until("training")
    worker.ask("train_heads", runs=[run(data_file, seed=999, **SOME)])
    assert sweep.is_alive()
    sweep.stop = Rerun
    sweep.ended()


@pytest.mark.parametrize("moment", ["training", "waiting"])
def test_a_killed_worker_still_answers(worker, data_file, moment):
    length = {**SOME, "epochs": 20}
    first = Asking(worker, runs=[run(data_file, seed=50 + len(moment), **length)]).until("training")
    asking = first if moment == "training" else Asking(worker, runs=[run(data_file, seed=51, **SOME)])
    killed = worker.pid
    os.kill(killed, signal.SIGKILL)
    assert asking.ended(60).answer["heads"][0]["ap"]
    assert first.ended(60).answer
    assert worker.pid != killed
    assert worker.ask("train_heads", runs=[run(data_file)])["heads"]


def test_ten_sessions_that_move_sliders_each_get_their_own_latest_answer(worker, data_file):
    seeds = [range(100 + 10 * session, 103 + 10 * session) for session in range(10)]
    asking: dict[int, list[Asking]] = {session: [] for session in range(10)}
    for turn in range(3):
        for session in range(10):
            config = run(data_file, seed=seeds[session][turn], **SOME)
            asking[session].append(Asking(worker, runs=[config], session=f"slider {session}"))
        time.sleep(0.1)
    alone = worker.ask("train_heads", runs=[run(data_file, seed=s[-1], **SOME) for s in seeds])["heads"]
    for session, questions in asking.items():
        for older in questions[:-1]:
            assert older.ended().answer or isinstance(older.error, Superseded)
        assert questions[-1].ended().answer["heads"][0]["key"] == alone[session]["key"]
        assert questions[-1].answer["heads"][0]["ap"] == pytest.approx(alone[session]["ap"], abs=0.02)


def test_too_many_questions_are_refused_at_once(worker, data_file):
    asking = [Asking(worker, runs=[run(data_file, seed=i, **LONG)]) for i in range(MOST_WAITING + 6)]
    deadline = time.monotonic() + 20
    while len(refused := [one for one in asking if not one.is_alive()]) < 6:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(refused) == 6
    for one in refused:
        assert isinstance(one.error, WorkerError)
        assert "wait for the compute worker already" in str(one.error)
    for one in asking:
        one.stop = Rerun
    for one in asking:
        one.ended()
    assert worker.ask("train_heads", runs=[run(data_file, seed=1)])["heads"]


def test_a_question_whose_time_is_over_does_not_end_the_worker(worker, data_file):
    worker.ask("ping")
    pid = worker.pid
    with pytest.raises(WorkerError, match=r"no answer within 0\.5 s"):
        worker.ask("train_heads", runs=[run(data_file, **LONG)], timeout_s=0.5)
    assert worker.ask("train_heads", runs=[run(data_file, seed=2)])["heads"]
    assert worker.pid == pid


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
