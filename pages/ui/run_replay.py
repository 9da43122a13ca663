"""A finished run replayed epoch by epoch; the slider works in the browser, without the server."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dbl_core.runs.store import Run
from dbl_core.viz import replay as figures
from pages.ui import page, run_data
from pages.ui.folded import folded
from pages.ui.show_figure import show_figure

LEAST_EPOCHS = 2
FORMATS = {True: "%.1f", False: "%.3f"}


def replay(run: Run) -> None:
    """Offer to replay a run that has ended; nothing where fewer than two epochs are recorded."""
    epochs = () if run.active else run_data.epochs_of(run)
    if len(epochs) < LEAST_EPOCHS:
        return
    with folded("Replay the training", icon=":material/replay:", key=f"replay_{run.id}") as opened:
        if not opened:
            return
        with page.guard():
            result = run_data.result_of(run)
            show_figure(
                figures.replay(epochs, () if result is None else result.per_class),
                key=f"replay_chart_{run.id}",
                alt="mAP, mean loss weights and the AP of every class, with a slider over the epochs; numbers below",
                numbers=False,
            )
            words = [
                "Drag the slider, or press Play: who is learned first, who late, and what the loss does meanwhile."
            ]
            shown = len(figures.frames_of(epochs))
            if shown < len(epochs):
                words.append(f"{shown} of {len(epochs):,} epochs are shown, evenly spread.")
            st.caption(" ".join(words) + run_data.recorded_groups())
            table = pd.DataFrame(figures.replay_rows(epochs))
            formats = {name: st.column_config.NumberColumn(format=FORMATS["%" in name]) for name in table.columns[1:]}
            st.dataframe(
                table,
                hide_index=True,
                height=220,
                column_config=formats,
                alt="mAP and mean loss weights of every epoch",
            )
