"""Learn: eight lessons in which you predict before you see, and a glossary of every term."""

import streamlit as st

from dbl_core.config import DatasetConfig
from pages.ui import glossary, lesson_files, lesson_gallery, lesson_view, page, play_fields, state

PARTS = {"lessons": ":material/school: Lessons", "glossary": ":material/menu_book: Glossary"}


def overview(choice: DatasetConfig) -> None:
    """Show the list of lessons, or the glossary."""
    part = play_fields.word("learn_part", "What to see", PARTS, "lessons", label_visibility="collapsed")
    if part == "glossary":
        glossary.section()
    else:
        lesson_gallery.gallery(choice, lesson_files.library())


def learn(choice: DatasetConfig) -> None:
    """Show the lesson that the address names, or the overview where it names none that exists."""
    wanted = state.address_value(lesson_files.LESSON)
    lesson = lesson_files.library().named(wanted) if wanted else None
    if lesson is not None:
        lesson_view.view(choice, lesson_files.library(), lesson)
        return
    if wanted:
        st.info("The address names a lesson that is not here; these are.", icon=":material/school:")
    overview(choice)


with page.frame(
    "Learn", "Why rare labels fail and what each idea repairs: predict first, then see it computed on your data set."
) as chosen:
    learn(chosen)
