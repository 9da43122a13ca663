import pytest
import torch

from dbl_core.train.device import describe_device, resolve_device, set_threads


def test_cpu_is_always_there():
    assert resolve_device("cpu").type == "cpu"
    assert "thread" in describe_device(torch.device("cpu"))


def test_auto_takes_what_is_there():
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_cuda_without_cuda_is_a_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"not available.*auto or cpu"):
        resolve_device("cuda")


@pytest.mark.parametrize(("mode", "threads"), [("head", 1), ("finetune", 2), ("scratch", 2)])
def test_a_head_trains_on_one_thread(mode, threads):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        set_threads(mode)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_unknown_device():
    with pytest.raises(ValueError, match="tpu"):
        resolve_device("tpu")
