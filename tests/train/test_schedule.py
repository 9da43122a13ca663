from itertools import pairwise

import pytest

from dbl_core.train.schedule import rate_factor


def test_the_papers_run():
    """969 steps on VOC-MLT: warm-up from a third, drops after 5/8 and 7/8 of the run."""
    factors = [rate_factor(step, 969) for step in range(969)]
    assert factors[0] == pytest.approx(1 / 3)
    assert factors[242] == 1.0
    assert factors[round(969 * 5 / 8)] == pytest.approx(0.1)
    assert factors[-1] == pytest.approx(0.01)
    assert all(later >= earlier for earlier, later in pairwise(factors[:600]))


def test_a_long_run_warms_up_over_500_steps():
    assert rate_factor(499, 20_000) < 1.0
    assert rate_factor(500, 20_000) == 1.0


@pytest.mark.parametrize("n_steps", [1, 2, 3, 8])
def test_the_shortest_runs_have_a_positive_rate(n_steps):
    assert all(0 < rate_factor(step, n_steps) <= 1 for step in range(n_steps))
