"""The recorded runs that come with the lab: shown when asked for, in a public lab from the first visit on."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core import hosting
from dbl_core.errors import RunError
from dbl_core.runs import examples, paths
from dbl_core.runs.paths import examples_mark, shared_examples_dir
from dbl_core.runs.record import writing
from dbl_core.runs.store import Run
from pages.ui import launch, page, run_list, state
from pages.ui.text import literal


def at_first_visit() -> None:
    """In a public lab: bring the examples once, so that nobody begins with an empty list."""
    if hosting.is_public() and not examples_mark(launch.runs_dir()).exists():
        with page.guard():
            _brought()
            with writing(launch.runs_dir()):
                examples_mark(launch.runs_dir()).touch()


def offer(*, alone: bool = False) -> None:
    """Offer the examples that are not in the list: all of them, or those that were deleted.

    Args:
        alone: whether there is no run to look at, so that this is what to do next.
    """
    absent = examples.missing(launch.runs_dir())
    if not absent:
        return
    n = len(examples.example_files())
    some = len(absent) < n
    label = (
        f"Bring back {len(absent)} example{'' if len(absent) == 1 else 's'}" if some else "Show the recorded examples"
    )
    look = {"type": "primary" if alone else "secondary", "icon": ":material/inventory_2:"}
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(label, on_click=_bring, key="examples_show", **look)
        if not some:
            st.caption(f"{n} recorded runs of plain BCE and DB-Focal: look, compare, replay, delete.", width="content")


def _brought() -> tuple[str, ...]:
    shared = shared_examples_dir(paths.DEFAULT_RUNS_DIR) if hosting.is_public() else None
    return examples.bring(launch.runs_dir(), shared=shared)


def _bring() -> None:
    """Bring the examples, and choose two to compare where no run is chosen."""
    try:
        ids = _brought()
    except RunError as error:
        st.toast(literal(error), icon=":material/error:")
        return
    wanted = [f"{examples.PREFIX}{name}" for name in examples.COMPARED]
    if not state.address_value(run_list.CHOSEN):
        run_list.choose([run_id for run_id in wanted if run_id in ids])


def captions(chosen: Sequence[Run]) -> None:
    """Say of the chosen examples that they were recorded, when and where."""
    for run in chosen:
        if examples.is_example(run):
            st.caption(
                f":material/inventory_2: {literal(run.id)}: a recorded example {literal(examples.recorded(run))}."
            )
