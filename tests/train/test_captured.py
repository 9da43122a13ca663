"""Recorded steps: what is recorded and when; on a GPU, the numbers of the plain network."""

import pytest
import torch
from torch import nn

from dbl_core.config import TrainConfig
from dbl_core.losses import build_loss
from dbl_core.train import loop
from dbl_core.train.captured import CapturedForward, forward_of
from dbl_core.train.compiled import CompiledForward
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from tests.train.problems import solvable

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
NO_GPU = not torch.cuda.is_available()


class Recorder:
    """Stands in for CUDA: notes what is recorded, and runs it as the real one does."""

    def __init__(self, monkeypatch, error=None):
        self.shapes, self.replayed, self.error = [], 0, error
        monkeypatch.setattr(torch.cuda, "make_graphed_callables", self.record)
        monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: torch.get_rng_state())
        monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device: torch.set_rng_state(state))

    def record(self, shell, sample, *, allow_unused_input):
        assert allow_unused_input
        self.shapes.append(tuple(sample[0].shape))
        shell(sample[0])
        torch.rand(3)
        if self.error is not None:
            raise self.error

        def replay(inputs):
            self.replayed += 1
            return shell(inputs)

        return replay


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def no_warning(text):
    pytest.fail(text)


def test_only_full_batches_are_recorded_and_replayed(monkeypatch):
    seen = Recorder(monkeypatch)
    forward = CapturedForward(network(), CPU, no_warning)
    for n in (4, 4, 2):
        assert forward(torch.randn(n, 3)).shape == (n, 2)
    assert seen.shapes == [(4, 3)]
    assert seen.replayed == 2


def test_recording_leaves_no_trace(monkeypatch):
    Recorder(monkeypatch)
    inputs, results = torch.randn(4, 3), []
    for call in (lambda model: model, lambda model: CapturedForward(model, CPU, no_warning)):
        model = network()
        forward = call(model)
        results.append([forward(inputs), forward(inputs), *model.buffers(), torch.rand(2)])
    assert all(torch.equal(*pair) for pair in zip(*results, strict=True))


@pytest.mark.parametrize("change", [lambda model: model[0].requires_grad_(False), lambda model: model[1].eval()])
def test_what_learns_otherwise_is_recorded_anew(monkeypatch, change):
    seen, model = Recorder(monkeypatch), network()
    forward = CapturedForward(model, CPU, no_warning)
    forward(torch.randn(4, 3))
    change(model)
    forward(torch.randn(4, 3))
    forward(torch.randn(4, 3))
    assert len(seen.shapes) == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            RuntimeError("no\nlong story"),
            ["the steps of the network could not be recorded (no), so each is launched anew"],
        ),
        (torch.cuda.OutOfMemoryError("CUDA out of memory"), []),
    ],
)
def test_a_failure_is_told_once_and_training_goes_on(monkeypatch, error, said):
    seen, told, model = Recorder(monkeypatch, error), [], network()
    forward = CapturedForward(model, CPU, told.append)
    for _ in range(3):
        assert forward(torch.randn(4, 3)).shape == (4, 2)
    assert told == said
    assert len(seen.shapes) == 1
    assert int(model[1].num_batches_tracked) == 3


def test_who_calls_the_network():
    model = network()
    assert forward_of(model, TrainConfig(mode="scratch"), CPU, warn=no_warning) is model
    assert forward_of(model, TrainConfig(), CUDA, warn=no_warning) is model
    assert isinstance(forward_of(model, TrainConfig(mode="scratch"), CUDA, warn=no_warning), CapturedForward)
    compiled = TrainConfig(mode="finetune", compile=True)
    assert isinstance(forward_of(model, compiled, CUDA, warn=no_warning), CompiledForward)


@pytest.mark.skipif(NO_GPU, reason="only a GPU records its kernels")
@pytest.mark.parametrize("train", [{}, {"optimizer": "adamw", "ema": 0.9, "mixup": 0.2}], ids=str)
def test_recorded_steps_are_those_of_the_plain_network(monkeypatch, train):
    data, results = solvable(images=True), []
    config = TrainConfig(mode="finetune", epochs=2, batch_size=12, dropout=0.0, learning_rate=1e-3, **train)
    for plain in (True, False):
        if plain:
            monkeypatch.setattr(loop, "forward_of", lambda model, *_, **__: model)
        else:
            monkeypatch.undo()
        loss = build_loss("db", label_counts=data.label_counts, n_samples=160)
        trainer = Trainer(build_model(config, data), loss, data=data, config=config, device=CUDA, warn=no_warning)
        records = list(trainer.epochs())
        results.append(([record["train_loss"] for record in records], trainer.model.state_dict()))
    assert results[0][0] == pytest.approx(results[1][0], rel=0.02)
    plain, recorded = results[0][1], results[1][1]
    steps = [name for name in plain if name.endswith("num_batches_tracked")]
    assert [int(recorded[name]) for name in steps] == [int(plain[name]) for name in steps]
    assert torch.allclose(recorded["0.stem.1.running_mean"], plain["0.stem.1.running_mean"], atol=0.05)
