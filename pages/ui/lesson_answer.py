"""The answer of a step: what was predicted, the picture, what to look at, and the page that shows more."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pandas as pd
import streamlit as st

from dbl_core.errors import Superseded
from dbl_core.lessons import Answer, Bars, Control, Lesson, Lines, Step, fill
from dbl_core.lessons.answer import Value
from dbl_core.viz import lessons as figures
from pages.ui import lesson_lab, lesson_question, lesson_return, page, state
from pages.ui.show_figure import show_figure
from pages.ui.text import literal


def show(
    lesson: Lesson, number: int, guess: float | list[str] | None, *, found: Answer, known: Mapping[str, Value]
) -> None:
    """Draw the answer of a step.

    Args:
        lesson: The lesson.
        number: Index of the step.
        guess: What was predicted, None where nothing was asked.
        found: The answer.
        known: What every text may name.
    """
    step = lesson.steps[number]
    if guess is not None:
        lesson_question.verdict(step, guess, found, lesson_question.options_of(step.question, found))
    picture = st.container()
    shown = found
    if step.control is not None:
        shown = _moved(lesson, number, step, found)
    with picture:
        _chart(shown.chart, f"learn_chart_{lesson.name}_{number}")
    if step.look:
        st.markdown(f"**What to look at.** {fill(step.look, {**known, **shown.values}, escape=literal)}")
    if shown.note:
        st.caption(shown.note)
    _opening(lesson, number, {**known, **shown.values})


def _opening(lesson: Lesson, number: int, values: Mapping[str, Value]) -> None:
    """Place the link to the page that shows more, in the state that the step names."""
    chosen = lesson.steps[number].opening
    if chosen is None:
        return
    entry = page.PAGES[chosen.page]
    if entry.exists:
        address = {key: fill(text, values) for key, text in chosen.address.items()}
        label = f"{literal(chosen.label)} ({chosen.page})"
        place = {"lesson": lesson.name, "step": number + 1}
        lesson_return.open_link(entry.script, label, icon=entry.icon, address=address, **place)


def _moved(lesson: Lesson, number: int, step: Step, found: Answer) -> Answer:
    """Draw the control; return the answer for where it stands."""
    value = _control(step.control, f"learn_control_{lesson.name}_{number}", step.answer.given)
    if value == step.answer.given.get(step.control.name):
        return found
    given = {**step.answer.given, step.control.name: value}
    with suppress(Superseded):  # the page is being drawn anew for a newer value
        return lesson_lab.answer(state.dataset_choice(), step.answer.compute, given, st.empty())
    return found


def _control(control: Control, key: str, given: Mapping[str, Any]) -> Any:
    start = given.get(control.name) if control.start is None else control.start
    if control.options:
        keys = list(control.options)
        return st.segmented_control(
            control.label, keys, format_func=control.options.get, default=start, required=True, key=key, wrap=True
        )
    low, high, step = float(control.low), float(control.high), float(control.step)
    start = min(max(float(low if start is None else start), low), high)
    if all(value.is_integer() for value in (low, high, step, start)):
        return st.slider(control.label, int(low), int(high), int(start), int(step), key=key)
    return st.slider(control.label, low, high, start, step, key=key)


def _chart(chart: Bars | Lines | None, key: str) -> None:
    if chart is None:
        return
    show_figure(figures.draw(chart), key=key, alt=chart.alt, numbers=False)
    with st.expander("Numbers", icon=":material/table:"):
        st.dataframe(pd.DataFrame(chart.table), hide_index=True, alt=chart.alt)
