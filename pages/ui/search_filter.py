"""The list of runs without the trials of searches, or with those of one search only (address: ``only``)."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core.runs.store import Run
from dbl_core.search.store import search_of
from pages.ui import page, search_data, state
from pages.ui.text import literal

ONLY = "only"
WIDGET = f"form_{ONLY}"
ALL, OWN = "all", "own"


def filtered(runs: Sequence[Run]) -> list[Run]:
    """Draw the choice where there are searches, and return the runs that it leaves."""
    searches = [search.id for search in search_data.all_searches()]
    if not searches:
        return list(runs)
    owners = search_data.owners_of(runs)
    if not any(owners.values()):
        return list(runs)
    titles = {ALL: "All runs", OWN: "Without those of searches", **{name: f"Search {name}" for name in searches}}
    only = state.address_value(ONLY, ALL)
    only = only if only in titles else ALL
    if state.value_of(WIDGET) != only:
        state.seed_widget(WIDGET, only)
    st.selectbox("Show", list(titles), format_func=titles.get, key=WIDGET, on_change=_changed, width=460)
    if only in searches:
        page.link("Train", f"Open {literal(only)}", search=only, run="")
    wanted = {ALL: set(owners.values()), OWN: {None}}.get(only, {only})
    return [run for run in runs if owners[run.id] in wanted]


def _changed() -> None:
    only = state.value_of(WIDGET)
    state.write_address(ONLY, None if only == ALL else only)


def owner_link(run_id: str) -> None:
    """Place a link to the search that a run is a trial of; nothing for a run of its own."""
    owner = search_of(run_id, [search.id for search in search_data.all_searches()])
    if owner is not None:
        page.link("Train", f"Its search {literal(owner)}", search=owner, run="")
