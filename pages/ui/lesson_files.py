"""The lessons of this server, read anew when a file of theirs changes, and how far a student has come in them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dbl_core.lessons import Library, library_stamp, read_library
from dbl_core.lessons.progress import Progress, read_progress, write_progress
from dbl_core.packaged import DATA_DIR
from pages.ui import state

FOLDER = DATA_DIR / "lessons"
LESSON, STEP, DONE = "lesson", "lesson_step", "learned"
"""Address parameters: which lesson, which of its steps (from 1), and what is done."""


def library() -> Library:
    """Return the lessons.

    Raises:
        DataError: Their folder cannot be read.
    """
    return _read(str(FOLDER), library_stamp(FOLDER))


@st.cache_resource(max_entries=4, show_spinner=False)
def _read(folder: str, stamp: tuple) -> Library:
    return read_library(Path(folder))


def progress() -> Progress:
    """Return what the address says is done; nothing where it cannot be read."""
    return read_progress(state.address_value(DONE))


def write(done: Progress) -> None:
    """Put what is done into the address."""
    state.write_address(DONE, write_progress(done) or None)


def open_lesson(name: str | None, step: int = 1) -> None:
    """Show a step of a lesson, or the list of lessons for None; for callbacks."""
    state.write_address(LESSON, name)
    state.write_address(STEP, str(step) if name and step > 1 else None)


def step_number(n_steps: int) -> int:
    """Return the index of the step that the address names, moved into the lesson."""
    return round(state.address_number(STEP, 1, 1, n_steps)) - 1


def done_of(done: Progress, number: int, n_steps: int) -> int:
    """Return how many of the steps that a lesson has are done; an old address may name more."""
    return sum(step < n_steps for step in done.steps(number))
