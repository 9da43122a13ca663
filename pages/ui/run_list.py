"""The list of runs: choose by clicking rows, stop, delete with undo, open; the choice lives in the address."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dbl_core.errors import RunError
from dbl_core.runs import budget, process, trash
from dbl_core.runs.comparison import settings_key
from dbl_core.runs.store import Run
from pages.ui import launch, page, run_data, state
from pages.ui.run_filter import matching
from pages.ui.run_report import report_button
from pages.ui.run_table import COLUMNS, run_table, styled
from pages.ui.run_view import result_buttons
from pages.ui.text import literal

CHOSEN = "runs"
DELETED = "runs_deleted"
GENERATION = "runs_generation"
MOST_CHOSEN = 24


def chosen_ids(runs: Sequence[Run]) -> list[str]:
    """The runs that the address names, in its order; unknown ones are left out."""
    known = {run.id for run in runs}
    named = dict.fromkeys(run_data.ids_in(state.address_value(CHOSEN)))
    return [run_id for run_id in named if run_id in known][:MOST_CHOSEN]


def choose(ids: Sequence[str]) -> None:
    """Write the chosen runs into the address and let the list show them."""
    _write(ids)
    state.keep(GENERATION, state.value_of(GENERATION, 0) + 1)


def _write(ids: Sequence[str]) -> None:
    state.write_address(CHOSEN, run_data.ids_text(ids) or None)


def put_first(ids: Sequence[str]) -> None:
    """Move some of the chosen runs to the front: the first is the baseline of the comparison."""
    named = run_data.ids_in(state.address_value(CHOSEN))
    _write([*ids, *(run_id for run_id in named if run_id not in ids)])


def choose_too(run_id: str) -> None:
    """Choose one more run, the last of those that are chosen."""
    named = run_data.ids_in(state.address_value(CHOSEN))
    choose([*(other for other in named if other != run_id), run_id][-MOST_CHOSEN:])


def run_list(runs: Sequence[Run]) -> list[Run]:
    """Draw the list with its filter and its buttons; return the chosen runs, in the order of the address."""
    ids = chosen_ids(runs)
    runs = matching(runs, ids)
    if not runs:
        undo_button()
        return []
    by_id = {run.id: run for run in runs}
    chosen = [by_id[run_id] for run_id in ids]
    order = [run.id for run in runs]
    # The browser keeps selection and scrolling while the key stays: until rows come or go, or a button chooses.
    key = f"runs_table_{state.value_of(GENERATION, 0)}_{hashlib.sha256(repr(order).encode()).hexdigest()[:12]}"
    st.dataframe(
        styled(run_table(runs, baseline_of(chosen)), runs),
        key=key,
        hide_index=True,
        on_select=lambda: _rows_chosen(key, order, ids),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [order.index(run_id) for run_id in ids]}},
        column_config=COLUMNS,
        placeholder="–",
        alt="Runs, newest first: state, settings that differ, mAP in percent, time",
    )
    _buttons(runs, chosen)
    return chosen


def baseline_of(chosen: Sequence[Run]) -> list[str]:
    """Ids of the chosen runs that the others are compared with: the seeds of the first that has a result.

    Empty where there is nothing to compare.
    """
    keys = {run.id: settings_key(run.config) for run in chosen if run.config is not None}
    finished = [keys[run.id] for run in chosen if run.id in keys and run.state == "finished"]
    if len(set(finished)) < 2:
        return []
    return [run_id for run_id, key in keys.items() if key == finished[0]]


def _rows_chosen(key: str, order: Sequence[str], before: Sequence[str]) -> None:
    """Keep the order in which runs were chosen: it decides which is the baseline."""
    rows = state.value_of(key, {}).get("selection", {}).get("rows", [])
    now = [order[row] for row in rows if row < len(order)]
    kept = [run_id for run_id in before if run_id in now]
    _write([*kept, *(run_id for run_id in now if run_id not in kept)])


def _buttons(runs: Sequence[Run], chosen: Sequence[Run]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        finished = [run.id for run in runs if run.state == "finished"][:2]
        if not chosen and len(finished) > 1:
            st.button("Compare the last two", on_click=choose, args=(finished[::-1],), icon=":material/compare_arrows:")
        if chosen:
            st.button("Choose none", on_click=choose, args=([],), icon=":material/deselect:")
        at_work = [run for run in chosen if run.active]
        if at_work:
            st.button(f"Stop {amount(at_work)}", on_click=_stop, args=(at_work,), icon=":material/stop:")
        done = [run for run in chosen if not run.active]
        if done:
            st.button(f"Delete {amount(done)}", on_click=delete, args=(done,), icon=":material/delete:")
            _pin_button(done)
        report_button(chosen, "runs")
        if len(chosen) == 1:
            result_buttons(chosen[0])
            page.link("Train", "Open on Train", run=chosen[0].id)
        undo_button()


def undo_button() -> None:
    """Offer to bring back what was deleted last, if anything was."""
    deleted = state.value_of(DELETED, [])
    if deleted:
        st.button(
            f"Undo deleting {amount(deleted)}",
            on_click=restore,
            args=(deleted,),
            icon=":material/undo:",
            key="runs_undo",
        )


def _pin_button(runs: Sequence[Run]) -> None:
    """Offer to keep runs when others are pruned; when all of them are kept, to let them go."""
    let_go = all(run.pinned for run in runs)
    label, icon = ("Unpin", ":material/keep_off:") if let_go else ("Pin", ":material/keep:")
    st.button(
        f"{label} {amount(runs)}",
        on_click=_pin,
        args=(runs, not let_go),
        icon=icon,
        help="Pinned runs stay when the oldest are pruned to make room.",
    )


def _pin(runs: Sequence[Run], pinned: bool) -> None:
    for run in runs:
        try:
            budget.pin(run.folder, pinned=pinned)
        except RunError as error:
            st.toast(literal(error), icon=":material/error:")


def amount(items: Sequence[Any]) -> str:
    """How many runs, in words."""
    return "1 run" if len(items) == 1 else f"{len(items)} runs"


def _stop(runs: Sequence[Run]) -> None:
    for run in runs:
        process.request_stop(run.folder)
    st.toast(f"{amount(runs)} asked to stop.", icon=":material/stop:")


def delete(runs: Sequence[Run]) -> None:
    """Move runs to the trash; the last deletion can be undone."""
    deleted = []
    for run in runs:
        try:
            deleted.append(trash.delete_run(launch.runs_dir(), run.id))
        except (RunError, ValueError) as error:
            st.toast(literal(error), icon=":material/error:")
    state.keep(DELETED, deleted)
    gone = {run.id for run in runs}
    choose([run_id for run_id in run_data.ids_in(state.address_value(CHOSEN)) if run_id not in gone])
    if deleted:
        st.toast(f"{amount(deleted)} moved to the trash; undo it below the list.", icon=":material/delete:")


def forget_deleted() -> None:
    """Offer no undo any longer."""
    state.keep(DELETED, [])


def restore(deletions: Sequence[str]) -> None:
    """Bring deleted runs back."""
    for deletion in deletions:
        try:
            trash.restore_run(launch.runs_dir(), deletion)
        except (RunError, ValueError) as error:
            st.toast(literal(error), icon=":material/error:")
    state.keep(DELETED, [deletion for deletion in state.value_of(DELETED, []) if deletion not in deletions])
