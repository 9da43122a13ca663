"""What came after the paper: soft targets, averaged weights, a cosine; each off by default, each what it says."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from dbl_core.config import TrainConfig
from dbl_core.losses import LOSSES, build_loss
from dbl_core.train.averaging import WeightAverage
from dbl_core.train.evaluate import predict
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from dbl_core.train.soft_targets import mixed, smoothed
from tests.train.problems import solvable

CPU = torch.device("cpu")
SHORT = {"epochs": 2, "max_steps": 8}


def trainer_of(loss_name="db_focal", images=False, **train):
    data, config = solvable(images), TrainConfig(**{**SHORT, **train})
    loss = build_loss(loss_name, label_counts=data.label_counts, n_samples=len(data.train_labels))
    return Trainer(build_model(config, data), loss, data=data, config=config, device=CPU)


def test_smoothing_moves_targets_towards_a_half():
    hard = torch.tensor([[0.0, 1.0]])
    assert smoothed(hard, 0.2).tolist() == [[pytest.approx(0.1), pytest.approx(0.9)]]
    assert smoothed(hard, 0.0) is hard


def test_mixup_mixes_inputs_and_targets_by_the_same_share():
    config = TrainConfig(mixup=0.4, seed=3)
    inputs, targets = torch.arange(12.0).view(6, 2), torch.eye(6)
    shares = set()
    for step in range(20):
        new_inputs, new_targets = mixed(inputs, targets, config, step)
        assert torch.allclose(new_targets @ inputs, new_inputs, atol=1e-5)  # row k of targets says what is in row k
        assert torch.allclose(new_targets.sum(1), torch.ones(6))
        assert torch.allclose(new_targets.sum(0), torch.ones(6))  # every image is the partner of one
        shares |= {round(value, 5) for value in new_targets.flatten().tolist() if 0 < value < 1}
        again = mixed(inputs, targets, config, step)
        assert torch.equal(again[0], new_inputs)
    assert len(shares) > 10
    other = TrainConfig(mixup=0.4, seed=4)
    assert not torch.equal(mixed(inputs, targets, other, 1)[1], mixed(inputs, targets, config, 1)[1])
    assert torch.equal(inputs, torch.arange(12.0).view(6, 2))


def test_the_shares_of_mixup_are_beta_distributed():
    config, targets = TrainConfig(mixup=0.3), torch.eye(2)
    shares = []
    for step in range(4000):
        new = mixed(targets, targets, config, step)[1]
        if not torch.equal(new, targets):  # the partner is another one
            shares.append(float(new[0, 0]))
    assert len(shares) > 1500
    assert np.mean(shares) == pytest.approx(0.5, abs=0.03)
    assert np.var(shares) == pytest.approx(1 / (4 * (2 * 0.3 + 1)), rel=0.06)  # of Beta(a, a)


def test_the_average_is_that_of_the_formula():
    trainer = trainer_of(ema=0.3, epochs=1, max_steps=4)
    seen = []
    list(trainer.epochs(lambda done, total: seen.append(copy.deepcopy(trainer.model.state_dict()))))
    weights = [*seen, trainer.model.state_dict()]
    for name, average in trainer.scored.state_dict().items():
        expected = weights[0][name]
        for step, after in enumerate(weights[1:]):
            decay = min(0.3, (1 + step) / (10 + step))
            expected = decay * expected + (1 - decay) * after[name]
        assert torch.allclose(average, expected, atol=1e-7), name
    assert not torch.equal(trainer.scored[-1].weight, trainer.model[-1].weight)


def test_what_is_scored_is_the_average():
    trainer = trainer_of(ema=0.9)
    list(trainer.epochs())
    data = trainer.data
    assert torch.equal(trainer.test_logits, predict(trainer.scored, data.test_inputs, CPU))
    assert not torch.equal(trainer.test_logits, predict(trainer.model, data.test_inputs, CPU))
    plain = trainer_of()
    assert plain.scored is plain.model


def test_statistics_of_a_normalisation_are_copied():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average = WeightAverage(model, 0.9)
    for _ in range(3):
        model(torch.randn(8, 2) + 5)
        average.update(model)
    assert torch.equal(average.model[1].running_mean, model[1].running_mean)
    assert int(average.model[1].num_batches_tracked) == 3
    assert not any(parameter.requires_grad for parameter in average.model.parameters())


def test_smoothing_is_training_on_smoothed_targets():
    soft = trainer_of("bce", label_smoothing=0.1)
    first = list(soft.epochs())
    hard = trainer_of("bce")
    hard.targets = hard.targets * 0.9 + 0.05
    second = list(hard.epochs())
    assert [line["train_loss"] for line in first] == pytest.approx([line["train_loss"] for line in second])
    assert torch.allclose(soft.test_logits, hard.test_logits)
    assert first[0]["test_loss"] == pytest.approx(second[0]["test_loss"])  # against the labels as they are


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_learns_from_soft_targets(name):
    records = list(trainer_of(name, epochs=8, max_steps=None, label_smoothing=0.05, mixup=0.2).epochs())
    assert all(np.isfinite(record["train_loss"]) for record in records)
    assert records[-1]["map"]["total"] > 0.55


@pytest.mark.parametrize(
    "train",
    [{"schedule": "cosine"}, {"label_smoothing": 0.1}, {"ema": 0.9}, {"mixup": 0.4}],
    ids=str,
)
@pytest.mark.parametrize("images", [False, True])
def test_each_changes_the_run_and_repeats_itself(train, images):
    how = {"mode": "scratch", "batch_size": 8, "max_steps": 4} if images else {}
    logits = []
    for settings in (how | train, how | train, how):
        trainer = trainer_of(images=images, **settings)
        list(trainer.epochs())
        logits.append(trainer.test_logits)
    assert torch.equal(logits[0], logits[1])
    assert not torch.equal(logits[0], logits[2])
