"""What can be varied: ranges, scales, words, and the sentence for what makes no sense."""

import pytest
from pydantic import ValidationError

from dbl_core.config import LossConfig, RunConfig, TrainConfig, explain
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Dimension, searchable, with_settings
from tests.search.conftest import MU, RATE


def sentence(call):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence itself is what the tests look at
        call()
    return explain(caught.value)


def test_every_option_of_every_loss_can_be_searched_over_its_usual_range():
    from dbl_core.losses import LOSSES

    for loss, about in LOSSES.items():
        base = RunConfig(loss=LossConfig(name=loss))
        space = [
            Dimension(setting=entry.setting, choices=entry.choices)
            if entry.choices
            else Dimension(setting=entry.setting, low=entry.low, high=entry.high, scale=entry.scale)
            for entry in searchable([loss]).values()
            if entry.setting != "loss.name"
        ]
        assert {f"loss.{option.name}" for option in about.options} <= {dimension.setting for dimension in space}
        assert SearchConfig(base=base, space=tuple(space[:12])).losses == (loss,)


def test_a_value_near_one_is_drawn_by_its_distance_to_one():
    dimension = Dimension(setting="loss.beta", low=0.9, high=0.9999, scale="log1m")
    assert dimension.bounds == pytest.approx((1e-4, 0.1))
    assert dimension.value_of(0.001) == 0.999
    assert dimension.value_of(1e-4 - 1e-12) == 0.9999
    assert dimension.value_of(0.2) == 0.9


def test_a_drawn_number_gets_four_digits_and_stays_inside():
    assert RATE.value_of(0.0123456) == 0.01235
    assert Dimension(setting="loss.mu", low=0.123456, high=0.9).value_of(0.12346) == 0.1235
    assert Dimension(setting="loss.mu", low=0.12344, high=0.9).value_of(0.12344) == 0.12344


def test_settings_replace_what_they_name():
    base = RunConfig(train=TrainConfig(seed=3))
    changed = with_settings(base, {"loss.mu": 0.7, "train.sampler": "uniform"}, seed=9)
    assert changed.loss.options == base.loss.options | {"mu": 0.7}
    assert (changed.train.sampler, changed.train.seed) == ("uniform", 9)
    assert changed.train.learning_rate == base.train.learning_rate


def test_another_loss_keeps_the_options_that_are_meant_alike():
    """beta of DB is a steepness, that of class-balanced weights a number just below 1."""
    base = RunConfig(loss=LossConfig(name="db_focal", options={"gamma": 3.0, "beta": 12.0}))
    other = with_settings(base, {"loss.name": "cb_focal"})
    assert other.loss.options["gamma"] == 3.0
    assert other.loss.options["beta"] == LossConfig(name="cb_focal").options["beta"]


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({"setting": "loss.mu", "low": 0.9, "high": 0.1}, "needs a range from low to high, not 0.9 to 0.1"),
        ({"setting": "loss.mu", "low": 0.1}, "needs a range"),
        ({"setting": "train.learning_rate", "low": 0.0, "high": 0.1, "scale": "log"}, "a log scale starts above 0"),
        ({"setting": "loss.beta", "low": 0.9, "high": 1.0, "scale": "log1m"}, "ends below 1"),
        ({"setting": "train.sampler", "choices": ["uniform"]}, "at least two different words"),
        ({"setting": "train.sampler", "choices": ["uniform", "uniform"]}, "at least two different words"),
        ({"setting": "loss.mu", "low": 0.1, "high": 0.9, "choices": ["a", "b"]}, "words and a range"),
        ({"setting": "loss.mu", "low": float("nan"), "high": 0.9}, "finite number"),
        ({"setting": "loss.mu", "low": 0.1, "high": 0.9, "step": 2}, "unknown option 'step'"),
    ],
)
def test_a_dimension_that_makes_no_sense_is_one_sentence(space, words):
    found = sentence(lambda: Dimension.model_validate(space))
    assert words in found
    assert "\n" not in found


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"space": []}, "at least 1"),
        ({"space": [MU, MU]}, "varied twice"),
        ({"space": [{"setting": "loss.mu", "low": 0.1, "high": 11}]}, "mu must be a number from 0 to 10, not 11"),
        ({"space": [{"setting": "loss.nu", "low": 0, "high": 1}]}, "nothing to search called 'loss.nu'"),
        ({"space": [{"setting": "train.dropout", "low": 0, "high": 1.5}]}, "dropout = 1.5"),
        ({"space": [{"setting": "train.sampler", "low": 0, "high": 1}]}, "needs words"),
        ({"space": [{"setting": "train.sampler", "choices": ["uniform", "magic"]}]}, "unknown sampler 'magic'"),
        ({"space": [{"setting": "loss.name", "choices": ["db", "magic"]}]}, "There is no loss 'magic'"),
        ({"space": [MU], "runs": None}, "needs a budget"),
        ({"space": [MU], "runs": 2, "seeds": 3}, "less than one trial"),
        ({"space": [MU], "objective": "luck"}, "objective = 'luck'"),
        ({"space": [MU], "minutes": 0}, "minutes = 0"),
    ],
)
def test_a_search_that_makes_no_sense_is_one_sentence(values, words):
    found = sentence(lambda: SearchConfig.model_validate(values))
    assert words in found
    assert "\n" not in found


def test_losses_that_mean_different_things_by_an_option_cannot_share_its_range():
    space = [
        {"setting": "loss.name", "choices": ["db", "cb_focal"]},
        {"setting": "loss.beta", "low": 5, "high": 20},
    ]
    assert "cb_focal" in sentence(lambda: SearchConfig.model_validate({"space": space}))


def test_a_search_survives_its_own_json():
    config = SearchConfig(space=(MU, RATE), objective="head_and_tail", minutes=2.5, seeds=2)
    assert SearchConfig.model_validate_json(config.model_dump_json()) == config


def test_the_models_are_frozen():
    with pytest.raises(ValidationError):
        MU.low = 0.2
