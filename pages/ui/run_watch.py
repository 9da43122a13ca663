"""While a run works, the page Runs looks at the runs again and again, and is drawn anew when something has changed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core.runs.store import Run
from pages.ui import page, run_data

POLL = "2s"


def watch(runs: Sequence[Run], compared: Sequence[str]) -> None:
    """Draw the page anew when something about its runs has changed; nothing where none is at work.

    Args:
        runs: The runs of the page.
        compared: Ids of those that are chosen.
    """
    if any(run.active for run in runs):
        st.fragment(_look, run_every=POLL)(signature(runs, compared), compared)


def signature(runs: Sequence[Run], compared: Sequence[str]) -> list[tuple[object, ...]]:
    """What must change before the page is drawn again; who compares some runs is not disturbed by epochs of others."""
    maps = {run.id: run.map for run in runs if not compared or run.id in compared}
    return [(run.id, run.state, maps.get(run.id), run.active and run.status.get("phase")) for run in runs]


def _look(before: list[tuple[object, ...]], compared: Sequence[str]) -> None:
    with page.guard():
        if signature(run_data.all_runs(), compared) != before:
            st.rerun()
