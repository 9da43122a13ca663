"""The list of lessons: what each is about, how long it takes, how far one has come."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.lessons import Lesson, Library
from dbl_core.lessons.progress import Progress
from pages.ui import lesson_files, lesson_lab
from pages.ui.text import literal


def gallery(choice: DatasetConfig, library: Library) -> None:
    """Draw a card for every lesson, and a sentence for every file that is none."""
    done = lesson_files.progress()
    minutes = sum(lesson.minutes for lesson in library.lessons)
    finished = sum(_done(lesson, done) == len(lesson.steps) for lesson in library.lessons)
    st.caption(
        f"{len(library.lessons)} lessons, {minutes} minutes in all, {finished} finished. What you predict is kept in "
        "the address of this page: copy it to go on elsewhere."
    )
    for start in range(0, len(library.lessons), 2):
        for place, lesson in zip(st.columns(2), library.lessons[start : start + 2], strict=False):
            with place:
                _card(lesson, done, lesson_lab.lacks(choice, lesson.requires))
    for sentence in library.damaged:
        st.warning(f"This lesson cannot be shown. {literal(sentence)}", icon=":material/menu_book:")


def _card(lesson: Lesson, done: Progress, lacking: str) -> None:
    steps, total = _done(lesson, done), len(lesson.steps)
    with st.container(border=True, gap="small"):
        st.markdown(f"**{lesson.number}. {literal(lesson.title)}**")
        st.caption(f"{literal(lesson.summary)}")
        st.progress(steps / total, text=f"{lesson.minutes} minutes · {steps} of {total} steps")
        if lacking:
            st.caption(f":material/dataset: {literal(lacking)}")
        word = "Start" if not steps else "Read again" if steps == total else "Go on"
        following = next((step for step in range(total) if step not in done.steps(lesson.number)), 0)
        st.button(
            f"{word}: lesson {lesson.number}",
            key=f"learn_open_{lesson.name}",
            type="primary" if 0 < steps < total else "secondary",
            on_click=lesson_files.open_lesson,
            args=(lesson.name, following + 1),
        )


def _done(lesson: Lesson, done: Progress) -> int:
    return lesson_files.done_of(done, lesson.number, len(lesson.steps))
