from collections import Counter

from dbl_core.methods import METHODS
from dbl_core.samplers import SAMPLERS


def test_ten_methods_that_differ_and_can_be_built():
    assert len(METHODS) == 10
    assert len({method.title for method in METHODS}) == 10
    assert all(method.sampler in SAMPLERS and method.loss_config.name == method.loss for method in METHODS)
    assert max(Counter((method.loss, method.sampler) for method in METHODS).values()) == 1
