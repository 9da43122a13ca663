"""A data set whose images tell how often they were drawn."""

from dataclasses import replace

import pytest

from dbl_core.datasets import load_dataset
from tests.datasets.counting_images import Counting


@pytest.fixture
def source():
    return Counting()


@pytest.fixture
def dataset(source):
    return replace(load_dataset(), image_source=source, fingerprint="counting")
