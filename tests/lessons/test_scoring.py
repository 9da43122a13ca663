"""Predictions are scored kindly: close counts, equal ranks stand either way, and what is right is worth everything."""

import math
from itertools import permutations

import pytest

from dbl_core.lessons import Question
from dbl_core.lessons.scoring import score_choice, score_number, score_order

LINEAR = Question(ask="?", kind="number", low=0, high=100)
LOG = Question(ask="?", kind="number", low=1, high=1000, scale="log")


@pytest.mark.parametrize("question", [LINEAR, LOG])
def test_right_is_worth_one_and_farther_is_never_worth_more(question):
    right = 10
    assert score_number(right, right, question).points == 1
    points = [score_number(guess, right, question).points for guess in range(10, 101)]
    assert points == sorted(points, reverse=True)
    assert min(points) > 0


def test_distance_is_that_of_the_scale():
    assert score_number(20, 10, LOG).points == score_number(200, 100, LOG).points == score_number(10, 20, LOG).points
    assert score_number(20, 10, LINEAR).points == score_number(60, 50, LINEAR).points
    assert "too high" in score_number(40, 10, LINEAR).verdict
    assert "too low" in score_number(1, 90, LINEAR).verdict


def test_an_answer_beyond_the_scale_is_its_end():
    assert score_number(1000, 5000, LOG).points == 1
    assert score_number(0, -3, LINEAR).points == 1


def test_an_undefined_answer_cannot_be_scored():
    with pytest.raises(ValueError, match="undefined"):
        score_number(1, math.nan, LINEAR)


def test_a_choice_is_right_or_not():
    assert score_choice("a", "a").points == 1
    assert 0 < score_choice("a", "b").points < 1


def test_an_order_is_scored_by_its_pairs():
    right = ("a", "b", "c", "d")
    assert score_order(right, right).points == 1
    assert score_order(right[::-1], right).points == 0.25
    assert score_order(("b", "a", "c", "d"), right).points == pytest.approx(0.25 + 0.75 * 5 / 6)
    assert "5 of 6" in score_order(("b", "a", "c", "d"), right).verdict
    points = [score_order(guess, right).points for guess in permutations(right)]
    assert max(points) == 1
    assert points.count(1) == 1


def test_equal_ranks_stand_either_way():
    assert score_order(("b", "a", "c"), ("a", "b", "c"), (0, 0, 1)).points == 1
    assert score_order(("c", "a", "b"), ("a", "b", "c"), (0, 0, 1)).points < 1


def test_an_order_of_other_names_is_refused():
    with pytest.raises(ValueError, match="exactly"):
        score_order(("a", "x"), ("a", "b"))
