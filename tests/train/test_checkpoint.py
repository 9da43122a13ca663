"""A trainer that goes on from a checkpoint ends as one that was never interrupted; a damaged file is a sentence."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.errors import RunError
from dbl_core.losses import build_loss
from dbl_core.runs import resume
from dbl_core.train import checkpoint
from dbl_core.train.checkpoint import Checkpoints
from dbl_core.train.data import TrainingData
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from tests.train.problems import solvable

SHORT = {"epochs": 3, "max_steps": 9}


def trainer_of(config: RunConfig, data: TrainingData) -> Trainer:
    loss = build_loss(config.loss.name, label_counts=data.label_counts, n_samples=len(data.train_labels))
    return Trainer(build_model(config.train, data), loss, data=data, config=config.train, device=torch.device("cpu"))


def timeless(records: list[dict]) -> list[dict]:
    return [{key: value for key, value in record.items() if key != "seconds"} for record in records]


def interrupted(config: RunConfig, data: TrainingData, path: Path, *, after: int) -> tuple[list[dict], Trainer]:
    """Train some epochs, lose everything but the file, train the rest with other random states around."""
    first = trainer_of(config, data)
    records, written = [], Checkpoints(path, first, config)
    for record in first.epochs():
        records.append(record)
        written.save(5.0)
        if first.epoch == after:
            break
    torch.manual_seed(99)
    torch.rand(7)
    second = trainer_of(config, data)
    assert Checkpoints(path, second, config).load() == 5.0
    assert second.epoch == after
    return [*records, *second.epochs()], second


@pytest.mark.parametrize("after", [1, 2])
@pytest.mark.parametrize(
    ("train", "images"),
    [
        ({}, False),
        ({"optimizer": "adamw", "sampler": "progressive"}, False),
        ({"momentum": 0.0, "dropout": 0.0, "seed": 4, "sampler": "repeat_factor"}, False),
        ({"ema": 0.9, "mixup": 0.3, "label_smoothing": 0.1, "schedule": "cosine"}, False),
        ({"mode": "finetune", "batch_size": 8}, True),
        ({"epochs": 1, "second_stage_epochs": 2}, False),
        ({"epochs": 1, "second_stage_epochs": 2, "ema": 0.9, "neck": "fc_bn", "optimizer": "adamw"}, False),
        ({"mode": "scratch", "batch_size": 8, "optimizer": "adamw", "ema": 0.9, "mixup": 0.3}, True),
    ],
    ids=str,
)
def test_an_interrupted_run_ends_as_an_uninterrupted_one(tmp_path, train, images, after):
    data, config = solvable(images), RunConfig(train=TrainConfig(**SHORT | train))
    whole = trainer_of(config, data)
    expected = list(whole.epochs())
    records, resumed = interrupted(config, data, tmp_path / "checkpoint", after=after)
    assert timeless(records) == timeless(expected)
    assert torch.equal(resumed.test_logits, whole.test_logits)
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], tensor), name
    for name, tensor in whole.scored.state_dict().items():
        assert torch.equal(resumed.scored.state_dict()[name], tensor), name


def test_a_run_that_only_lacked_its_result_is_scored_again(tmp_path):
    data, config = solvable(), RunConfig(train=TrainConfig(**SHORT))
    first = trainer_of(config, data)
    list(first.epochs())
    Checkpoints(tmp_path / "checkpoint", first, config).save(1.0)
    second = trainer_of(config, data)
    Checkpoints(tmp_path / "checkpoint", second, config).load()
    assert list(second.epochs()) == []
    second.score()
    assert torch.equal(second.test_logits, first.test_logits)
    assert second.seconds == first.seconds


@pytest.fixture
def written(tmp_path):
    """The checkpoint of one epoch, and a fresh trainer that could load it."""
    data, config = solvable(), RunConfig(train=TrainConfig(**SHORT))
    first = trainer_of(config, data)
    next(first.epochs())
    path = tmp_path / "checkpoint"
    Checkpoints(path, first, config).save(1.0)
    return path, Checkpoints(path, trainer_of(config, data), config)


def torn(path):
    path.write_bytes(path.read_bytes()[:-100])


def emptied(path):
    path.write_bytes(b"")


def noise(path):
    path.write_bytes(b"\x00" * 5000)


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def pickled(path):
    path.write_bytes(pickle.dumps({"model": {}}))


def other_tensors(path):
    save_file({"x": torch.zeros(2)}, path, metadata={"checkpoint": json.dumps({"epoch": 1})})


def foreign(path):
    save_file({"x": torch.zeros(2)}, path)


def no_epoch(path):
    save_file({"x": torch.zeros(2)}, path, metadata={"checkpoint": '{"epoch": "one"}'})


def folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [torn, emptied, noise, flipped, pickled, other_tensors, foreign, no_epoch, folder])
def test_a_damaged_checkpoint_is_one_sentence_that_offers_to_start_over(written, damage):
    path, checkpoints = written
    damage(path)
    with pytest.raises(RunError, match=r"cannot be used .*; start the run over") as caught:
        checkpoints.load()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("config", "data", "words"),
    [
        (RunConfig(train=TrainConfig(**SHORT, learning_rate=0.5)), solvable(), "settings"),
        (RunConfig(loss=LossConfig(name="bce"), train=TrainConfig(**SHORT)), solvable(), "settings"),
        (RunConfig(train=TrainConfig(**SHORT)), None, "data"),
    ],
)
def test_a_checkpoint_of_other_settings_or_data_is_refused(written, config, data, words):
    if data is None:
        data = solvable()
        data.train_labels[0] = ~data.train_labels[0]
    with pytest.raises(RunError, match=f"the {words} of the run have changed"):
        Checkpoints(written[0], trainer_of(config, data), config).load()


def test_without_a_checkpoint_training_begins_anew(tmp_path):
    data, config = solvable(), RunConfig(train=TrainConfig(**SHORT))
    trainer = trainer_of(config, data)
    assert Checkpoints(tmp_path / "none", trainer, config).load() == 0.0
    assert trainer.epoch == 0


def test_a_state_that_is_too_large_is_not_kept_and_none_is_read(written, monkeypatch, caplog):
    path, checkpoints = written
    monkeypatch.setattr(checkpoint, "MAX_CHECKPOINT_BYTES", 2**20 + 1000)
    path.unlink()
    checkpoints.save(1.0)
    assert not path.exists()
    assert "too large" in caplog.text
    path.write_bytes(b"0" * 5000)
    monkeypatch.setattr(resume, "MAX_CHECKPOINT_BYTES", 4000)
    with pytest.raises(RunError, match="larger than any"):
        checkpoints.load()
