"""Offer runs to look at: those at work first, then the latest."""

from __future__ import annotations

import streamlit as st

from dbl_core.runs.store import Run
from pages.ui import page, run_data
from pages.ui.search_data import owners_of
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
    at_work = [run for run in runs if run.active]
    if at_work:
        st.markdown("**At work now**")
        _links(at_work)
    owners = owners_of(runs)  # the trials of a search are found with it
    others = [run for run in runs if not run.active and owners[run.id] is None][:MOST]
    if others:
        st.markdown("**Latest runs**")
        _links(others)


def _links(runs: list[Run]) -> None:
    for run in runs:
        color, icon = run_data.STATE_LOOK[run.state]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(run.state, color=color, icon=icon)
            page.link("Train", literal(run.id), run=run.id)
            if run.map:
                st.caption(f"tail mAP {run_data.percent(run.map.get('tail'))} %", width="content")
