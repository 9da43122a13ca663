"""Where a run will compute, told without torch."""

from dbl_core.runs import devices


def test_the_device_is_guessed_without_torch(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    devices.gpu_expected.cache_clear()
    assert [devices.expected_device(asked) for asked in ("auto", "cpu", "cuda", None, 7)] == [
        "cpu", "cpu", "cuda", "cpu", "cpu",
    ]  # fmt: skip
    devices.gpu_expected.cache_clear()
