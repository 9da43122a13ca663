"""The recorded runs that come with the lab: shown when asked for, in a public lab from the first visit on."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core import hosting
from dbl_core.errors import RunError
from dbl_core.runs import examples
from dbl_core.runs.paths import examples_mark
from dbl_core.runs.record import writing
from dbl_core.runs.store import Run
from pages.ui import launch, page, run_list
from pages.ui.text import literal


def at_first_visit() -> None:
    """In a public lab: bring the examples once, so that nobody begins with an empty list."""
    if hosting.is_public() and not examples_mark(launch.runs_dir()).exists():
        with page.guard():
            examples.bring(launch.runs_dir())
            with writing(launch.runs_dir()):
                examples_mark(launch.runs_dir()).touch()


def offer() -> None:
    """Offer the examples where there is no run."""
    n = len(examples.example_files())
    if n:
        st.button("Show the example runs", icon=":material/inventory_2:", on_click=_bring, key="examples_show")
        st.caption(
            f"{n} recorded runs come with the lab, of plain BCE and DB-Focal: look, compare, replay, delete them."
        )


def _bring() -> None:
    """Bring the examples and choose the first two to compare."""
    try:
        ids = examples.bring(launch.runs_dir())
    except RunError as error:
        st.toast(literal(error), icon=":material/error:")
        return
    wanted = [f"{examples.PREFIX}{name}" for name in examples.COMPARED]
    run_list.choose([run_id for run_id in wanted if run_id in ids])


def captions(chosen: Sequence[Run]) -> None:
    """Say of the chosen examples that they were recorded, when and where."""
    for run in chosen:
        if examples.is_example(run):
            st.caption(f":material/inventory_2: {literal(run.id)}: an example, {literal(examples.recorded(run))}.")
