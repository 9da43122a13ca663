"""Runs side by side: what differs, what of it is more than noise, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dbl_core.runs.comparison import SeedGroup, differing_settings, seed_groups, shown
from dbl_core.runs.store import Run
from pages.ui import page, run_data
from pages.ui.run_epochs import over_epochs
from pages.ui.run_marks import places
from pages.ui.run_results import comparison_controls, results
from pages.ui.run_table import setting_title
from pages.ui.text import literal


def compare(runs: Sequence[Run]) -> None:
    """Compare runs; those whose settings cannot be read are named and left out."""
    usable = [run for run in runs if run.config is not None]
    for run in runs:
        if run.config is None:
            st.warning(f"{literal(run.id)} is left out: {literal(run.message)}", icon=":material/warning:")
    found = {run.id: run_data.result_of(run) for run in usable}
    for run in usable:
        if run.state == "finished" and found[run.id] is None:
            st.warning(f"The result of {literal(run.id)} is damaged; only its curves are shown.")
    if len(usable) < 2:
        st.info("Choose a second run in the list to compare.", icon=":material/compare_arrows:")
        return
    groups = seed_groups({run.id: run.config for run in usable}, found)
    styles = places()
    _settings(groups)
    finished = [group for group in groups if group.results]
    st.header("What came out", anchor=False)
    controls = comparison_controls(finished)
    with page.guard():
        results(finished, styles, controls)
    with page.guard():
        over_epochs(usable, groups, styles, baseline=finished[0] if controls.as_gains else None)


def _settings(groups: Sequence[SeedGroup]) -> None:
    """Show the settings that differ, one column a group of runs."""
    st.header("What differs", anchor=False)
    rows = differing_settings({group.key: group.config for group in groups})
    table = [
        *((setting_title(row.setting), *map(shown, row.values)) for row in rows if row.setting != "train.seed"),
        ("Seeds", *(", ".join(map(str, dict.fromkeys(group.seeds.values()))) for group in groups)),
    ]
    frame = pd.DataFrame(table, columns=["Setting", *(group.name for group in groups)]).set_index("Setting")
    st.table(frame.map(literal).rename(index=literal, columns=literal))
    st.caption(
        "Only settings that differ are listed; options that belong to one loss alone appear where they depart from "
        "their default. Runs that differ in nothing but the seed count as one method."
    )
