"""A trial of a search repeated with fresh seeds: what is left of its numbers when luck is asked again."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs import process
from dbl_core.runs.store import Run
from dbl_core.search import start
from dbl_core.search.store import Search
from dbl_core.search.trials import Trial
from pages.ui import page, run_data, search_data

POLL = "2s"


def confirmation(search: Search, chosen: Trial) -> None:
    """Repeat the chosen trial with seeds that the search has not seen, and show what is left of its numbers.

    While repetitions are queued or at work, their part of the page is drawn again every two seconds.
    """
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        n_seeds = st.number_input("Fresh seeds", 1, start.MOST_CONFIRMATIONS, 3, key="search_fresh", width=120)
        label = f"Repeat trial {chosen.number} with fresh seeds"
        if page.launch_button(label, icon=":material/replay:", key="search_confirm"):
            for run in start.confirm(search.paths, chosen, int(n_seeds)):
                process.launch(run, queue=True)
            st.rerun()
    if any(run.active for run in _repetitions(search, chosen)) and not search.active:  # else all is drawn again
        st.fragment(_watch, run_every=POLL)(search, chosen)
    else:
        _fresh_numbers(_repetitions(search, chosen), chosen)


def _repetitions(search: Search, chosen: Trial) -> list[Run]:
    return search_data.runs_of(list(start.confirming_runs(search.paths, chosen.number).values()))


def _watch(search: Search, chosen: Trial) -> None:
    """Show the repetitions as they come in; draw the page anew when the last has ended."""
    with page.guard():
        runs = _repetitions(search, chosen)
        if not any(run.active for run in runs):
            st.rerun()
        _fresh_numbers(runs, chosen)


def _fresh_numbers(runs: Sequence[Run], chosen: Trial) -> None:
    done = [run for run in runs if run.state == "finished" and run.map]
    at_work = sum(run.active for run in runs)
    if at_work:
        st.caption(f"{at_work} of {len(runs)} repetitions are queued or at work; their numbers appear as they end.")
    if not done:
        return
    maps = tuple({key: math.nan if run.map.get(key) is None else run.map[key] for key in REPORT_KEYS} for run in done)
    fresh = Trial(chosen.number, "complete", maps=maps)
    rows = [
        {
            "mAP": key,
            "in the search": run_data.points(chosen.mean(key)),
            "fresh seeds": run_data.points(fresh.mean(key)),
            "spread": run_data.points(fresh.spread(key)),
            "difference": run_data.points(fresh.mean(key) - chosen.mean(key)),
        }
        for key in REPORT_KEYS
    ]
    number = st.column_config.NumberColumn(format="%.1f")
    columns = dict.fromkeys(("in the search", "fresh seeds", "spread", "difference"), number)
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config=columns,
        placeholder="–",
        alt=f"mAP in percent of trial {chosen.number} in the search and over {len(done)} fresh seeds",
    )
    st.caption(
        f"Percent; {len(done)} fresh {'seed' if len(done) == 1 else 'seeds'}. The fresh mean is free of the luck of "
        "seeds that won the search, but not of having chosen on these test images."
    )
