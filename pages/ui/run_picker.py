"""Offer runs to look at: those at work first, then the latest."""

from __future__ import annotations

import streamlit as st

from dbl_core.errors import RunError
from dbl_core.runs import examples
from dbl_core.runs.progress import progress_of
from dbl_core.runs.requeue import launch_again, lost_while_waiting
from dbl_core.runs.store import Run
from dbl_core.search.store import is_trial
from pages.ui import launch, page, run_data, state
from pages.ui.run_marks import mark
from pages.ui.search_data import all_searches, owners_of
from pages.ui.text import literal

MOST = 5


def run_picker() -> None:
    """Offer the runs at work and the latest others as links that open them on this page."""
    runs = run_data.all_runs()
    if not runs:
        st.info(
            "No run yet. The first one appears here as soon as it is launched; the default trains in seconds.",
            icon=":material/rocket_launch:",
        )
        return
    _offer_to_queue_again(runs)
    at_work = sorted((run for run in runs if run.active), key=lambda run: (run.state == "queued", run.created_at))
    if at_work:
        st.header("At work now", anchor=False)
        _links(at_work)
    owners = owners_of(runs)  # the trials of a search are found with it
    others = [run for run in runs if not run.active and owners[run.id] is None][:MOST]
    if others:
        st.header("Latest runs", anchor=False)
        _links(others)


def _offer_to_queue_again(runs: list[Run]) -> None:
    """After a reboot the runs that waited are lost; offer to launch them again."""
    searches = [search.id for search in all_searches()]
    lost = [run for run in lost_while_waiting(launch.runs_dir(), runs) if not is_trial(run.id, searches)]
    if not lost:
        return
    amount = "1 run was" if len(lost) == 1 else f"{len(lost)} runs were"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(f"{amount} lost while waiting for a turn.", width="content")
        st.button("Queue again", on_click=_queue_again, args=(lost,), icon=":material/playlist_add:", key="requeue")


def _queue_again(runs: list[Run]) -> None:
    for run in runs:
        try:
            launch_again(run)
        except (RunError, ValueError) as error:
            st.toast(literal(error), icon=":material/error:")


def _links(runs: list[Run]) -> None:
    for run in runs:
        color, icon = run_data.STATE_LOOK[run.state]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            mark(run)
            st.badge(run.state, color=color, icon=icon)
            if run.map:
                st.caption(f"tail mAP {run_data.percent(run.map.get('tail'))} %", width="content")
            if state.hidden("navigation"):
                st.markdown(literal(run.id), width="content")
            else:
                page.link("Train", literal(run.id), run=run.id)
            if run.active:
                st.caption(literal(_standing(run)), width="content")
            if examples.is_example(run):
                st.caption(examples.origin_words(run), width="content")


def _standing(run: Run) -> str:
    """How far a run at work is, or its place in line."""
    return run.message if run.state == "queued" else str(progress_of(run.status, run_data.epochs_of(run))).lower()
