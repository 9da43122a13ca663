"""What a student has done, as one short text of an address: which steps, and what was predicted.

The text is ``1~01_0.150_2.b~04_1``: a version, then for every lesson its number and its steps; a step is its index and,
after a dot, the prediction: a number, or the places of the chosen options (``2.0.1`` is an order). It may come from
anyone: what cannot be read is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

VERSION = "1"
MOST_CHARACTERS = 3000
MOST_STEPS = 20
_LESSON = re.compile(r"[0-9]{2}")
_STEP = re.compile(r"([0-9]{1,2})(?:\.([0-9a-zA-Z.+-]{1,40}))?")


@dataclass(frozen=True)
class Progress:
    """Steps that are done and what was predicted in them.

    Attributes:
        done: Lesson number -> step index -> the prediction as text; "" where a step asks nothing.
    """

    done: Mapping[int, Mapping[int, str]] = field(default_factory=dict)

    def steps(self, lesson: int) -> Mapping[int, str]:
        """Return the steps of a lesson that are done."""
        return self.done.get(lesson, {})

    def with_step(self, lesson: int, step: int, prediction: str) -> Progress:
        """Return the progress with one more step done."""
        steps = {**self.steps(lesson), step: prediction}
        return Progress({**self.done, lesson: steps})

    def without(self, lesson: int, step: int | None = None) -> Progress:
        """Return the progress without a step, or without a whole lesson."""
        steps = {} if step is None else {key: value for key, value in self.steps(lesson).items() if key != step}
        rest = {key: value for key, value in self.done.items() if key != lesson}
        return Progress({**rest, lesson: steps} if steps else rest)


def write_progress(progress: Progress) -> str:
    """Return the text of an address; "" for nothing done."""
    parts = [
        "_".join([f"{lesson:02d}", *(f"{step}.{text}" if text else str(step) for step, text in sorted(steps.items()))])
        for lesson, steps in sorted(progress.done.items())
        if steps
    ]
    return "~".join([VERSION, *parts]) if parts else ""


def read_progress(text: str) -> Progress:
    """Read the text of an address; what is unknown, too long or of another version is nothing done."""
    version, *parts = text[:MOST_CHARACTERS].split("~")
    if version != VERSION:
        return Progress()
    done: dict[int, dict[int, str]] = {}
    for part in parts:
        number, *steps = part.split("_")
        if not _LESSON.fullmatch(number):
            continue
        found = [_STEP.fullmatch(step) for step in steps]
        known = {int(each[1]): each[2] or "" for each in found if each and int(each[1]) < MOST_STEPS}
        if known:
            done[int(number)] = known
    return Progress(done)


def write_choice(places: list[int]) -> str:
    """Return chosen options by their places: ``2`` or ``2.0.1``."""
    return ".".join(map(str, places))


def read_choice(text: str, n_options: int) -> list[int]:
    """Return the places of chosen options; empty where the text names none, too many, or one twice."""
    words = text.split(".")
    if not all(word.isascii() and word.isdigit() and len(word) <= 2 for word in words):
        return []
    places = [int(word) for word in words]
    valid = len(set(places)) == len(places) and all(place < n_options for place in places)
    return places if valid else []
