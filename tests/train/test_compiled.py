"""``torch.compile`` as an option: names of weights stay, odd batches pass, and where it fails training goes on."""

import pytest
import torch
from torch import nn

from dbl_core.config import TrainConfig
from dbl_core.losses import build_loss
from dbl_core.train import compiled
from dbl_core.train.compiled import CompiledForward
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from tests.train.problems import solvable


class Recorder:
    """Stands in for the compiler: notes what shapes it is given."""

    def __init__(self, monkeypatch, error=None):
        self.shapes, self.error = [], error
        monkeypatch.setattr(compiled.torch, "compile", self.compile)

    def compile(self, model, *, dynamic):
        assert dynamic is False

        def call(inputs):
            self.shapes.append(tuple(inputs.shape))
            if self.error is not None:
                raise self.error
            return model(inputs)

        return call


def no_warning(text):
    pytest.fail(text)


def test_only_full_batches_are_compiled(monkeypatch):
    seen, model = Recorder(monkeypatch), nn.Linear(3, 2)
    forward = CompiledForward(model, no_warning)
    for n in (4, 4, 1):
        assert torch.equal(forward(torch.ones(n, 3)), model(torch.ones(n, 3)))
    assert seen.shapes == [(4, 3), (4, 3)]


def test_a_failure_is_told_once_and_training_goes_on(monkeypatch):
    seen, said, model = Recorder(monkeypatch, RuntimeError("no compiler\nlong story")), [], nn.Linear(3, 2)
    forward = CompiledForward(model, said.append)
    for _ in range(3):
        assert torch.equal(forward(torch.ones(4, 3)), model(torch.ones(4, 3)))
    assert said == ["the network could not be compiled (no compiler), so it is trained without compiling"]
    assert len(seen.shapes) == 1


def test_too_little_memory_is_no_failure_of_the_compiler(monkeypatch):
    seen = Recorder(monkeypatch, torch.cuda.OutOfMemoryError("CUDA out of memory"))
    forward = CompiledForward(nn.Linear(3, 2), no_warning)
    with pytest.raises(torch.cuda.OutOfMemoryError):
        forward(torch.ones(4, 3))
    seen.error = None
    for _ in range(2):
        forward(torch.ones(2, 3))
    assert seen.shapes == [(4, 3), (2, 3), (2, 3)]


def test_a_run_that_compiles_keeps_the_names_of_its_weights_and_its_numbers(monkeypatch):
    data, results = solvable(images=True), []
    seen = Recorder(monkeypatch)
    for compile_it in (False, True):
        config = TrainConfig(mode="scratch", epochs=1, max_steps=2, batch_size=8, compile=compile_it)
        loss = build_loss("bce", label_counts=data.label_counts, n_samples=160)
        trainer = Trainer(
            build_model(config, data), loss, data=data, config=config, device=torch.device("cpu"), warn=no_warning
        )
        (record,) = trainer.epochs()
        results.append((trainer.model.state_dict(), record["train_loss"]))
    assert list(results[0][0]) == list(results[1][0])
    assert results[0][1] == results[1][1]
    assert len(seen.shapes) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the compiler's own
def test_the_real_compiler_gives_the_gradients_of_the_plain_network():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    said = []
    forward = CompiledForward(model, said.append)
    inputs, gradients = torch.randn(6, 4), []
    for call in (model, forward):
        model.zero_grad()
        call(inputs).square().sum().backward()
        gradients.append([parameter.grad.clone() for parameter in model.parameters()])
    assert all(torch.allclose(*pair, atol=1e-5) for pair in zip(*gradients, strict=True))
    assert all("could not be compiled" in text for text in said)  # a machine without a compiler
