"""One search on the page: followed while it works, judged when it has something to show, stopped and continued."""

from __future__ import annotations

import math
import time

import streamlit as st

from dbl_core.runs import process, store, trash
from dbl_core.runs.progress import duration, progress_of
from dbl_core.search import start
from dbl_core.search.config import SearchConfig
from dbl_core.search.store import Search, delete_search
from dbl_core.search.trials import Trial, budget_of
from pages.ui import launch, page, run_data, search_data, search_form, state
from pages.ui.search_trials import show_trials
from pages.ui.text import literal

ADDRESS = "search"
DELETED = "search_deleted"
POLL = "2s"
SHOWN = 5


def search_list() -> None:
    """Offer the searches at work and the latest others as links that open them on this page."""
    searches = search_data.all_searches()
    if searches:
        st.header("Searches", anchor=False)
    for search in searches[:SHOWN]:
        color, icon = run_data.STATE_LOOK[search.state]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(search.state, color=color, icon=icon)
            page.link("Train", literal(search.id), search=search.id, run="")
    deleted = state.value_of(DELETED)
    if deleted:
        st.button("Undo deleting the search", on_click=_undo, args=(deleted,), icon=":material/undo:")


def search_view(search_id: str) -> None:
    """Show a search, following it while it works.

    Raises:
        ValueError: If there is no search of that id.
    """
    search = search_data.find_search(search_id)
    if search.active:
        st.fragment(_watch, run_every=POLL)(search_id)
    else:
        _heading(search)
        _last_words(search)
        if search.config is not None:
            with page.guard():
                trials = search_data.trials_of(search)
                _go_on(search, trials)
                show_trials(search, trials)
        _log(search, expanded=search.state in ("failed", "lost"))


def _watch(search_id: str) -> None:
    """The part of the page that is drawn again every two seconds, until the search has ended."""
    with page.guard():
        search = search_data.find_search(search_id)
        if not search.active:
            st.rerun()
        _heading(search)
        progress = progress_of(search.status, ())
        bar, button = st.columns([5, 1], vertical_alignment="center")
        words = str(search.status.get("message") or progress.phase)
        bar.progress(
            progress.share or 0.0, text=literal(f"{100 * (progress.share or 0):.0f} % of the budget · {words}")
        )
        with button:
            _stop_button(search)
        if search.config is not None:
            show_trials(search, search_data.trials_of(search))
        _log(search, expanded=False)


def _heading(search: Search) -> None:
    color, icon = run_data.STATE_LOOK[search.state]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(literal(search.id), anchor=False, width="content")
        st.badge(search.state, color=color, icon=icon)
    config = search.config
    if config is not None:
        varied = ", ".join(search_form.title(each.setting, config.base.loss.name) for each in config.ordered_space)
        seeds = "one seed a trial" if config.seeds == 1 else f"{config.seeds} seeds a trial"
        created = time.strftime("%Y-%m-%d %H:%M", time.localtime(search.created_at))
        aim = search_form.AIMS[config.objective]
        st.caption(
            f"Varies {literal(varied)} of {config.base.loss.title} · for {aim[:1].lower()}{aim[1:]} · "
            f"{_budget_words(config)}, {seeds} · {literal(page.describe(config.base.dataset))} · "
            f"created {literal(created)}"
        )


def _budget_words(config: SearchConfig) -> str:
    parts = [] if config.runs is None else [f"{config.runs:,} runs"]
    parts += [] if config.minutes is None else [f"{config.minutes:g} minutes"]
    return f"at most {' or '.join(parts)}"


def _last_words(search: Search) -> None:
    message = literal(search.message)
    if search.config is None:
        st.warning(f"The search is damaged, its runs are kept: {message}", icon=":material/warning:")
    elif search.state == "failed":
        st.error(f"The search failed: {message}", icon=":material/error:")
    elif search.state == "lost":
        st.warning(f"The search is lost: {message}", icon=":material/help:")
    elif message:
        st.caption(message[:1].upper() + message[1:])


def _stop_button(search: Search) -> None:
    asked = f"search_stopping_{search.id}"
    if st.button(
        "Stop",
        key=f"search_stop_{search.id}",
        icon=":material/stop:",
        disabled=bool(state.value_of(asked)),
        help="Ends the search and its run within seconds; it can be continued, the trial at work begins anew.",
        width="stretch",
    ):
        state.keep(asked, True)
        process.request_stop(search.paths)
        st.toast("The search has been asked to stop.", icon=":material/stop:")


def _go_on(search: Search, trials: list[Trial]) -> None:
    """Offer to continue a search that has ended, with a larger budget where its own is used up, and to delete it."""
    config, budget = search.config, budget_of(trials, search.config)
    used = f"{budget.runs:,} runs and {duration(60 * budget.minutes)} used"
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        runs = None
        if config.runs is not None:
            least = budget.runs + config.seeds
            usual = config.runs if budget.left else max(2 * budget.runs, least)
            runs = st.number_input(
                "Runs in all", least, 10_000, max(usual, least), key=f"search_more_{search.id}", width=130, help=used
            )
        minutes = config.minutes
        if minutes is not None:
            least_minutes = max(minutes, math.ceil(budget.minutes + 1)) if not budget.left else minutes
            minutes = st.number_input(
                "Minutes in all", 0.1, 100_000.0, float(least_minutes), key=f"search_longer_{search.id}", width=130
            )
        look = {"icon": ":material/play_arrow:", "key": f"search_continue_{search.id}", "help": used}
        if page.launch_button("Continue", **look):
            start.continue_search(search.paths, runs=runs, minutes=minutes)
            state.keep(f"search_stopping_{search.id}", False)
            st.rerun()
        st.button("Delete", on_click=_delete, args=(search.id,), icon=":material/delete:", key="search_delete")


def _delete(search_id: str) -> None:
    """Move the search to the trash; its runs stay among the runs."""
    state.keep(DELETED, delete_search(launch.runs_dir(), search_id))
    state.write_address(ADDRESS, None)
    st.toast("The search is in the trash; its runs stay.", icon=":material/delete:")


def _undo(deletion: str) -> None:
    state.keep(DELETED, None)
    state.write_address(ADDRESS, trash.restore_run(launch.runs_dir(), deletion).name)


def _log(search: Search, *, expanded: bool) -> None:
    text = store.read_log_tail(search.paths.folder)
    if text:
        with st.expander("Log", expanded=expanded, icon=":material/article:"):
            st.code(text, language=None, height=240 if text.count("\n") > 10 else "content")
