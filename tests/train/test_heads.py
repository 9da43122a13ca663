"""Heads trained at once: each is what ``Trainer`` makes of it alone, whatever its neighbours are."""

import math

import numpy as np
import pytest
import torch

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.losses import LOSSES, build_loss
from dbl_core.metrics import group_report
from dbl_core.samplers import SAMPLERS
from dbl_core.train.data import TrainingData
from dbl_core.train.heads import bundle_size, bundled, train_heads
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from tests.train.problems import solvable

CPU = torch.device("cpu")


def head(loss: str = "db_focal", options: dict | None = None, **train: object) -> RunConfig:
    return RunConfig(
        loss=LossConfig(name=loss, options=options or {}), train=TrainConfig(**{"epochs": 2, "max_steps": 8} | train)
    )


def alone(config: RunConfig, data: TrainingData) -> tuple[list[dict], np.ndarray]:
    """Records and scores of the run that the page Train would launch."""
    counts, n_samples = data.label_counts, len(data.train_labels)
    loss = build_loss(config.loss.name, label_counts=counts, n_samples=n_samples, **config.loss.options)
    trainer = Trainer(build_model(config.train, data), loss, data=data, config=config.train, device=CPU)
    return list(trainer.epochs()), trainer.test_logits.numpy()


def agrees(result, config: RunConfig, data: TrainingData) -> None:
    records, scores = alone(config, data)
    assert result.config == config
    assert result.diverged is None
    assert np.allclose(result.scores, scores, rtol=1e-4, atol=2e-5)
    assert [point["step"] for point in result.curve] == [record["step"] for record in records]
    for point, record in zip(result.curve, records, strict=True):
        assert point["train_loss"] == pytest.approx(record["train_loss"], rel=1e-5)
        assert point["test_loss"] == pytest.approx(record["test_loss"], rel=1e-5)
        assert point["ap"] == pytest.approx(np.array(record["ap"]), abs=0.02)  # close scores may change places
        assert group_report(point["ap"], data.label_counts)["total"] == pytest.approx(record["map"]["total"], abs=0.01)


@pytest.mark.parametrize("loss", LOSSES)
def test_one_head_is_the_run_of_the_page_train(loss):
    data = solvable()
    (result,) = train_heads([head(loss)], data)
    agrees(result, head(loss), data)


def other_numbers(loss: str) -> dict[str, float]:
    """Every number of a loss half-way between its default and the right end of its slider."""
    options = [option for option in LOSSES[loss].options if option.kind == "float"]
    return {option.name: (option.default + option.high) / 2 for option in options}


@pytest.mark.parametrize("loss", [name for name in LOSSES if other_numbers(name)])
def test_one_stack_serves_different_numbers_of_every_loss(loss):
    data = solvable()
    configs = [head(loss, max_steps=4), head(loss, other_numbers(loss), max_steps=4)]
    assert bundled(configs, data) == [[0, 1]]
    for result, config in zip(train_heads(configs, data), configs, strict=True):
        agrees(result, config, data)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_draws_the_same_rows(sampler):
    data = solvable()
    (result,) = train_heads([head("bce", sampler=sampler, seed=3)], data)
    agrees(result, head("bce", sampler=sampler, seed=3), data)


@pytest.mark.parametrize(
    "train",
    [
        {"optimizer": "adamw"},
        {"optimizer": "adamw", "weight_decay": 0.5, "learning_rate": 0.01},
        {"momentum": 0.0, "weight_decay": 0.1},
        {"clip_norm": 0.05},
        {"clip_norm": 0.0, "dropout": 0.0},
        {"dropout": 0.9, "batch_size": 7, "max_steps": None},
        {"learning_rate": 0.5, "epochs": 3, "max_steps": 10},
        {"schedule": "cosine"},
        {"warmup_steps": 5},
        {"label_smoothing": 0.2},
        {"sampler": "repeat_factor", "repeat_threshold": 0.9},
    ],
    ids=str,
)
def test_every_setting_means_what_it_means_there(train):
    data = solvable()
    (result,) = train_heads([head("db", **train)], data)
    agrees(result, head("db", **train), data)


def test_many_unlike_heads_at_once_are_the_runs_one_by_one():
    data = solvable()
    configs = [
        head("db_focal", {"mu": 0.1}, learning_rate=0.1),
        head("bce", sampler="uniform", seed=1),
        head("db_focal", {"mu": 0.8, "lam": 2}, clip_norm=0),
        head("db", {"bias": "paper"}, momentum=0.5),
        head("bce", seed=2, dropout=0.2, optimizer="adamw"),
        head("db_focal", {"gamma": 0.0}, seed=1, weight_decay=0.1, clip_norm=0.01),
        head("cb_focal", {"beta": 0.9, "mode": "average_w"}, dropout=0.0),
        head("cb_focal", {"beta": 0.99}, dropout=0.0),
        head("db", epochs=4),
        head("bce", sampler="repeat_factor", repeat_threshold=0.9),
        head("bce", sampler="repeat_factor"),
        head("bce", schedule="cosine"),
        head("bce", warmup_steps=0),
        head("bce", label_smoothing=0.1, mixup=0.0),
    ]
    results = train_heads(configs, data)
    for result, config in zip(results, configs, strict=True):
        agrees(result, config, data)


def test_bundles_hold_every_head_once_and_only_what_fits_together():
    data = solvable()
    configs = [head(seed=seed % 3, epochs=2 + seed % 2, max_steps=None) for seed in range(70)]
    bundles = bundled(configs, data)
    assert sorted(number for bundle in bundles for number in bundle) == list(range(70))
    assert max(map(len, bundles)) <= bundle_size(data)
    assert all(len({configs[number].train.epochs for number in bundle}) == 1 for bundle in bundles)


def test_the_end_alone_gives_the_same_end():
    data = solvable()
    configs = [head(seed=seed) for seed in range(3)]
    whole, end = train_heads(configs, data), train_heads(configs, data, evaluate="end")
    for one, other in zip(whole, end, strict=True):
        assert np.array_equal(one.scores, other.scores)
        assert len(other.curve) == 1
        assert other.curve[0]["test_loss"] == one.curve[-1]["test_loss"]


def test_a_head_that_diverges_is_named_and_leaves_the_others_alone():
    data = solvable()
    data.train_inputs.mul_(1e6)
    data.test_inputs.mul_(1e6)
    calm = head("bce", learning_rate=1e-9, dropout=0.0)
    wild = head("bce", learning_rate=50.0, clip_norm=0, momentum=0.99, epochs=2, max_steps=8, dropout=0.0)
    wild_alone, calm_alone = train_heads([wild], data), train_heads([calm], data)
    first, second, third = train_heads([calm, wild, calm], data)
    assert np.array_equal(first.scores, third.scores)
    assert np.allclose(first.scores, calm_alone[0].scores, rtol=1e-5)
    assert second.diverged == wild_alone[0].diverged
    assert "at step" in second.diverged
    assert second.diverged.endswith("; lower the learning rate (50)")
    assert np.isnan(second.ap).all()
    assert np.isnan(second.scores).all()


def test_a_loss_that_grows_without_end_is_named_and_keeps_its_numbers():
    (result,) = train_heads([head("bce", learning_rate=100.0, max_steps=16)], solvable())
    assert result.diverged.startswith("the loss grew from 0.737 to ")
    assert np.isfinite(result.ap).all()


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_change_no_number(threads):
    data = solvable()
    configs = [head(seed=seed % 3, options={"mu": 0.1 * seed}) for seed in range(7)]
    seen = []
    side_by_side = train_heads(configs, data, threads=threads, on_step=lambda *progress: seen.append(progress))
    for one, other in zip(train_heads(configs, data), side_by_side, strict=True):
        assert np.allclose(one.scores, other.scores, rtol=1e-5, atol=1e-6)
    assert [total for _, total in seen] == [8 * min(threads, 7)] * len(seen) == [len(seen)] * len(seen)
    assert sorted(done for done, _ in seen) == [done for done, _ in seen]


def test_what_stops_one_thread_stops_all():
    counted = []

    def stop(done: int, total: int) -> None:
        counted.append(done)
        if len(counted) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_heads([head(seed=seed) for seed in range(4)], solvable(), on_step=stop, threads=2)
    assert len(counted) == 5


def test_a_label_without_test_positives_is_left_out():
    data = solvable()
    data.test_labels[:, 2] = False
    (result,) = train_heads([head()], data)
    assert math.isnan(result.ap[2])
    assert np.isfinite(result.ap[:2]).all()


def test_progress_counts_every_step_and_may_stop():
    seen = []
    data = solvable()
    train_heads([head(), head(epochs=4)], data, on_step=lambda *progress: seen.append(progress))
    assert seen == [(step, 16) for step in range(16)]

    class EnoughError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        train_heads([head()], data, on_step=stop)


@pytest.mark.parametrize(
    ("configs", "images", "options", "words"),
    [
        ([head()], True, {}, "features"),
        ([RunConfig(train=TrainConfig(mode="scratch"))], False, {}, "mode 'head'"),
        ([head()], False, {"evaluate": "never"}, "never"),
        ([head(), head(ema=0.9)], False, {}, "know no ema; launch"),
        ([head(mixup=0.2)], False, {}, "know no mixup; launch"),
    ],
)
def test_what_cannot_be_trained_is_refused(configs, images, options, words):
    with pytest.raises(ValueError, match=words):
        train_heads(configs, solvable(images), **options)


def test_no_head_is_no_result():
    assert train_heads([], solvable()) == []
