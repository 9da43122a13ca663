"""How good a prediction is: kindly, since it is made to be thought about and not to be right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from dbl_core.lessons.model import Question

NEAR, CLOSE, FAR = 0.05, 0.15, 0.35
"""Distances, as shares of the whole scale, up to which a number is as good as right, close, in the right region."""


@dataclass(frozen=True)
class Score:
    """What a prediction is worth.

    Attributes:
        points: From 0 to 1.
        verdict: What to say, one short sentence.
    """

    points: float
    verdict: str


def score_number(guess: float, right: float, question: Question) -> Score:
    """Score a number by its distance on the question's scale, as a share of the scale's length.

    Args:
        guess: The prediction, between low and high.
        right: The answer; beyond an end of the scale it counts as that end, since nobody could predict more.
        question: Of kind "number".

    Raises:
        ValueError: The answer is no number, so there is nothing to compare with.
    """
    if not math.isfinite(right):
        raise ValueError("on this data set the answer is undefined, so there is nothing to compare with")
    low, high = question.low, question.high
    guess, right = (min(max(value, low), high) for value in (guess, right))
    if question.scale == "log":
        distance = abs(math.log(guess / right)) / math.log(high / low)
    else:
        distance = abs(guess - right) / (high - low)
    if distance <= NEAR:
        return Score(1.0, "As good as right.")
    if distance <= CLOSE:
        return Score(0.75, "Close.")
    if distance <= FAR:
        return Score(0.5, f"The right region, {'too high' if guess > right else 'too low'}.")
    return Score(0.25, f"A surprise, then: the prediction is {'too high' if guess > right else 'too low'}.")


def score_choice(guess: str, right: str) -> Score:
    """Score a choice: right or not, and not knowing is what a lesson is for."""
    return Score(1.0, "Right.") if guess == right else Score(0.25, "Not this one, and that is worth a thought.")


def score_order(guess: Sequence[str], right: Sequence[str], ties: Sequence[int] = ()) -> Score:
    """Score an order by the share of pairs that stand the right way round (Kendall); equal ranks stand either way.

    Args:
        guess: Names from first to last.
        right: The same names in the right order.
        ties: Ranks of ``right``; empty where all differ.

    Raises:
        ValueError: The two do not have the same names.
    """
    if sorted(guess) != sorted(right):
        raise ValueError("the prediction must order exactly the names that are asked for")
    ranks = dict(zip(right, ties or range(len(right)), strict=True))
    pairs = list(combinations(guess, 2))
    agreed = sum(ranks[first] <= ranks[second] for first, second in pairs)
    share = agreed / len(pairs) if pairs else 1.0
    if share == 1:
        return Score(1.0, "Right, from first to last.")
    words = f"{agreed} of {len(pairs)} pairs stand the right way round."
    return Score(0.25 + 0.75 * share, f"Close: {words}" if share >= 0.5 else words)
