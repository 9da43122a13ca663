"""The end of the log of a run, searched for words or for warnings and errors."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core.runs.log_lines import FoundLines, find_lines
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.store import Run

LINES = 200
TALL = 10
"""From so many lines on the box scrolls."""


def log_view(runs: Sequence[Run], word: str, *, expanded: bool = False) -> None:
    """Show the end of a log in an expander.

    Args:
        runs: Whose log can be looked at; the first one's is shown at first.
        word: The page's word, with which the widgets' keys begin.
        expanded: Whether it is open at first.
    """
    with st.expander("Log", expanded=expanded, icon=":material/article:"):
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            run = runs[0]
            if len(runs) > 1:
                named = {each.id: each for each in runs}
                run = named[st.selectbox("of the run", list(named), key=f"{word}_log_of", width=420)]
            if _is_empty(run):
                st.caption("The log is empty.")
                return
            words = st.text_input(
                "Lines with",
                key=f"{word}_log_find",
                placeholder="any words",
                icon=":material/search:",
                width=260,
                live="300ms",
            )
            troubles = st.toggle("Warnings and errors only", key=f"{word}_log_troubles")
        _lines(run, words or "", troubles=troubles)


def _is_empty(run: Run) -> bool:
    try:
        return RunPaths(run.folder).log.stat().st_size == 0
    except OSError:  # there is none
        return True


def _lines(run: Run, words: str, *, troubles: bool) -> None:
    found = find_lines(run.folder, words=words, troubles=troubles, n_lines=LINES)
    if not found.lines:
        st.caption(f"None of the last {found.n_read:,} lines fits.")
        return
    st.code("\n".join(found.lines), language=None, height=240 if len(found.lines) > TALL else "content")
    st.caption(_counted(found, sought=bool(words.split()) or troubles))


def _counted(found: FoundLines, *, sought: bool) -> str:
    """How many lines are shown, of how many."""
    shown, part = len(found.lines), "" if found.whole else " The beginning of the log is too far back to be searched."
    last = f"The last {shown:,} of " if shown < found.n_fitting else ""
    if not sought:
        return f"{last}{found.n_read:,} lines.{part}"
    fitting = f"the {found.n_fitting:,} that fit, " if last else f"{shown:,} "
    return f"{last}{fitting}of {found.n_read:,} lines.{part}"
