"""At which logits losses are looked at: 0, where training starts, or those of a finished run of the same data set."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.runs import store
from pages.ui import cache, launch, page, run_data, state

KEY = "loss_run"
START = ""
FIRST = "cells"
"""The picker that shows the way to the first run; once on a page is enough."""
AT_START = "Logit 0, where training starts"


def picker(choice: DatasetConfig, word: str) -> str | None:
    """Draw the choice of logits; several pickers of a page show the same choice, which the address keeps.

    Args:
        choice: the data set, of which a run must be.
        word: tells this picker from others on the page.

    Returns:
        The id of a run, or None for logit 0.
    """
    titles = dict(finished(choice.model_dump_json(), str(launch.runs_dir())))
    asked = state.address_value(KEY, START)
    current = asked if asked in titles else START
    key = f"{KEY}_{word}"
    if state.value_of(key) != current:
        state.seed_widget(key, current)
    st.selectbox(
        "At the logits of",
        [START, *titles],
        format_func=lambda run: titles.get(run, AT_START),
        key=key,
        on_change=_chosen,
        args=(key,),
        help="Of a finished run of this data set its model's logits after the last epoch, image by image.",
    )
    if asked and not current:
        st.caption("The run that the address names is not a finished run of this data set, so logit 0 is shown.")
    elif not titles and word == FIRST and _trainable(choice):
        page.link("Train", "Train a head to see this after training, too")
    return current or None


def words(run: str | None) -> str:
    """Return in words at which logits something is shown."""
    return "at logit 0, where training starts" if run is None else "at the logits after training"


def _chosen(key: str) -> None:
    state.write_address(KEY, state.value_of(key) or None)


@st.cache_data(ttl=5, max_entries=64, show_spinner=False)
def finished(choice: str, runs_dir: str) -> list[tuple[str, str]]:
    """Return id and title of the finished runs of a data set, newest first; looked up again after five seconds."""
    wanted = DatasetConfig.model_validate_json(choice)
    return [
        (run.id, f"{run.config.loss.name}, {run.config.train.sampler}, mAP {_total(run)} % · {run.id}")
        for run in store.list_runs(runs_dir)
        if run.state == "finished" and run.config is not None and run.config.dataset == wanted
    ]


def _trainable(choice: DatasetConfig) -> bool:
    dataset = cache.dataset(choice)
    return dataset.has_images or dataset.features is not None


def _total(run: store.Run) -> str:
    return run_data.percent((run.map or {}).get("total"))
