"""The colour and the mark of every run, one for all pages, lists and figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dbl_core.errors import RunError
from dbl_core.runs import store
from dbl_core.runs.comparison import settings_key
from dbl_core.runs.folders import folders_where
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.state import created_at
from dbl_core.runs.store import Run
from dbl_core.viz.run_looks import run_places, swatch
from pages.ui import launch

Stamp = tuple[float, str]
"""When a run was created, and its folder."""


def places() -> dict[str, int]:
    """Key of the settings of every run of the lab -> its place for ``run_looks.run_style``."""
    folders = folders_where(launch.runs_dir(), store.resolve)
    return _places(tuple(sorted((created_at(RunPaths(folder)), str(folder)) for folder in folders)))


def place_of(run: Run) -> int:
    """The place of one run; 0 for one whose settings cannot be read."""
    return 0 if run.config is None else places().get(settings_key(run.config), 0)


def mark(run: Run) -> None:
    """Draw the mark of a run, to stand before its name."""
    if run.config is not None:
        st.image(swatch(place_of(run)), width=18, alt="")


@st.cache_data(max_entries=8, show_spinner=False)
def _places(stamps: Sequence[Stamp]) -> dict[str, int]:
    keys = []
    for _, folder in stamps:
        try:
            keys.append(settings_key(store.read_config(Path(folder))))
        except RunError:
            continue
    return run_places(keys)
