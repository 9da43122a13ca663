"""Weights files: what is written comes back, and every damaged file is one clear sentence."""

import pickle

import pytest
import torch
from torch import nn

from dbl_core.errors import ModelError
from dbl_core.models.weights import load_into, read_weights, write_weights


@pytest.fixture
def tensors():
    torch.manual_seed(0)
    return {"kernel": torch.randn(8, 3, 3, 3), "bias": torch.randn(8), "steps": torch.tensor(7)}


def test_full_precision_comes_back_exactly(tmp_path, tensors):
    path = tmp_path / "new folder" / "ü weights.safetensors"
    write_weights(path, tensors)
    read = read_weights(path)
    assert read.keys() == tensors.keys()
    assert all(torch.equal(read[name], tensors[name]) for name in tensors)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_half_precision_rounds_kernels_only(tmp_path, tensors):
    write_weights(tmp_path / "w.safetensors", tensors, half=True)
    read = read_weights(tmp_path / "w.safetensors")
    assert torch.equal(read["bias"], tensors["bias"])
    assert torch.equal(read["steps"], tensors["steps"])
    assert read["kernel"].dtype == torch.float32
    torch.testing.assert_close(read["kernel"], tensors["kernel"], rtol=1e-3, atol=1e-6)


def test_missing_file(tmp_path):
    with pytest.raises(ModelError, match=r"none\.safetensors is missing"):
        read_weights(tmp_path / "none.safetensors")


def test_folder_instead_of_file(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        read_weights(tmp_path)


def test_empty_file(tmp_path):
    (tmp_path / "w.safetensors").touch()
    with pytest.raises(ModelError, match="damaged"):
        read_weights(tmp_path / "w.safetensors")


def test_truncated_file(tmp_path, tensors):
    path = tmp_path / "w.safetensors"
    write_weights(path, tensors)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ModelError, match="damaged"):
        read_weights(path)


def test_pickle_is_refused_and_not_run(tmp_path):
    path, trace = tmp_path / "w.safetensors", tmp_path / "trace"

    class Bomb:
        def __reduce__(self):
            return trace.touch, ()

    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelError, match="not a safetensors file"):
        read_weights(path)
    torch.save({"kernel": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match="not a safetensors file"):
        read_weights(path)
    assert not trace.exists()


def test_too_large_file_is_not_read(tmp_path, tensors):
    path = tmp_path / "w.safetensors"
    write_weights(path, tensors)
    with pytest.raises(ModelError, match="at most 100 are allowed"):
        read_weights(path, max_bytes=100)


def test_unwritable_place_leaves_nothing(tmp_path, tensors):
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="cannot be written"):
        write_weights(tmp_path / "file" / "w.safetensors", tensors)
    (tmp_path / "taken.safetensors").mkdir()
    with pytest.raises(ModelError, match="cannot be written"):
        write_weights(tmp_path / "taken.safetensors", tensors)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "taken.safetensors"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop("bias"), "only one of the two has 'bias'"),
        (lambda t: t.update(extra=torch.zeros(1)), "only one of the two has 'extra'"),
        (lambda t: t.update(bias=torch.zeros(5)), r"'bias' has shape \(5,\), not \(2,\)"),
        (lambda t: t.update(bias=torch.tensor([0.0, torch.nan])), "not finite"),
    ],
)
def test_misfit_names_the_tensor_and_changes_nothing(change, sentence):
    layer = nn.Linear(3, 2)
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    tensors = {name: torch.zeros_like(tensor) for name, tensor in before.items()}
    change(tensors)
    with pytest.raises(ModelError, match=sentence):
        load_into(layer, tensors, source="w.safetensors")
    assert all(torch.equal(tensor, before[name]) for name, tensor in layer.state_dict().items())
