"""Train: describe a run, start it in a process of its own, watch it, stop it, find it again."""

import time

import streamlit as st

from dbl_core.config import DatasetConfig, RunConfig
from pages.ui import launch, page, run_data, state
from pages.ui.run_picker import run_picker
from pages.ui.run_view import run_view
from pages.ui.train_form import train_form

LAST_LAUNCH = "train_last_launch"
DOUBLE_CLICK_S = 3.0


def launch_panel(choice: DatasetConfig) -> None:
    """Show the form, the command that does the same, and the button that starts it."""
    configs = train_form(choice)
    st.markdown("The same on the command line")
    commands = [launch.command_line(config, run_dir=f"runs/my-run-{n}") for n, config in enumerate(configs, start=1)]
    st.code("\n".join(commands if len(configs) > 1 else [launch.command_line(configs[0])]), "bash", wrap_lines=True)
    label = "Launch" if len(configs) == 1 else f"Launch {len(configs)} runs"
    if st.button(label, type="primary", icon=":material/rocket_launch:", key="train_launch"):
        open_run(launch_once(configs))


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
    state.write_address("run", run_id)
    st.rerun()


def close_run() -> None:
    """Leave the run that the page shows; it goes on by itself."""
    state.write_address("run", None)


with page.frame(
    "Train", "Train a network with the loss and the sampler you choose, and watch head, medium and tail."
) as chosen:
    shown = state.address_value("run")
    form = st.expander("A new run", expanded=not shown, icon=":material/add:", key=f"train_new_{bool(shown)}")
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
            run_view(shown)
        else:
            run_picker()
