"""The table of runs: mark, state, what went wrong, method, mAP, the other settings that differ, time and device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs import archive, budget, examples
from dbl_core.runs.comparison import differing_settings, settings_key, settings_of, shown
from dbl_core.runs.progress import duration
from dbl_core.runs.store import Run
from dbl_core.viz import theme
from dbl_core.viz.run_looks import RUN_MARKS, run_style
from pages.ui import run_data
from pages.ui.run_marks import places

ALWAYS = ("loss.name", "train.sampler", "train.seed")
ASKED_DEVICE = "train.device"
"""A setting that the list leaves out: it says which device a run had."""
SETTING_TITLES = {
    "dataset.name": "Data set",
    "dataset.seed": "Subset seed",
    "loss.name": "Loss",
    "train.sampler": "Sampler",
    "train.seed": "Seed",
    "train.mode": "Mode",
}
STATE_WORDS = {
    "queued": ("…", theme.NEUTRAL),
    "running": ("▶", theme.RUN_COLORS[0]),
    "finished": ("✓", theme.RUN_COLORS[2]),
    "stopped": ("⊘", theme.RUN_COLORS[1]),
    "failed": ("✕", theme.RUN_COLORS[5]),
    "lost": ("?", theme.RUN_COLORS[5]),
}
"""State -> the sign before its word, and their colour."""
OPTIONAL = ("reason", "device", "memory", "gpu_memory", "note")
"""Columns that are left out where no run has anything to say there."""
COLUMNS: Mapping[str, Any] = {
    "mark": st.column_config.TextColumn("", width=40, help="Colour and mark of the run on every page"),
    "run": st.column_config.TextColumn("Run", width="medium", help="Its folder: created, loss, sampler"),
    "state": "State",
    "reason": st.column_config.TextColumn("Reason", width=160, help="Why it has not finished"),
    "took": "Time",
    "device": st.column_config.TextColumn("Device"),
    "memory": st.column_config.NumberColumn("Memory", format="%.0f MB", help="Most main memory that it used"),
    "gpu_memory": st.column_config.NumberColumn("GPU memory", format="%.0f MB", help="Most GPU memory that it used"),
    "size": st.column_config.NumberColumn("Size", format="bytes", help="What its folder takes on the disk"),
    "note": st.column_config.TextColumn("Note", width=135),
    **{
        key: st.column_config.NumberColumn(f"{key.capitalize()} mAP", format="%.1f", help="Percent, on the test split")
        for key in REPORT_KEYS
    },
}


def run_table(runs: Sequence[Run], baseline: Sequence[str] = ()) -> pd.DataFrame:
    """One row a run; of the settings only those in which any two differ.

    Args:
        runs: The runs.
        baseline: Ids of those that are the baseline of the comparison, which is noted.
    """
    configs = {run.id: run.config for run in runs if run.config is not None}
    differing = [row.setting for row in differing_settings(configs) if row.setting != ASKED_DEVICE]
    settings = [name for name in differing if name not in ALWAYS]
    table = pd.DataFrame([_row(run, settings, run.id in baseline) for run in runs])
    silent = [name for name in OPTIONAL if name in table and not any(filled(value) for value in table[name])]
    return table.drop(columns=silent)


def filled(value: Any) -> bool:
    """Whether a cell says anything."""
    return value is not None and value == value and value != ""


def _row(run: Run, settings: Sequence[str], is_baseline: bool) -> dict[str, Any]:
    values = settings_of(run.config) if run.config is not None else {}
    row: dict[str, Any] = {"mark": "", "state": f"{STATE_WORDS[run.state][0]} {run.state}", "reason": reason(run)}
    row |= {setting_title(name): shown(values.get(name)) for name in ALWAYS}
    row |= {key: run_data.points((run.map or {}).get(key)) for key in REPORT_KEYS}
    row["note"] = _note(run, is_baseline)
    row |= {setting_title(name): shown(values.get(name)) for name in settings}
    row |= {"took": duration(run.seconds), "run": run.id}
    taken = run.resources
    row |= {"device": taken.device, "memory": taken.memory_mb, "gpu_memory": taken.gpu_memory_mb}
    return row | {"size": budget.folder_bytes(run.folder)}


def reason(run: Run) -> str:
    """Why a run has not finished: what it waits for, who stopped it, what went wrong; empty for a finished one."""
    return "" if run.state == "finished" else run.message


def _note(run: Run, is_baseline: bool) -> str:
    """What else there is to say about a run: its part in the comparison, where it comes from, whether it is kept."""
    parts = [
        "baseline" if is_baseline else "",
        "pinned" if run.pinned else "",
        "" if run.id == f"{archive.PREFIX}{run.origin}" else examples.origin_words(run),  # the name says it
        run.message if run.state == "finished" else "",
    ]
    return "; ".join(filter(None, parts))


def setting_title(setting: str) -> str:
    """A setting as the pages call it: ``train.learning_rate`` is "Learning rate"; an option keeps its name, ``mu``."""
    section, _, name = setting.partition(".")
    if section == "loss":
        return SETTING_TITLES.get(setting, name)
    words = name.replace("_", " ")
    return SETTING_TITLES.get(setting, f"{words[:1].upper()}{words[1:]}")


def styled(table: pd.DataFrame, runs: Sequence[Run]) -> Any:
    """Give every run its mark in its colour, and the word of its state the colour of the state."""
    known = places()
    looks = [
        run_style(known[settings_key(run.config)])
        if run.config is not None and settings_key(run.config) in known
        else None
        for run in runs
    ]
    table["mark"] = [RUN_MARKS[look["symbol"]] if look else "" for look in looks]
    colors = [f"color: {look['color']}" if look else "" for look in looks]
    states = [f"color: {STATE_WORDS[run.state][1]}" for run in runs]
    style = table.style.apply(lambda _: colors, subset=["mark"], axis=0)
    return style.apply(lambda _: states, subset=["state"], axis=0)
