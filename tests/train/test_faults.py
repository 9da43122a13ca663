"""What a run does when its numbers stop being finite, or the GPU has too little memory."""

import math

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from dbl_core.config import DatasetConfig, RunConfig, TrainConfig
from dbl_core.errors import Diverged, RunError
from dbl_core.losses import build_loss
from dbl_core.metrics import average_precision
from dbl_core.runs import store
from dbl_core.runs.child import StatusWriter
from dbl_core.runs.record import read_json
from dbl_core.runs.resume import checkpoint_epoch
from dbl_core.train import run
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from tests.train.problems import solvable

TOO_MUCH = torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.fixture
def features_file(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.random((200, 3)) < [0.7, 0.3, 0.1]
    features = rng.normal(size=(200, 8)).astype(np.float32)
    features[:, :3] += 2 * labels
    np.savez(tmp_path / "data.npz", labels=labels, features=features)
    return tmp_path / "data.npz"


@pytest.fixture
def new_run(tmp_path, features_file):
    """A function that creates a run on features of the user's own; four epochs of three steps."""

    def create(**train):
        data = DatasetConfig(name="file", path=str(features_file))
        settings = {"epochs": 4, "max_steps": 12, "dropout": 0.0, "device": "cpu", **train}
        return store.create(tmp_path / "run", RunConfig(dataset=data, train=TrainConfig(**settings)))

    return create


def train(paths, cache):
    status = StatusWriter(paths.folder)
    run.train_run(paths.folder, status, cache_dir=cache)
    status.finished()


def spoil_loss(monkeypatch, value, *, step):
    """Let the loss of one training step be something else."""

    def build(*args, **options):
        loss = build_loss(*args, **options)
        forward, calls = loss.forward, iter(range(10_000))
        loss.forward = lambda *given: forward(*given) * (value if next(calls) == step else 1.0)
        return loss

    monkeypatch.setattr(run, "build_loss", build)


@pytest.mark.parametrize(("value", "became"), [(math.nan, "stopped being a number"), (math.inf, "became infinite")])
def test_a_loss_that_is_no_number_names_the_step_and_keeps_the_last_good_epoch(
    new_run, monkeypatch, tmp_path, value, became
):
    spoil_loss(monkeypatch, value, step=7)
    paths = new_run()
    with pytest.raises(Diverged) as caught:
        train(paths, tmp_path / "cache")
    assert str(caught.value) == (
        f"the loss {became} at step 7 in epoch 3; lower the learning rate (0.02); epoch 2 is the last good one, its"
        " checkpoint, scores and weights are kept"
    )
    lines = store.read_metrics(paths.folder)
    assert [line["epoch"] for line in lines] == [1, 2]
    assert checkpoint_epoch(paths.folder) == 2
    kept = store.read_scores(paths.folder)
    labels = np.load(tmp_path / "data.npz")["labels"][kept["test_rows"]]
    assert average_precision(labels, kept["scores"]) == pytest.approx(np.array(lines[-1]["ap"]))
    assert all(np.isfinite(array).all() for array in load_file(paths.weights).values())
    assert not paths.result.exists()


def test_without_a_good_epoch_nothing_is_claimed(new_run, monkeypatch, tmp_path):
    spoil_loss(monkeypatch, math.nan, step=1)
    paths = new_run()
    with pytest.raises(Diverged, match=r"at step 1 in epoch 1; lower the learning rate \(0.02\)$"):
        train(paths, tmp_path / "cache")
    assert store.read_metrics(paths.folder) == []
    assert not paths.scores.exists()


def test_a_last_step_that_spoils_the_weights_is_found_by_the_scores(new_run, monkeypatch, tmp_path):
    spoil_loss(monkeypatch, 1e38, step=5)  # finite, but the gradient is so large that no weight survives it
    paths = new_run(clip_norm=0.0)
    with pytest.raises(Diverged, match=r"a score became infinite at step 6 in epoch 2.*; epoch 1 is the last good one"):
        train(paths, tmp_path / "cache")
    assert all(math.isfinite(line["test_loss"]) for line in store.read_metrics(paths.folder))


def test_going_on_where_it_diverged_leads_there_again(new_run, monkeypatch, tmp_path):
    spoil_loss(monkeypatch, math.nan, step=7)
    paths = new_run()
    with pytest.raises(Diverged):
        train(paths, tmp_path / "cache")
    spoil_loss(monkeypatch, math.nan, step=1)  # the eighth step of the run is the second of the resumed one
    with pytest.raises(Diverged, match=r"at step 7 in epoch 3.*epoch 2 is the last good one"):
        train(paths, tmp_path / "cache")


class Narrow(torch.nn.Module):
    """A head on a device that has room for so many images."""

    def __init__(self, head, room):
        super().__init__()
        self.head, self.room = head, room

    def forward(self, inputs):
        if self.training and len(inputs) > self.room:
            raise TOO_MUCH
        return self.head(inputs)


def test_too_little_memory_halves_the_batch_once_with_a_warning(new_run, monkeypatch, tmp_path, caplog):
    paths = new_run()
    monkeypatch.setattr(run, "build_model", lambda *given: Narrow(build_model(*given), 16))
    train(paths, tmp_path / "cache")
    status = read_json(paths.status)
    assert status["state"] == "finished"
    assert "too little memory for 32 images at once, so each batch is computed in two halves" in status["warning"]
    assert caplog.text.count("two halves") == 1
    monkeypatch.setattr(run, "build_model", build_model)
    roomy = store.create(tmp_path / "roomy", store.read_config(paths.folder))
    train(roomy, tmp_path / "cache")
    assert "warning" not in read_json(roomy.status)
    lines, expected = store.read_metrics(paths.folder), store.read_metrics(roomy.folder)
    assert [line["step"] for line in lines] == [line["step"] for line in expected]
    for line, wanted in zip(lines, expected, strict=True):  # halves are the same gradient, but for rounding
        assert line["train_loss"] == pytest.approx(wanted["train_loss"], rel=1e-4)
    scores = [store.read_scores(each.folder)["scores"] for each in (paths, roomy)]
    assert np.allclose(*scores, atol=1e-3)


@pytest.mark.parametrize(("room", "batch_size", "words"), [(8, 32, "even for half of it"), (0, 1, "batch of 1 even")])
def test_too_little_memory_for_half_a_batch_is_a_sentence(new_run, monkeypatch, tmp_path, room, batch_size, words):
    paths = new_run(batch_size=batch_size)
    monkeypatch.setattr(run, "build_model", lambda *given: Narrow(build_model(*given), room))
    with pytest.raises(RunError, match=words) as caught:
        train(paths, tmp_path / "cache")
    assert "lower the batch size" in str(caught.value)
    assert "CUDA" not in str(caught.value)


def test_memory_that_runs_out_while_scoring_is_a_sentence_too(new_run, monkeypatch, tmp_path):
    def fail(self, **_):
        raise TOO_MUCH

    monkeypatch.setattr(Trainer, "score", fail)
    with pytest.raises(RunError, match="batch of 32; lower"):
        train(new_run(), tmp_path / "cache")


def test_halves_survive_a_checkpoint(new_run, monkeypatch, tmp_path):
    data, config = solvable(), RunConfig(train=TrainConfig(epochs=2, max_steps=4))
    loss = build_loss("bce", label_counts=data.label_counts, n_samples=160)
    said = []
    options = {"data": data, "config": config.train, "device": torch.device("cpu"), "warn": said.append}
    trainer = Trainer(Narrow(build_model(config.train, data), 16), loss, **options)
    next(trainer.epochs())
    run.Checkpoints(tmp_path / "checkpoint", trainer, config).save(1.0)
    again = Trainer(Narrow(build_model(config.train, data), 16), loss, **options)
    run.Checkpoints(tmp_path / "checkpoint", again, config).load()
    list(again.epochs())
    assert (again.parts, len(said)) == (2, 1)
