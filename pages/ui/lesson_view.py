"""One lesson: its step, the prediction, the answer, and the way through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.errors import DataError, Superseded
from dbl_core.lessons import Answer, Lesson, Library, fill
from dbl_core.lessons.answer import Value
from pages.ui import glossary, lesson_answer, lesson_files, lesson_lab, lesson_question, page, state
from pages.ui.text import literal

WIDTH = 820
MOST_WORDS = 8


@dataclass(frozen=True)
class Place:
    """A step of a lesson on a data set, and what every text may name there."""

    choice: DatasetConfig
    lesson: Lesson
    number: int
    known: Mapping[str, Value]


def view(choice: DatasetConfig, library: Library, lesson: Lesson) -> None:
    """Draw the step of a lesson that the address names."""
    number = lesson_files.step_number(len(lesson.steps))
    with st.container(width=WIDTH):
        _top(lesson, number)
        with page.guard():
            _step(Place(choice, lesson, number, lesson_lab.known(choice)))
        _ways(library, lesson, number)


def _top(lesson: Lesson, number: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "All lessons", icon=":material/list:", key="learn_all", on_click=lesson_files.open_lesson, args=(None,)
        )
        st.button("Start again", icon=":material/restart_alt:", key="learn_again", on_click=_again, args=(lesson,))
    st.header(f"{lesson.number}. {literal(lesson.title)}", anchor=False)
    done, total = lesson_files.done_of(lesson_files.progress(), lesson.number, len(lesson.steps)), len(lesson.steps)
    st.progress(done / total, text=f"Step {number + 1} of {total} · {done} done")


def _step(place: Place) -> None:
    step = place.lesson.steps[place.number]
    st.markdown(f"### {literal(step.title)}")
    st.markdown(fill(step.text, place.known, escape=literal))
    texts = f"{step.title} {step.text} {step.look} {step.question.ask if step.question else ''}"
    used = glossary.terms().terms_in(texts)
    if step.answer is not None:
        _question(place)
    if used:
        glossary.words(used[:MOST_WORDS])


def _question(place: Place) -> None:
    """Ask, or show the answer where the prediction is made or none is asked for."""
    lesson, number = place.lesson, place.number
    step = lesson.steps[number]
    question = step.question
    text = lesson_files.progress().steps(lesson.number).get(number, "")
    from_data = question is not None and question.kind != "number" and not question.options
    found = _computed(place) if question is None or text or from_data else None
    if found is None and (question is None or text or from_data):
        return
    guess = None
    if question is not None:
        options = lesson_question.options_of(question, found)
        guess = lesson_question.predicted(question, text, options)
        if guess is None:
            ask = fill(question.ask, place.known, escape=literal)
            lesson_question.form(lesson, number, question, ask, options)
            return
    lesson_answer.show(lesson, number, guess, found=found, known=place.known)
    if question is not None:
        st.button(
            "Predict again",
            icon=":material/undo:",
            key="learn_redo",
            type="tertiary",
            on_click=_redo,
            args=(lesson, number),
        )


def _computed(place: Place) -> Answer | None:
    """Compute the answer of the step; None where a newer question of this tab has taken its place."""
    step, box = place.lesson.steps[place.number], st.empty()
    try:
        return lesson_lab.answer(place.choice, step.answer.compute, step.answer.given, box)
    except Superseded:
        return None
    except DataError as error:
        st.info(literal(str(error)), icon=":material/dataset:")
        st.button("Take picto-voc", key="learn_take", on_click=_take_default)
        return None


def _ways(library: Library, lesson: Lesson, number: int) -> None:
    """Place the buttons back and on; Shift and an arrow key do the same."""
    last = number == len(lesson.steps) - 1
    following = library.after(lesson)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Back",
            icon=":material/arrow_back:",
            key="learn_back",
            disabled=number == 0,
            shortcut="Shift+Left",
            on_click=lesson_files.open_lesson,
            args=(lesson.name, number),
        )
        name, step = (lesson.name, number + 2) if not last else (following.name if following else None, 1)
        word = "Next" if not last else f"Next lesson: {following.number}" if following else "All lessons"
        st.button(
            word,
            icon=":material/arrow_forward:",
            key="learn_next",
            type="primary" if _is_done(lesson, number) else "secondary",
            shortcut="Shift+Right",
            on_click=_next,
            args=(lesson, number, name, step),
        )


def _is_done(lesson: Lesson, number: int) -> bool:
    return lesson.steps[number].question is None or number in lesson_files.progress().steps(lesson.number)


def _next(lesson: Lesson, number: int, name: str | None, step: int) -> None:
    """Go on; a step without a question is done by having been read."""
    if lesson.steps[number].question is None:
        lesson_files.write(lesson_files.progress().with_step(lesson.number, number, ""))
    lesson_files.open_lesson(name, step)


def _again(lesson: Lesson) -> None:
    lesson_files.write(lesson_files.progress().without(lesson.number))
    lesson_files.open_lesson(lesson.name)


def _redo(lesson: Lesson, number: int) -> None:
    lesson_files.write(lesson_files.progress().without(lesson.number, number))


def _take_default() -> None:
    state.choose_dataset(data="picto-voc")
