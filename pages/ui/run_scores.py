"""Inside the scores of finished runs: calibration, thresholds, best and worst images, confusions; one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core.runs.store import Run
from pages.ui import glossary, page
from pages.ui.run_calibration import calibration_view
from pages.ui.run_mistakes import confusions_view, images_view
from pages.ui.run_thresholds import thresholds_view
from pages.ui.text import literal

VIEWS = {
    "calibration": "Calibration",
    "thresholds": "Thresholds",
    "images": "Best and worst images",
    "confusions": "Confusions",
}


def score_views(runs: Sequence[Run]) -> None:
    """Offer what the test scores of the finished runs among the chosen ones tell; compute only what is opened."""
    finished = [run for run in runs if run.state == "finished" and run.config is not None]
    if not finished:
        return
    st.header("Inside the scores", anchor=False)
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        view = st.segmented_control(
            "Look at",
            list(VIEWS),
            format_func=VIEWS.get,
            key="runs_scores",
            bind="query-params",
            wrap=True,
            help=glossary.tip("score"),
        )
        run = finished[0]
        if len(finished) > 1:
            named = {run.id: run for run in finished}
            run = named[st.selectbox("of the run", list(named), key="runs_scores_of", bind="query-params", width=420)]
    if view is None:
        st.caption("Choose one: each is computed from the scores that the run kept of its test images.")
        return
    _opened(view, run, finished)


@st.fragment
def _opened(view: str, run: Run, finished: list[Run]) -> None:
    """Draw a view; what is moved in it draws it alone anew, since nothing else on the page depends on it."""
    with page.guard():
        st.caption(f"Test split of {literal(run.id)}.")
        if view == "calibration":
            calibration_view(run, finished)
        elif view == "thresholds":
            thresholds_view(run)
        elif view == "images":
            images_view(run)
        else:
            confusions_view(run)
    page.remember("Runs")
