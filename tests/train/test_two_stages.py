"""Two stages: the first is a run of its own, the second retrains the last layer alone, as done by hand."""

import copy

import pytest
import torch
from torch import nn

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.losses import build_loss
from dbl_core.train.checkpoint import Checkpoints
from dbl_core.train.draws import SECOND_CLASSIFIER_STREAM, draw_rows, plan_epochs, stream_seed
from dbl_core.train.evaluate import predict
from dbl_core.train.heads import train_heads
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from dbl_core.train.schedule import rate_factor
from tests.train.problems import solvable
from tests.train.test_checkpoint import interrupted

CPU = torch.device("cpu")
TWO = {"epochs": 2, "second_stage_epochs": 2, "max_steps": 12, "dropout": 0.0}


def trainer_of(loss="db_focal", images=False, **train):
    data, config = solvable(images), TrainConfig(**train)
    built = build_loss(loss, label_counts=data.label_counts, n_samples=len(data.train_labels))
    return Trainer(build_model(config, data), built, data=data, config=config, device=CPU)


def without_time(record):
    return {key: value for key, value in record.items() if key != "seconds"}


def retrained_by_hand(first: Trainer, config: TrainConfig) -> nn.Module:
    """Plain SGD on a new last layer over the frozen rest, written out."""
    model, data = copy.deepcopy(first.model).eval(), first.data
    start = torch.Generator().manual_seed(stream_seed(config.seed, SECOND_CLASSIFIER_STREAM))
    last = model[-1]
    with torch.no_grad():
        last.weight.copy_(torch.randn(last.weight.shape, generator=start) * 0.01)
        last.bias.zero_()
    optimizer = torch.optim.SGD(last.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4)
    loss = build_loss("db_focal", label_counts=data.label_counts, n_samples=len(data.train_labels))
    rows = torch.from_numpy(draw_rows(config, data.train_labels))[2:]
    batches = [batch for epoch in rows for batch in epoch.split(config.batch_size)]
    for step, batch in enumerate(batches):
        optimizer.param_groups[0]["lr"] = 0.02 * rate_factor(step, len(batches))
        hidden = torch.relu(model[0](data.train_inputs[batch])).detach()
        optimizer.zero_grad()
        loss(last(hidden), torch.from_numpy(data.train_labels)[batch].float()).backward()
        optimizer.step()
    return model


def test_two_stages_are_a_run_and_a_last_layer_retrained_by_hand():
    config = TrainConfig(**TWO)
    both = trainer_of(**TWO)
    records = list(both.epochs())
    assert [record["stage"] for record in records] == [1, 1, 2, 2]
    first = trainer_of("bce", **TWO | {"second_stage_epochs": 0, "max_steps": 6, "sampler": "uniform"})
    assert [without_time(record) for record in records[:2]] == [without_time(record) for record in first.epochs()]
    by_hand = retrained_by_hand(first, config)
    for name, tensor in by_hand.state_dict().items():
        torch.testing.assert_close(both.model.state_dict()[name], tensor, rtol=1e-5, atol=1e-7, msg=name)
    torch.testing.assert_close(both.test_logits, predict(by_hand, both.data.test_inputs, CPU), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("images", "train"),
    [
        (False, {"neck": "fc_bn"}),
        (True, {"mode": "finetune", "batch_size": 8, "epochs": 1, "second_stage_epochs": 1, "max_steps": 4}),
    ],
)
def test_only_the_last_layer_changes_in_the_second_stage(images, train):
    trainer = trainer_of(images=images, **TWO | train)
    states = {}
    for record in trainer.epochs():
        states[record["stage"]] = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
    changed = [name for name, tensor in states[2].items() if not torch.equal(tensor, states[1][name])]
    assert [name.split(".")[-2:] for name in changed] == [["3", "weight"], ["3", "bias"]]
    grown = [name for name, weight in trainer.model.named_parameters() if weight.grad is not None]
    assert grown == changed


def test_the_second_stage_stands_on_the_average_of_the_first():
    trainer = trainer_of(**TWO, ema=0.5)
    epochs = trainer.epochs()
    next(epochs), next(epochs)
    average = trainer.scored[0].weight.clone()
    assert not torch.equal(average, trainer.model[0].weight)
    next(epochs)
    assert torch.equal(trainer.model[0].weight, average)
    assert torch.equal(trainer.scored[0].weight, average)


def test_a_trainer_goes_back_to_the_first_stage_with_its_checkpoint(tmp_path):
    """As after a loss that stopped being a number in the first epoch of the second stage."""
    config = RunConfig(loss=LossConfig(), train=TrainConfig(**TWO))
    trainer = trainer_of(**TWO)
    written, epochs = Checkpoints(tmp_path / "checkpoint", trainer, config), trainer.epochs()
    records = [next(epochs), next(epochs)]
    written.save(1.0)
    records += list(epochs)
    written.load()
    assert (trainer.epoch, trainer.stage) == (2, 1)
    assert all(weight.requires_grad for weight in trainer.model.parameters())
    assert [without_time(record) for record in trainer.epochs()] == [without_time(record) for record in records[2:]]


def test_heads_that_are_trained_at_once_refuse_it():
    for option in ({"second_stage_epochs": 1}, {"neck": "fc_bn"}):
        with pytest.raises(ValueError, match=f"know no {next(iter(option))}"):
            train_heads([RunConfig(train=TrainConfig(**option))], solvable())


def test_a_fine_tuned_run_goes_on_inside_its_second_stage(tmp_path):
    train = {"mode": "finetune", "batch_size": 8, "epochs": 1, "second_stage_epochs": 2, "max_steps": 6}
    train |= {"frozen_stages": 1, "norm_statistics": "pretrained", "augmentation": "strong", "neck": "fc_bn"}
    data, config = solvable(images=True), RunConfig(train=TrainConfig(**train))
    whole = trainer_of(images=True, **train)
    expected = [without_time(record) for record in whole.epochs()]
    records, resumed = interrupted(config, data, tmp_path / "checkpoint", after=2)
    assert [without_time(record) for record in records] == expected
    assert torch.equal(resumed.test_logits, whole.test_logits)


@pytest.mark.parametrize("neck", ["fc_relu", "fc_bn"])
def test_an_epoch_may_end_in_a_batch_of_one(neck):
    images = plan_epochs(TrainConfig(), solvable().label_counts).images
    odd = trainer_of(neck=neck, epochs=1, batch_size=images - 1)
    (record,) = odd.epochs()
    assert record["step"] == 2
    assert torch.isfinite(odd.test_logits).all()
