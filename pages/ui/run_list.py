"""The list of runs: choose by clicking rows, stop, delete with undo, open; the choice lives in the address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dbl_core.errors import RunError
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs import budget, process, trash
from dbl_core.runs.comparison import differing_settings, settings_key, settings_of, shown
from dbl_core.runs.progress import duration
from dbl_core.runs.store import Run
from dbl_core.viz import curves, theme
from pages.ui import launch, page, run_data, state
from pages.ui.text import literal

CHOSEN = "runs"
DELETED = "runs_deleted"
GENERATION = "runs_generation"
MOST_CHOSEN = 24
ALWAYS = ("loss.name", "train.sampler", "train.seed")
SETTING_TITLES = {
    "dataset.name": "Data set",
    "dataset.seed": "Subset seed",
    "loss.name": "Loss",
    "train.sampler": "Sampler",
    "train.seed": "Seed",
    "train.mode": "Mode",
}
# The marks of theme.RUN_SYMBOLS as letters, for the column that tells which line of a chart is which run.
MARKS = dict(zip(theme.RUN_SYMBOLS, "●■◆▲✚✖★⬢", strict=True))


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


def styles_of(runs: Sequence[Run]) -> dict[str, int]:
    """Key of the settings of every run -> index for ``theme.run_style``, the same in the list and in every chart."""
    return curves.run_styles(settings_key(run.config) for run in runs if run.config is not None)


def run_list(runs: Sequence[Run]) -> list[Run]:
    """Draw the list with its buttons and return the chosen runs, in the order of the address."""
    ids = chosen_ids(runs)
    by_id = {run.id: run for run in runs}
    chosen = [by_id[run_id] for run_id in ids]
    order = [run.id for run in runs]
    # The browser keeps selection and scrolling while the key stays: until rows come or go, or a button chooses.
    key = f"runs_table_{state.value_of(GENERATION, 0)}_{hashlib.sha256(repr(order).encode()).hexdigest()[:12]}"
    st.dataframe(
        _styled(run_table(runs), runs, chosen),
        key=key,
        hide_index=True,
        on_select=lambda: _rows_chosen(key, order, ids),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [order.index(run_id) for run_id in ids]}},
        column_config=COLUMNS,
        placeholder="–",
        alt="All runs, newest first: state, settings that differ, mAP in percent, time",
    )
    _buttons(runs, chosen)
    return chosen


def _rows_chosen(key: str, order: Sequence[str], before: Sequence[str]) -> None:
    """Keep the order in which runs were chosen: it decides which is the baseline."""
    rows = state.value_of(key, {}).get("selection", {}).get("rows", [])
    now = [order[row] for row in rows if row < len(order)]
    kept = [run_id for run_id in before if run_id in now]
    _write([*kept, *(run_id for run_id in now if run_id not in kept)])


def run_table(runs: Sequence[Run]) -> pd.DataFrame:
    """One row a run: state, the settings in which any two differ, mAP in percent, time."""
    configs = {run.id: run.config for run in runs if run.config is not None}
    differing = [row.setting for row in differing_settings(configs)]
    settings = [*ALWAYS, *(name for name in differing if name not in ALWAYS)]
    rows = []
    for run in runs:
        values = settings_of(run.config) if run.config is not None else {}
        row: dict[str, Any] = {"mark": "", "state": run.state}
        row |= {setting_title(name): shown(values.get(name)) for name in settings}
        row |= {key: run_data.points((run.map or {}).get(key)) for key in REPORT_KEYS}
        row |= {"took": duration(run.seconds), "run": run.id, "note": _note(run)}
        row |= {"size": budget.folder_bytes(run.folder)}
        rows.append(row)
    return pd.DataFrame(rows)


def _note(run: Run) -> str:
    """What else there is to say about a run: where it comes from, whether it is kept, what went wrong."""
    origin = f"imported, was {run.origin}" if run.origin else ""
    parts = ["pinned" if run.pinned else "", origin, "" if run.state == "stopped" else run.message]
    return "; ".join(filter(None, parts))


def setting_title(setting: str) -> str:
    """A setting as the pages call it: ``train.learning_rate`` is the learning rate."""
    return SETTING_TITLES.get(setting, setting.partition(".")[2].replace("_", " "))


def _styled(table: pd.DataFrame, runs: Sequence[Run], chosen: Sequence[Run]) -> Any:
    """Give the chosen runs the colour and the mark that they have in the charts."""
    styles = styles_of(chosen)
    looks = [
        theme.run_style(styles[settings_key(run.config)]) if run in chosen and run.config is not None else None
        for run in runs
    ]
    table["mark"] = [MARKS[look["symbol"]] if look else "" for look in looks]
    colors = [f"color: {look['color']}" if look else "" for look in looks]
    return table.style.apply(lambda _: colors, subset=["mark"], axis=0)


COLUMNS: Mapping[str, Any] = {
    "mark": st.column_config.TextColumn("", width=40, help="Colour and mark in the charts below"),
    "run": st.column_config.TextColumn("Run", width="medium", help="Its folder: created, loss, sampler"),
    "state": "State",
    "took": "Time",
    "size": st.column_config.NumberColumn("Size", format="bytes", help="What its folder takes on the disk"),
    "note": "Note",
    **{
        key: st.column_config.NumberColumn(f"{key.capitalize()} mAP", format="%.1f", help="Percent, on the test split")
        for key in REPORT_KEYS
    },
}


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
        if len(chosen) == 1:
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
