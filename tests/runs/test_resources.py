"""What a run takes, read without trust."""

import math

import pytest

from dbl_core.runs.resources import Resources, resources_of


def test_what_was_said():
    said = {"device": "cpu (2 threads)", "memory_mb": 411.6, "gpu_memory_mb": None}
    assert resources_of(said) == Resources("cpu (2 threads)", 412, None)
    assert resources_of({}) == Resources()


@pytest.mark.parametrize("value", ["12", True, -1, math.nan, math.inf, 1e300, [3], {}])
def test_nonsense_is_not_known(value):
    assert resources_of({"memory_mb": value, "gpu_memory_mb": value}) == Resources()


def test_a_long_name_is_cut():
    assert len(resources_of({"device": "x" * 1000}).device) <= 81
