"""A report of runs to download, made when the button is clicked: one HTML file that needs nothing else."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dbl_core.errors import DblError
from dbl_core.report import MOST_RUNS, compose, gather, refusal_html, report_html
from dbl_core.runs.store import Run
from pages.ui import cache
from pages.ui.labels_convention import convention

log = logging.getLogger("pages")
HOLDS = (
    "One file with results, data, settings, curves, calibration, commands and references. It opens without a network, "
    "so it can be sent to anybody."
)


def report_button(runs: Sequence[Run], word: str) -> None:
    """Offer a report of the finished ones of some runs, the first of them the baseline; nothing where none has.

    Args:
        runs: The runs.
        word: The page's word, with which the key of the button begins.
    """
    every = [run for run in runs if run.state == "finished" and run.config is not None]
    finished = every[:MOST_RUNS]
    if not finished:
        return
    # Each epoch of a chosen run draws the page anew; a file that is made meanwhile may be gone before it is fetched.
    at_work = any(run.active for run in runs)
    limit = f" It holds the first {MOST_RUNS} of the {len(every)} runs." if len(every) > MOST_RUNS else ""
    name = finished[0].id if len(finished) == 1 else f"{len(finished)}-runs"
    st.download_button(
        "Report (HTML)",
        partial(made, tuple(run.folder for run in finished), convention().name),
        f"report-{name}.html",
        "text/html",
        icon=":material/description:",
        key=f"{word}_report",
        on_click="ignore",
        disabled=at_work,
        help="When the chosen runs have ended." if at_work else f"{HOLDS}{limit}",
    )


def made(folders: tuple[Path, ...], groups: str) -> str:
    """Make the report; a page that says what is wrong where there is nothing to report by now."""
    try:
        return report_html(compose(gather(folders, groups=groups, loader=cache.dataset)))
    except (ValueError, DblError) as error:
        log.warning("shown to the user: %s", error, exc_info=True)
        return refusal_html(str(error))
