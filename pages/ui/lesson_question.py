"""A question of a lesson: its form, the prediction in the address, and what it was worth."""

from __future__ import annotations

import math

import streamlit as st

from dbl_core.lessons import Answer, Lesson, Quantity, Question, Step
from dbl_core.lessons.answer import Value
from dbl_core.lessons.progress import read_choice, write_choice
from dbl_core.lessons.scoring import Score, score_choice, score_number, score_order
from pages.ui import lesson_files, state
from pages.ui.text import literal

LOG_SPOTS = 121
KEY = "learn_prediction"


def options_of(question: Question, answer: Answer | None) -> dict[str, str]:
    """Return what can be chosen or ordered, key -> Markdown; names of the data stand in alphabetical order."""
    if question.options:
        return dict(question.options)
    names = sorted(answer.order) if answer else []
    return {name: literal(name) for name in names}


def predicted(question: Question, text: str, options: dict[str, str]) -> float | list[str] | None:
    """Return the prediction that an address holds: a number moved into the scale, keys of options, or None."""
    if question.kind == "number":
        return state.number_in(text, None, question.low, question.high)
    keys = list(options)
    places = read_choice(text, len(keys))
    wanted = 1 if question.kind == "choice" else len(keys)
    return [keys[place] for place in places] if places and len(places) == wanted else None


def form(lesson: Lesson, number: int, question: Question, ask: str, options: dict[str, str]) -> None:
    """Draw the form in which a student predicts; sending it writes the prediction into the address.

    Args:
        lesson: The lesson.
        number: Index of the step.
        question: Its question.
        ask: The question with its values filled in, Markdown.
        options: As :func:`options_of` returns.
    """
    key = f"{KEY}_{lesson.name}_{number}"
    with st.form(f"{key}_form"):
        if question.kind == "number":
            _slider(question, ask, key)
        elif question.kind == "choice":
            st.radio(ask, list(options), format_func=options.get, index=None, key=key)
        else:
            st.multiselect(
                ask,
                list(options),
                format_func=lambda name: name,
                key=key,
                select_all=False,
                placeholder="Choose them one after the other, the first one first",
            )
        st.form_submit_button(
            "Predict, and see the answer",
            type="primary",
            icon=":material/visibility:",
            on_click=_sent,
            args=(lesson.number, number, question, key, tuple(options)),
        )
    if state.value_of(f"{key}_missing"):
        st.warning(state.value_of(f"{key}_missing"), icon=":material/help:")


def verdict(step: Step, guess: float | list[str], answer: Answer, options: dict[str, str]) -> None:
    """Say what the prediction was, what is right, and how close that is."""
    question = step.question
    right: Value | None = None if question.kind == "order" else answer.value(step.answer.value)
    score = _score(question, guess, right, answer)
    if question.kind == "number":
        said, correct = literal(Quantity(guess, question.unit).text), literal(right.text)
    elif question.kind == "choice":
        said, correct = options[guess[0]], options.get(right, literal(right))
    else:
        said, correct = ", ".join(options[key] for key in guess), ", ".join(literal(name) for name in answer.order)
    sentence = f"**{score.verdict}** You said {said}; it is **{correct}**."
    if score.points >= 0.75:
        st.success(sentence, icon=":material/check_circle:")
    else:
        st.info(sentence, icon=":material/lightbulb:")


def _score(question: Question, guess: float | list[str], right: Value | None, answer: Answer) -> Score:
    if question.kind == "number":
        if not isinstance(right, Quantity):
            raise ValueError(f"the question asks for a number, and the answer is {right!r}")
        return score_number(guess, right.value, question)
    return score_choice(guess[0], right) if question.kind == "choice" else score_order(guess, answer.order, answer.ties)


def _slider(question: Question, ask: str, key: str) -> None:
    low, high = question.low, question.high
    if question.scale == "log":
        spots = _spots(low, high)
        middle = math.sqrt(low * high) if question.start is None else question.start
        start = min(spots, key=lambda spot: abs(math.log(spot / middle)))
        st.select_slider(ask, spots, value=start, key=key, format_func=lambda spot: Quantity(spot, question.unit).text)
        return
    step = question.step or (high - low) / 100
    start = low + step * round((((low + high) / 2 if question.start is None else question.start) - low) / step)
    unit = question.unit.replace("%", "%%")
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    st.slider(ask, float(low), float(high), float(start), float(step), key=key, format=f"%.{digits}f {unit}".strip())


def _spots(low: float, high: float) -> list[float]:
    """Return positions evenly spaced on a logarithmic scale, rounded to what one would say."""
    spots = (low * (high / low) ** (place / (LOG_SPOTS - 1)) for place in range(LOG_SPOTS))
    return sorted({low, high, *(float(f"{spot:.2g}") for spot in spots if low < float(f"{spot:.2g}") < high)})


def _sent(lesson: int, step: int, question: Question, key: str, options: tuple[str, ...]) -> None:
    """Write what was predicted into the address; what is not complete is asked for again."""
    value = state.value_of(key)
    if question.kind == "number":
        text = f"{value:.6g}"
    else:
        chosen = [value] if question.kind == "choice" and value is not None else list(value or [])
        complete = len(chosen) == (1 if question.kind == "choice" else len(options))
        text = write_choice([options.index(each) for each in chosen]) if complete else ""
    missing = "Choose one of them first." if question.kind == "choice" else "Put all of them in order first."
    state.keep(f"{key}_missing", "" if text else missing)
    if text:
        lesson_files.write(lesson_files.progress().with_step(lesson, step, text))
