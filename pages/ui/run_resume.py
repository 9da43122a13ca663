"""Go on with a run that ended before it was finished: from its last whole epoch, or from the first one."""

from __future__ import annotations

import streamlit as st

from dbl_core import hosting
from dbl_core.errors import RunError
from dbl_core.runs import process
from dbl_core.runs.resume import RESUMABLE, Reopen, checkpoint_epoch
from dbl_core.runs.store import Run
from pages.ui import page
from pages.ui.text import literal


def resume_buttons(run: Run) -> None:
    """Offer to resume a run that was stopped, failed or lost; nothing for others, and nothing in a public lab."""
    if run.state not in RESUMABLE or run.config is None or hosting.is_public():
        return
    try:
        epoch, complaint = checkpoint_epoch(run.folder), ""
    except RunError as error:
        epoch, complaint = 0, str(error)
    if complaint:
        st.warning(literal(complaint), icon=":material/warning:")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if not complaint:
            _button(
                run,
                "Resume",
                Reopen(),
                icon=":material/play_arrow:",
                help=f"Goes on after epoch {epoch} of {run.config.train.all_epochs}, and ends as if nothing had"
                " happened."
                if epoch
                else "No epoch was finished, so training begins anew, with the same settings.",
            )
        if epoch or complaint:
            _button(
                run,
                "Start over",
                Reopen(start_over=True),
                icon=":material/restart_alt:",
                help="Trains from the first epoch, with the same settings; the epochs so far are dropped.",
            )


def _button(run: Run, label: str, reopen: Reopen, **look: str) -> None:
    key = f"run_{'start_over' if reopen.start_over else 'resume'}_{run.id}"
    if page.launch_button(label, key=key, **look):
        process.launch(run.folder, queue=True, reopen=reopen)
        st.rerun()
