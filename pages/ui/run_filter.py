"""Which runs the list shows: by state and by words (address: ``runs_states`` and ``runs_find``)."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core.losses import LOSSES
from dbl_core.runs.comparison import settings_of, shown
from dbl_core.runs.state import STATES
from dbl_core.runs.store import Run
from pages.ui.run_table import setting_title

LEAST_RUNS = 4
"""Fewer runs are seen at a glance."""
FIND, STATE = "runs_find", "runs_states"


def matching(runs: Sequence[Run], chosen: Sequence[str]) -> list[Run]:
    """Draw the filter, where there are enough runs for one, and return the runs that it leaves.

    Args:
        runs: The runs.
        chosen: Ids of the chosen ones: they stay in the list whatever the filter says.
    """
    if len(runs) < LEAST_RUNS:
        return list(runs)
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        words = st.text_input(
            "Find",
            key=FIND,
            bind="query-params",
            placeholder="loss, sampler, setting, name",
            icon=":material/search:",
            width=280,
            help="Runs that hold every word; a setting is written as in the table, for example seed=1.",
        )
        states = st.pills(
            "States",
            STATES,
            selection_mode="multi",
            key=STATE,
            bind="query-params",
            wrap=True,
        )
    found = {run.id for run in runs if fits(run, words or "", states or ())}
    kept = [run for run in runs if run.id in found or run.id in chosen]
    if len(kept) < len(runs):
        stay = " The chosen ones stay in the list." if len(kept) > len(found) else ""
        st.caption(f"{len(found):,} of {len(runs):,} runs fit.{stay}")
    return kept


def fits(run: Run, words: str, states: Sequence[str] = ()) -> bool:
    """Whether a run has one of some states (none given: any) and holds every one of some words."""
    if states and run.state not in states:
        return False
    wanted = words.casefold().split()
    text = _text(run) if wanted else ""
    return all(word in text for word in wanted)


def _text(run: Run) -> str:
    parts = [run.id, run.origin, run.state, run.message, run.resources.device, "pinned" if run.pinned else ""]
    if run.config is not None:
        parts.append(LOSSES[run.config.loss.name].title)
        for name, value in settings_of(run.config).items():
            if value is not None:
                parts.append(f"{setting_title(name).replace(' ', '_')}={shown(value)}")
    return " ".join(parts).casefold()
