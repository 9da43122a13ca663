"""What a process takes, against what the system says of it."""

import numpy as np
import psutil
import torch

from dbl_core.train.meter import Meter


def test_the_memory_is_that_of_this_process():
    now = Meter(torch.device("cpu"))()
    assert abs(now["memory_mb"] - psutil.Process().memory_info().rss / 2**20) < 20
    assert now["device"].startswith("cpu (")
    assert now["gpu_memory_mb"] is None


def test_the_peak_stays_when_the_memory_is_given_back():
    meter = Meter(torch.device("cpu"))
    before = meter()["memory_mb"]
    held = np.ones(100 << 17)  # 100 MiB
    meter()
    del held
    assert before + 90 < meter.peak()["memory_mb"]
    assert meter.peak()["gpu_memory_mb"] is None


def test_the_memory_of_the_gpu_is_its_peak(monkeypatch):
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 3 << 30)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H100")
    now = Meter(torch.device("cuda"))()
    assert (now["device"], now["gpu_memory_mb"]) == ("NVIDIA H100", 3072)
