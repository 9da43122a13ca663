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
from pages.ui.run_watch import watch
from pages.ui.search_filter import filtered


def nothing_yet() -> None:
    """Say what to do when there is no run."""
    st.info(
        "No run yet. Look at runs that come with the lab, or train one with plain BCE and one with the "
        "Distribution-Balanced loss, and compare them here.",
        icon=":material/rocket_launch:",
    )
    run_examples.offer(alone=True)
    with st.container(horizontal=True, gap="small"):
        page.link("Train", "Train BCE, uniform sampling", train_loss="bce", train_sampler="uniform", run="")
        db_focal = {"train_loss": "db_focal", "train_sampler": "class_aware"}
        page.link("Train", "Train DB-Focal, class-aware sampling", run="", **db_focal)
    undo_button()


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
        run_examples.captions(chosen)
        watch(runs, [run.id for run in chosen])
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
