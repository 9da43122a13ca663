import pytest
import torch

from dbl_core.train.device import MOST_THREADS, describe_device, head_threads, resolve_device, set_threads


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


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (64, MOST_THREADS)])
def test_heads_train_on_a_core_each(monkeypatch, cores, threads):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert head_threads() == threads


def test_unknown_device():
    with pytest.raises(ValueError, match="tpu"):
        resolve_device("tpu")
