"""How long a run is, and which rows it sees."""

import numpy as np
import pytest

from dbl_core.config import TrainConfig
from dbl_core.samplers import SAMPLERS, epoch_length
from dbl_core.train.draws import draw_rows, plan_epochs

COUNTS = np.array([200, 60, 12])


def labels() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.random((240, 3)) < COUNTS / 240


def test_an_epoch_is_whole_unless_steps_are_limited():
    plan = plan_epochs(TrainConfig(epochs=3, batch_size=7), COUNTS)
    assert plan.images == epoch_length(COUNTS) == 150
    assert (plan.steps, plan.n_steps) == (22, 66)


@pytest.mark.parametrize("max_steps", [3, 4, 10, 21, 63, 65, 66, 67, 10_000])
@pytest.mark.parametrize("batch_size", [1, 7, 150, 4096])
def test_never_more_steps_than_allowed_and_never_fewer_than_possible(max_steps, batch_size):
    whole = plan_epochs(TrainConfig(epochs=3, batch_size=batch_size), COUNTS)
    plan = plan_epochs(TrainConfig(epochs=3, batch_size=batch_size, max_steps=max_steps), COUNTS)
    assert plan.n_steps == min(whole.n_steps, max_steps // 3 * 3)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_rows_come_in_epochs_of_equal_length(sampler):
    config = TrainConfig(epochs=3, max_steps=12, batch_size=8, sampler=sampler)
    rows = draw_rows(config, labels())
    assert rows.shape == (3, 32)
    assert rows.min() >= 0
    assert rows.max() < 240


def test_fewer_steps_are_the_beginning_of_the_same_stream():
    long = draw_rows(TrainConfig(epochs=1, seed=5), labels()).ravel()
    short = draw_rows(TrainConfig(epochs=1, seed=5, max_steps=2), labels()).ravel()
    assert short.tolist() == long[: len(short)].tolist()


def test_the_threshold_reaches_the_sampler():
    matrix = labels()
    usual, high, off = (
        draw_rows(TrainConfig(epochs=8, sampler="repeat_factor", repeat_threshold=value), matrix).ravel()
        for value in (None, 0.9, 1e-3)
    )
    rare = [float(matrix[rows, 2].mean()) for rows in (off, usual, high)]
    assert rare == sorted(rare)
    assert rare[0] == pytest.approx(matrix[:, 2].mean(), rel=0.1)  # below every label: as uniform
    assert rare[2] > 2 * rare[0]


def test_two_stages_draw_uniformly_and_then_as_the_sampler_does():
    matrix, settings = labels(), {"max_steps": 15, "batch_size": 8, "seed": 2}
    config = TrainConfig(epochs=3, second_stage_epochs=2, sampler="square_root", **settings)
    plan, rows = plan_epochs(config, matrix.sum(axis=0)), draw_rows(config, matrix)
    assert (plan.epochs, plan.images, plan.n_steps) == (5, 24, 15)
    assert [plan.stage_of(epoch) for epoch in range(5)] == [1, 1, 1, 2, 2]
    assert [plan.in_stage(step) for step in (0, 8, 9, 14)] == [(0, 9), (8, 9), (0, 6), (5, 6)]
    alone = draw_rows(TrainConfig(epochs=3, sampler="uniform", **settings | {"max_steps": 9}), matrix)
    assert np.array_equal(rows[:3], alone)
    longer = draw_rows(TrainConfig(epochs=1, second_stage_epochs=2, sampler="square_root", **settings), matrix)
    assert np.array_equal(longer[1:].ravel()[:48], rows[3:].ravel())
    one = plan_epochs(TrainConfig(epochs=3), matrix.sum(axis=0))
    assert [one.stage_of(2), one.in_stage(7)] == [1, (7, one.n_steps)]
