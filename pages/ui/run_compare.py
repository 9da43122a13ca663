"""Runs side by side: what differs, what of it is more than noise, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.comparison import SeedGroup, differences, differing_settings, seed_groups, shown, verdict
from dbl_core.runs.outcome import SIGNS, Epoch
from dbl_core.runs.store import Run
from dbl_core.viz import compare as figures
from dbl_core.viz import curves
from pages.ui import page, run_data, state
from pages.ui.labels_convention import convention_switch
from pages.ui.run_list import put_first, setting_title, styles_of
from pages.ui.run_view import QUANTITY_TITLES, WEIGHT_SENTENCES
from pages.ui.text import literal


def compare(runs: Sequence[Run]) -> None:
    """Compare runs; those whose settings cannot be read are named and left out."""
    usable = [run for run in runs if run.config is not None]
    for run in runs:
        if run.config is None:
            st.warning(f"{literal(run.id)} is left out: {literal(run.message)}", icon=":material/warning:")
    results = {run.id: run_data.result_of(run) for run in usable}
    for run in usable:
        if run.state == "finished" and results[run.id] is None:
            st.warning(f"The result of {literal(run.id)} is damaged; only its curves are shown.")
    if len(usable) < 2:
        st.info("Choose a second run in the list to compare.", icon=":material/compare_arrows:")
        return
    groups = seed_groups({run.id: run.config for run in usable}, results)
    styles = styles_of(usable)
    _settings(groups)
    with page.guard():
        _results(groups, styles)
    with page.guard():
        _over_epochs(usable, groups, styles)


def _settings(groups: Sequence[SeedGroup]) -> None:
    """Show the settings that differ, one column a group of runs."""
    st.header("What differs", anchor=False)
    rows = differing_settings({group.key: group.config for group in groups})
    table = [("Seeds", *(", ".join(map(str, dict.fromkeys(group.seeds.values()))) for group in groups))]
    table = [
        *((setting_title(row.setting), *map(shown, row.values)) for row in rows if row.setting != "train.seed"),
        *table,
    ]
    frame = pd.DataFrame(table, columns=["Setting", *(group.name for group in groups)]).set_index("Setting")
    st.table(frame.map(literal).rename(index=literal, columns=literal))
    st.caption(
        "Only settings that differ are listed; options that belong to one loss alone appear where they depart from "
        "their default. Runs that differ in nothing but the seed count as one."
    )


def _results(groups: Sequence[SeedGroup], styles: Mapping[str, int]) -> None:
    st.header("What came out", anchor=False)
    finished = [group for group in groups if group.results]
    if not finished:
        st.info("None of these runs has finished yet; their curves are below.", icon=":material/hourglass_empty:")
        return
    with st.container(horizontal=True):
        convention_switch("runs")
    st.plotly_chart(
        figures.group_bars(finished, styles),
        key="runs_bars",
        alt="mAP of total, head, medium and tail of every group of runs, with intervals",
    )
    st.caption(
        "Mean average precision by group of classes. Lines: the 95 % interval over resampled test images for a single "
        "seed; mean ∓ standard deviation, with a dot a seed, for several."
    )
    if len(finished) > 1:
        _verdicts(finished)
    st.plotly_chart(
        figures.ap_against_count(finished, styles),
        key="runs_classes",
        alt="Average precision of every class against its training images, by group of runs",
    )
    st.caption(
        "Each marker is a class of one group of runs; hover for its name, its interval and how many positives the test "
        "split has. With few of them, AP jumps by chance."
    )


def _verdicts(finished: Sequence[SeedGroup]) -> None:
    """Say which differences to a baseline are more than noise; show them by class for one of the others."""
    names = {group.key: group.name for group in finished}
    left, right = st.columns(2)
    with left:
        _baseline_picker(finished, names)
    baseline, *others = finished
    paired = {group.key: run_data.paired_of(group, baseline) for group in others}
    found = {group.key: differences(group, baseline, paired[group.key], among=finished) for group in others}
    for group in others:
        st.markdown(f"- {literal(verdict(group, baseline, found[group.key]))}")
    if len({result.label_counts for group in finished for result in group.results}) > 1:
        st.info(
            "These runs were trained on different training sets, so a class may stand in another group.",
            icon=":material/info:",
        )
    _difference_table(others, found)
    other = right.selectbox(
        "By class against it",
        [group.key for group in others],
        format_func=names.get,
        key=f"runs_other_{baseline.key}",
    )
    group = next(group for group in others if group.key == other)
    lone = len(group.results) == len(baseline.results) == 1
    interval = paired[other] if lone else None  # bars of several seeds are means, the interval is of one pair
    st.plotly_chart(
        figures.ap_gain_bars(group, baseline, interval),
        key="runs_gains",
        alt=f"AP gained by class, {group.name} against {baseline.name}",
    )
    lines = " Lines are 95 % intervals over the same resampled test images." if interval else ""
    st.caption(f"AP of {literal(group.name)} minus AP of {literal(baseline.name)}, rarest class on top.{lines}")


def _baseline_picker(finished: Sequence[SeedGroup], names: Mapping[str, str]) -> None:
    """The first group is the baseline; choosing another one puts its runs first in the address."""
    widget = f"runs_baseline_{'_'.join(names)}"
    order = {group.key: list(group.runs) for group in finished}
    st.selectbox("Baseline", list(names), format_func=names.get, key=widget, on_change=_put_first, args=(widget, order))


def _put_first(widget: str, order: Mapping[str, Sequence[str]]) -> None:
    put_first(order[state.value_of(widget)])


def _difference_table(others: Sequence[SeedGroup], found: Mapping[str, Mapping[str, Any]]) -> None:
    rows = [
        {
            "against the baseline": literal(group.name),
            **{f"{key} (points)": run_data.signed_range(found[group.key][key]) for key in REPORT_KEYS},
        }
        for group in others
    ]
    st.table(pd.DataFrame(rows).set_index("against the baseline"))


def _over_epochs(runs: Sequence[Run], groups: Sequence[SeedGroup], styles: Mapping[str, int]) -> None:
    st.header("How it came about", anchor=False)
    epochs = {run.id: run_data.epochs_of(run) for run in runs}
    lines = [
        curves.Curve(group.name, epochs[run_id], styles[group.key], seed)
        for group in groups
        for run_id, seed in group.seeds.items()
    ]
    _map_curves(lines)
    _weight_curves(lines)
    with st.expander("Losses", icon=":material/trending_down:"):
        for column, (field, name) in zip(st.columns(2), curves.LOSS_FIELDS.items(), strict=True):
            figure = curves.compare_loss_curves(lines, field)
            column.plotly_chart(figure, key=f"runs_{field}", alt=f"{name} loss of the runs against the epoch")
        st.caption("Look at shapes, not heights: different formulas give losses that cannot be compared.")
    _note_missing(epochs)


def _map_curves(lines: Sequence[curves.Curve]) -> None:
    columns = st.columns(2) + st.columns(2)
    for column, key in zip(columns, REPORT_KEYS, strict=True):
        figure = curves.compare_map_curves(lines, key)
        column.plotly_chart(figure, key=f"runs_map_{key}", alt=f"{key} mAP of the runs against the epoch")
    st.caption("mAP on the test split after every epoch; runs of the same settings share a colour.")


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
        column.plotly_chart(figure, key=f"runs_{sign}", alt=f"{QUANTITY_TITLES[quantity]} of {sign} {group} cells")
    st.caption(WEIGHT_SENTENCES[quantity] + run_data.recorded_groups())


def _note_missing(epochs: Mapping[str, Sequence[Epoch]]) -> None:
    silent = [literal(run_id) for run_id, lines in epochs.items() if not lines]
    if silent:
        st.caption(f"Without a finished epoch, so without curves: {', '.join(silent)}.")
