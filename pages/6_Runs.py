"""Runs: every run of the lab with its state and numbers; two or more side by side, and what of it is noise."""

import streamlit as st

from dbl_core.runs.store import Run
from pages.ui import page, run_data, run_examples
from pages.ui.run_archive import run_files
from pages.ui.run_compare import compare
from pages.ui.run_list import run_list, undo_button
from pages.ui.run_log import log_view
from pages.ui.run_replay import replay
from pages.ui.run_resume import resume_buttons
from pages.ui.run_scores import score_views
from pages.ui.search_filter import filtered

POLL = "2s"


def nothing_yet() -> None:
    """Say what to do when there is no run."""
    st.info(
        "No run yet. Train one with plain BCE and one with the Distribution-Balanced loss, then compare them here.",
        icon=":material/rocket_launch:",
    )
    with st.container(horizontal=True, gap="small"):
        page.link("Train", "BCE, uniform sampling", train_loss="bce", train_sampler="uniform", run="")
        page.link("Train", "DB-Focal, class-aware sampling", train_loss="db_focal", train_sampler="class_aware", run="")
    run_examples.offer()
    undo_button()


def signature(runs: list[Run]) -> list[tuple[object, ...]]:
    """What must change before the page is drawn again."""
    return [(run.id, run.state, run.map, run.active and run.status.get("phase")) for run in runs]


def watch(before: list[tuple[object, ...]]) -> None:
    """Look at the runs again; draw the page anew when something about them has changed."""
    with page.guard():
        if signature(run_data.all_runs()) != before:
            st.rerun()


def one_run(run: Run) -> None:
    """Show what a single chosen run offers."""
    st.caption("Choose a second run in the list to compare the two.")
    resume_buttons(run)
    replay(run)


with page.frame("Runs", "What has been trained, and which differences between runs are more than noise?"):
    run_examples.at_first_visit()
    runs = run_data.all_runs()
    if not runs:
        nothing_yet()
    else:
        chosen = run_list(filtered(runs))
        run_examples.offer()
        run_examples.captions(chosen)
        if any(run.active for run in runs):
            st.fragment(watch, run_every=POLL)(signature(runs))
        with page.guard():
            if len(chosen) > 1:
                compare(chosen)
            elif chosen:
                one_run(chosen[0])
            else:
                st.caption("Click the boxes left of the runs to choose them; two or more are compared below.")
        with page.guard():
            score_views(chosen)
        if chosen:
            log_view(chosen, "runs", expanded=len(chosen) == 1 and chosen[0].state in ("failed", "lost"))
    run_files(runs)
