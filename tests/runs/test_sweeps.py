"""Sweeps: which settings they have, in which order, and what is best among them."""

import math

import numpy as np
import pytest

from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs import heads, sweeps
from dbl_core.runs.sweeps import Axis, Sweep, evenly_chosen, read_sweep, sweep_configs
from tests import fake_heads
from tests.fake_heads import setting

MU = Axis("mu", "mu", (0.1, 0.5, 0.9))
RATE = Axis(sweeps.RATE, "learning rate", (0.01, 0.1), "log")


def sweep_of(axes, maps):
    configs = sweep_configs(setting(), axes)
    return Sweep(tuple(axes), np.asarray(maps, dtype=float).reshape(len(configs), -1, 4), tuple(configs))


def test_the_first_axis_runs_fastest_and_seeds_are_neighbours():
    configs = sweep_configs(setting(seed=5), [MU, RATE], n_seeds=2)
    assert len(configs) == 12
    assert [config.loss.options["mu"] for config in configs[:6]] == [0.1, 0.1, 0.5, 0.5, 0.9, 0.9]
    assert [config.train.learning_rate for config in configs[::6]] == [0.01, 0.1]
    assert [config.train.seed for config in configs[:4]] == [5, 6, 5, 6]
    assert {config.loss.options["kappa"] for config in configs} == {0.05}
    assert {config.train.max_steps for config in configs} == {fake_heads.STEPS}


@pytest.mark.parametrize(
    ("axes", "n_seeds", "sentence"),
    [
        ([], 1, "one or two"),
        ([MU, MU], 1, "different"),
        ([MU, RATE, Axis("kappa", "k", (0.1,))], 1, "one or two"),
        ([Axis("mu", "mu", tuple(np.linspace(0, 1, 17)))], 1, "1 to 16"),
        ([Axis("mu", "mu", tuple(np.linspace(0, 1, 9))), RATE], 1, "1 to 8"),
        ([MU], 4, "1 to 3 seeds"),
    ],
)
def test_too_much_is_refused(axes, n_seeds, sentence):
    with pytest.raises(ValueError, match=sentence):
        sweep_configs(setting(), axes, n_seeds)


def test_values_are_positions_of_the_slider_with_both_ends():
    positions = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert evenly_chosen(positions, 0.1, 0.5, 3) == (0.1, 0.3, 0.5)
    assert evenly_chosen(positions, 0.5, 0.1, 2) == (0.1, 0.5)
    assert evenly_chosen(positions, 0.12, 0.3, 9) == (0.1, 0.2, 0.3)
    assert evenly_chosen(positions, 0.2, 0.2, 5) == (0.2,)


@pytest.mark.parametrize(
    ("scale", "value", "place"), [("linear", 0.25, 0.25), ("log", 0.01, -2), ("log1m", 0.999, 3), ("log1m", 0.0, 0)]
)
def test_places_of_a_scale(scale, value, place):
    assert Axis("x", "x", (value,), scale).places == pytest.approx([place])


@pytest.mark.parametrize(("scale", "value"), [("log", 0.0), ("log1m", 1.0)])
def test_a_value_without_a_place_is_no_number(scale, value):
    assert math.isnan(Axis("x", "x", (0.5,), scale).place(value))


def test_means_best_and_noise_of_the_worker_answer():
    axes = [MU]
    configs = sweep_configs(setting(), axes, n_seeds=3)
    answer = fake_heads.train_heads(runs=[config.model_dump() for config in configs], evaluate="end")
    found = read_sweep(heads.read_heads(answer, configs), axes, 3)
    assert found.configs == tuple(configs[::3])
    assert found.best("total") == 1
    by_hand = np.array([head["map"]["tail"] for head in answer["heads"]]).reshape(3, 3)
    assert found.grid("tail") == pytest.approx(by_hand.mean(axis=1)[None])
    assert found.seed_noise("tail") == pytest.approx(math.sqrt(by_hand.var(axis=1, ddof=1).mean()))


def test_what_a_seed_does_to_all_points_alike_is_no_difference():
    rng = np.random.default_rng(0)
    own, common = 0.01 * rng.normal(size=(16, 3, 1)), 0.2 * rng.normal(size=(1, 3, 1))
    axis = Axis("mu", "mu", tuple(np.linspace(0.1, 1.6, 16)))
    configs = tuple(sweep_configs(setting(), [axis]))
    alone, shifted = (Sweep((axis,), np.repeat(values, 4, axis=2), configs) for values in (own, own + common))
    assert shifted.seed_noise("tail") > 5 * alone.seed_noise("tail")
    assert shifted.least_clear("tail") == pytest.approx(alone.least_clear("tail"))
    assert alone.least_clear("tail") == pytest.approx(1.96 * 0.01 * math.sqrt(2 / 3), rel=0.25)
    assert math.isnan(sweep_of([MU], np.zeros((3, 4))).least_clear("tail"))


def test_a_grid_has_a_row_for_each_value_of_the_second_axis():
    found = sweep_of([MU, RATE], [[k / 10, 0, 0, 0] for k in range(6)])
    assert found.grid("total").tolist() == [[0, 0.1, 0.2], [0.3, 0.4, 0.5]]
    assert found.coordinates(4) == (0.5, 0.1)


def test_the_front_has_what_nothing_beats():
    head_tail = [(0.5, 0.5), (0.6, 0.4), (0.4, 0.6), (0.5, 0.4), (0.6, 0.4), (math.nan, 0.9)]
    found = sweep_of([MU, RATE], [[0, head, 0, tail] for head, tail in head_tail])
    front = [head_tail[point] for point in found.front()]
    assert front == [(0.4, 0.6), (0.5, 0.5), (0.6, 0.4)]
    dominated = [
        point
        for point in head_tail
        if any(other[0] >= point[0] and other[1] >= point[1] and other != point for other in head_tail)
    ]
    assert not set(front) & set(dominated)


def test_a_sweep_where_everything_diverged_has_no_best():
    found = sweep_of([MU], np.full((3, 4), math.nan))
    assert found.best("total") is None
    assert found.front() == []
    assert math.isnan(found.seed_noise("total"))


def test_the_order_of_the_numbers_is_that_of_the_report():
    assert REPORT_KEYS == ("total", "head", "medium", "tail")
