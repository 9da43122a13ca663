"""A real worker and small data for it, one a test file."""

from pathlib import Path

import pytest

from dbl_core.worker.client import Worker
from tests.worker.small_data import write_data


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    real = Worker(log_dir=tmp_path_factory.mktemp("cache"))
    yield real
    real.close()


@pytest.fixture(scope="module")
def data_file(tmp_path_factory) -> Path:
    return write_data(tmp_path_factory.mktemp("data") / "small.npz")
