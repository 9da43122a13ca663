"""The loop on a small problem that can be solved: it learns, repeats itself, stops, and refuses to run on NaN."""

import math

import numpy as np
import pytest
import torch

from dbl_core.config import LossConfig, TrainConfig
from dbl_core.errors import RunError
from dbl_core.losses import LOSSES, build_loss
from dbl_core.models import MultiLabelHead
from dbl_core.runs.outcome import epochs_of
from dbl_core.samplers import SAMPLERS, epoch_length
from dbl_core.train.data import TrainingData
from dbl_core.train.loop import Trainer, make_optimizer
from dbl_core.train.model import build_model
from tests.train.problems import solvable

CPU = torch.device("cpu")


def trained(config: TrainConfig, loss_name: str = "db_focal", data: TrainingData | None = None) -> list[dict]:
    data = data or solvable()
    loss = build_loss(loss_name, label_counts=data.label_counts, n_samples=len(data.train_labels))
    return list(Trainer(build_model(config, data), loss, data=data, config=config, device=CPU).epochs())


def without_time(records: list[dict]) -> list[dict]:
    return [{key: value for key, value in record.items() if key != "seconds"} for record in records]


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_learns(name):
    records = trained(TrainConfig(epochs=8), name)
    assert records[-1]["train_loss"] < records[0]["train_loss"]
    assert records[-1]["map"]["total"] > 0.6  # guessing gives the mean prevalence, 0.37


def test_records_hold_what_the_pages_draw():
    record = trained(TrainConfig(epochs=1))[0]
    assert set(record) == {
        *("epoch", "stage", "step", "seconds", "learning_rate", "train_loss", "test_loss", "test_images"),
        *("map", "ap", "weights", "gradients"),
    }
    assert len(record["ap"]) == 3
    shares = [share for side in record["gradients"].values() for share in side.values()]
    assert math.isclose(sum(shares), 1.0, abs_tol=1e-6)


@pytest.mark.parametrize("name", [name for name in LOSSES if LOSSES[name].unit != "cell"])
def test_a_loss_that_is_no_sum_of_cells_has_gradient_shares_but_no_weights(name):
    record = trained(TrainConfig(epochs=1), name)[0]
    assert {weight for side in record["weights"].values() for weight in side.values()} == {None}
    assert math.isclose(sum(share for side in record["gradients"].values() for share in side.values()), 1, abs_tol=1e-6)
    (epoch,) = epochs_of([record])
    assert math.isnan(epoch.weights["positive"]["head"])


def test_the_test_loss_of_a_loss_of_batches_is_that_of_batches_as_in_training():
    data, config = solvable(), TrainConfig(epochs=1, batch_size=32)
    loss = build_loss("two_way", label_counts=data.label_counts, n_samples=160)
    trainer = Trainer(build_model(config, data), loss, data=data, config=config, device=CPU)
    (record,) = trainer.epochs()
    logits, targets = trainer.test_logits, torch.from_numpy(data.test_labels)
    parts = [loss(logits[rows], targets[rows]).item() for rows in (slice(0, 32), slice(32, 64), slice(64, 80))]
    assert record["test_loss"] == pytest.approx((32 * parts[0] + 32 * parts[1] + 16 * parts[2]) / 80)
    assert record["test_loss"] < loss(logits, targets).item()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_same_seed_same_numbers(sampler):
    first, again, other = (trained(TrainConfig(epochs=2, sampler=sampler, seed=seed)) for seed in (3, 3, 4))
    assert without_time(first) == without_time(again)
    assert first[-1]["train_loss"] != other[-1]["train_loss"]


def test_every_sampler_takes_the_same_number_of_steps():
    steps = {trained(TrainConfig(epochs=2, batch_size=7, sampler=sampler))[-1]["step"] for sampler in SAMPLERS}
    per_epoch = math.ceil(epoch_length(solvable().label_counts) / 7)
    assert steps == {2 * per_epoch}


def test_the_rate_follows_the_schedule():
    rates = [record["learning_rate"] for record in trained(TrainConfig(epochs=8))]
    assert rates[0] == pytest.approx(0.02 / 3)
    assert rates[-1] == pytest.approx(0.02 / 100)


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence():
    data = solvable()
    data.train_inputs[:] = torch.inf
    with pytest.raises(RunError, match="lower the learning rate"):
        trained(TrainConfig(epochs=1), data=data)


def test_on_step_can_stop_the_run():
    class EnoughError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise EnoughError

    data = solvable()
    loss = build_loss("bce", label_counts=data.label_counts, n_samples=len(data.train_labels))
    trainer = Trainer(build_model(TrainConfig(), data), loss, data=data, config=TrainConfig(), device=CPU)
    with pytest.raises(EnoughError):
        list(trainer.epochs(stop))


@pytest.mark.parametrize("mode", ["finetune", "scratch"])
def test_pixels_train_backbone_and_head(mode):
    data = solvable(images=True)
    config = TrainConfig(mode=mode, epochs=1, batch_size=64)
    model = build_model(config, data)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    loss = build_loss("db", label_counts=data.label_counts, n_samples=len(data.train_labels))
    (record,) = Trainer(model, loss, data=data, config=config, device=CPU).epochs()
    assert math.isfinite(record["train_loss"])
    moved = {name.split(".")[0] for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved == {"0", "1"}


def test_scratch_and_finetune_start_from_different_weights():
    data = solvable(images=True)
    scratch, finetune = (build_model(TrainConfig(mode=mode), data) for mode in ("scratch", "finetune"))
    key = "0.stem.0.weight"
    assert not torch.equal(scratch.state_dict()[key], finetune.state_dict()[key])


def test_clipping_bounds_the_step():
    data = solvable()
    config = TrainConfig(epochs=1, clip_norm=1e-6)
    model = build_model(config, data)
    before = torch.cat([tensor.flatten().clone() for tensor in model.parameters()])
    loss = build_loss("bce", label_counts=data.label_counts, n_samples=len(data.train_labels))
    list(Trainer(model, loss, data=data, config=config, device=CPU).epochs())
    moved = torch.cat([tensor.flatten() for tensor in model.parameters()]) - before
    assert moved.abs().max() < 1e-2


@pytest.mark.parametrize(("name", "kind"), [("sgd", torch.optim.SGD), ("adamw", torch.optim.AdamW)])
def test_optimizers(name, kind):
    config = TrainConfig(optimizer=name)
    optimizer = make_optimizer(MultiLabelHead(4, 2), config)
    assert isinstance(optimizer, kind)
    assert optimizer.defaults["lr"] == config.peak_rate


def test_absent_classes_are_left_out_of_the_means():
    data = solvable()
    data.test_labels[:, 2] = False
    record = trained(TrainConfig(epochs=1), data=data)[0]
    assert math.isnan(record["ap"][2])
    assert record["map"]["total"] == pytest.approx(np.mean(record["ap"][:2]))


def test_loss_options_reach_the_module():
    data = solvable()
    config = LossConfig(name="db", options={"mu": 0.9})
    loss = build_loss(config.name, label_counts=data.label_counts, n_samples=160, **config.options)
    assert loss.weighting.mu == 0.9
