"""How compared runs came to their numbers: mAP, loss weights and losses epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.comparison import SeedGroup
from dbl_core.runs.outcome import SIGNS, Epoch
from dbl_core.runs.store import Run
from dbl_core.viz import curves
from pages.ui import glossary, run_data
from pages.ui.run_view import QUANTITY_TITLES, WEIGHT_SENTENCES
from pages.ui.show_figure import show_figure
from pages.ui.text import literal


def over_epochs(
    runs: Sequence[Run], groups: Sequence[SeedGroup], styles: Mapping[str, int], *, baseline: SeedGroup | None
) -> None:
    """Show the curves of runs.

    Args:
        runs: The runs.
        groups: The same by method.
        styles: Key of a group -> place for ``run_looks.run_style``.
        baseline: With it mAP is drawn as the difference to its mean over seeds.
    """
    st.header("How it came about", anchor=False)
    epochs = {run.id: run_data.epochs_of(run) for run in runs}
    lines = [
        curves.Curve(group.name, epochs[run_id], styles.get(group.key, 0), seed)
        for group in groups
        for run_id, seed in group.seeds.items()
    ]
    _map_curves(lines, None if baseline is None else [epochs[run_id] for run_id in baseline.runs if epochs[run_id]])
    _weight_curves(lines)
    with st.expander("Losses", icon=":material/trending_down:"):
        for column, (field, name) in zip(st.columns(2), curves.LOSS_FIELDS.items(), strict=True):
            figure = curves.compare_loss_curves(lines, field)
            show_figure(figure, place=column, key=f"runs_{field}", alt=f"{name} loss of the runs against the epoch")
        st.caption("Look at shapes, not heights: different formulas give losses that cannot be compared.")
    silent = [literal(run_id) for run_id, found in epochs.items() if not found]
    if silent:
        st.caption(f"Without a finished epoch, so without curves: {', '.join(silent)}.")


def _map_curves(lines: Sequence[curves.Curve], baseline: Sequence[Sequence[Epoch]] | None) -> None:
    columns = st.columns(2) + st.columns(2)
    for column, key in zip(columns, REPORT_KEYS, strict=True):
        figure = curves.compare_map_curves(lines, key, baseline)
        show_figure(figure, place=column, key=f"runs_map_{key}", alt=f"{key} mAP of the runs against the epoch")
    minus = "" if baseline is None else ", minus the mean of the baseline's seeds at the same epoch"
    st.caption(
        f"mAP on the test split after every epoch{minus}; runs of the same settings share a colour. Where a backbone"
        " learns, epochs before the last are scored on a sample of the split."
    )


def _weight_curves(lines: Sequence[curves.Curve]) -> None:
    with st.container(horizontal=True, gap="medium"):
        quantity = st.segmented_control(
            "What the losses do with the cells",
            list(QUANTITY_TITLES),
            format_func=QUANTITY_TITLES.get,
            default="weights",
            required=True,
            key="runs_quantity",
            bind="query-params",
            help=glossary.tip("cell"),
        )
        group = st.segmented_control(
            "of the group",
            list(GROUPS),
            format_func=str.capitalize,
            default="tail",
            required=True,
            key="runs_group",
            bind="query-params",
        )
    for column, sign in zip(st.columns(2), SIGNS, strict=True):
        figure = curves.compare_weight_curves(lines, group, sign, quantity)
        show_figure(
            figure, place=column, key=f"runs_{sign}", alt=f"{QUANTITY_TITLES[quantity]} of {sign} {group} cells"
        )
    st.caption(WEIGHT_SENTENCES[quantity] + run_data.recorded_groups())
