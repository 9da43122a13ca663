"""Train: describe a run, start it in a process of its own, watch it, stop it, find it again."""

import time

import streamlit as st

from dbl_core import hosting
from dbl_core.config import DatasetConfig, RunConfig
from pages.ui import launch, page, play_fields, run_data, state, train_estimate, visitor
from pages.ui.run_picker import run_picker
from pages.ui.run_view import run_view
from pages.ui.search_filter import owner_link
from pages.ui.search_form import search_form
from pages.ui.search_view import search_list, search_view
from pages.ui.train_form import train_form

LAST_LAUNCH = "train_last_launch"
DOUBLE_CLICK_S = 3.0
STARTS = {"run": "These settings", "search": "A search for better ones"}
START = "train_start"


def launch_panel(choice: DatasetConfig) -> None:
    """Show the form, the command that does the same, and the button that starts it."""
    configs = train_form(choice)
    st.divider()
    searches = not hosting.is_public() or state.address_value(START) == "search"
    if searches and play_fields.word(START, "What to start", STARTS, "run") == "search":
        search_panel(configs)
        return
    train_estimate.estimate_line(configs[0], len(configs))
    label = "Launch" if len(configs) == 1 else f"Launch {len(configs)} runs"
    if page.launch_button(label, type="primary", icon=":material/rocket_launch:", key="train_launch"):
        open_run(launch_once(configs))
    commands = [launch.command_line(config, run_dir=f"runs/my-run-{n}") for n, config in enumerate(configs, start=1)]
    on_command_line(commands if len(configs) > 1 else [launch.command_line(configs[0])])


def on_command_line(commands: list[str]) -> None:
    """Show the commands that do the same as the button."""
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code("\n".join(commands), "bash", wrap_lines=True)


def search_panel(configs: list[RunConfig]) -> None:
    """Show the form of a search that starts from these settings, its command, and the button that starts it."""
    visitor.only_at_home("searches are")
    config = search_form(configs)
    if config.minutes is None:
        train_estimate.estimate_line(config.base, config.runs)
    if page.launch_button("Start the search", type="primary", icon=":material/travel_explore:", key="search_launch"):
        last = state.value_of(LAST_LAUNCH, {})
        if last.get("configs") != config or time.monotonic() >= last["until"]:
            found = launch.launch_search(config)
            last = {"configs": config, "until": time.monotonic() + DOUBLE_CLICK_S, "run": found}
            state.keep(LAST_LAUNCH, last)
        close_run()
        state.write_address("search", last["run"])
        st.rerun()
    on_command_line([launch.search_command_line(config)])


def launch_once(configs: list[RunConfig]) -> str:
    """Start the runs and return the id of the first; the second click of a double click finds it started."""
    last = state.value_of(LAST_LAUNCH, {})
    if last.get("configs") == configs and time.monotonic() < last["until"]:
        return last["run"]
    ids = [launch.launch_run(config) for config in configs]
    until = time.monotonic() + DOUBLE_CLICK_S
    state.keep(LAST_LAUNCH, {"configs": configs, "until": until, "run": ids[0]})
    return ids[0]


def open_run(run_id: str) -> None:
    """Put a run into the address, so that a reload or another tab finds it, and draw the page again."""
    state.write_address("search", None)
    state.write_address("run", run_id)
    st.rerun()


def close_run() -> None:
    """Leave the run or the search that the page shows; it goes on by itself."""
    state.write_address("run", None)
    state.write_address("search", None)


with page.frame(
    "Train", "Train a network with the loss and the sampler you choose, and watch head, medium and tail."
) as chosen:
    shown, searched = state.address_value("run"), state.address_value("search")
    busy = bool(shown or searched)
    form = st.expander("A new run", expanded=not busy, icon=":material/add:", key=f"train_new_{busy}")
    with form, page.guard():
        launch_panel(chosen)
    with page.guard():
        if shown:
            others = [run for run in run_data.all_runs() if run.active and run.id != shown]
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.button(
                    "All runs at work" if others else "Leave this run",
                    on_click=close_run,
                    icon=":material/arrow_back:",
                    type="tertiary",
                )
                owner_link(shown)
            run_view(shown)
        elif searched:
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.button("Leave this search", on_click=close_run, icon=":material/arrow_back:", type="tertiary")
                page.link("Runs", "Its runs on Runs", only=searched, runs="")
            search_view(searched)
        else:
            run_picker()
            search_list()
