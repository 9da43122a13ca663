from itertools import pairwise

import pytest
import torch

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


@pytest.mark.parametrize("schedule", ["steps", "cosine"])
@pytest.mark.parametrize("n_steps", [1, 2, 3, 8])
def test_the_shortest_runs_have_a_positive_rate(n_steps, schedule):
    assert all(0 < rate_factor(step, n_steps, schedule) <= 1 for step in range(n_steps))


def test_the_cosine_is_torchs_after_the_same_warm_up():
    factors = [rate_factor(step, 969, "cosine") for step in range(969)]
    assert factors[:242] == [rate_factor(step, 969) for step in range(242)]
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=969 - 242)
    for factor in factors[242:]:
        assert factor == pytest.approx(cosine.get_last_lr()[0], abs=1e-9)
        optimizer.step()
        cosine.step()
    assert factors[-1] < 1e-4


def test_the_warm_up_can_be_as_long_as_the_papers_on_voc_mlt():
    factors = [rate_factor(step, 969, warmup_steps=500) for step in range(969)]
    assert factors[250] == pytest.approx(2 / 3)
    assert factors[500:600] == [1.0] * 100
    assert factors[606:] == [rate_factor(step, 969) for step in range(606, 969)]
    assert rate_factor(0, 969, warmup_steps=0) == 1.0
    assert all(0 < rate_factor(step, 20, name, 500) < 1 for step in range(20) for name in ("steps", "cosine"))
