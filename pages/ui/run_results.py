"""What compared runs have brought, as mAP or as differences to a baseline, by group of classes and by class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dbl_core.metrics import REPORT_KEYS, BootstrapIntervals
from dbl_core.runs.class_ap import ClassGain, class_gains
from dbl_core.runs.comparison import Difference, SeedGroup, differences, verdict
from dbl_core.viz import compare as figures
from dbl_core.viz import gains as gain_figures
from pages.ui import play_fields, run_data, state
from pages.ui.labels_convention import convention_switch
from pages.ui.run_list import put_first
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

SHOW = {"map": "mAP", "gains": "Differences to the baseline"}
BY_CLASS = {"gain": "Gain against training images", "bars": "Gain, class by class", "ap": "AP against training images"}


class Controls(NamedTuple):
    """What the user wants to see: differences to the baseline instead of mAP."""

    as_gains: bool


def comparison_controls(finished: Sequence[SeedGroup]) -> Controls:
    """Draw the choice of the baseline, of mAP or differences, and of the borders of the groups."""
    as_gains = False
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        if len(finished) > 1:
            _baseline_picker(finished)
            shown = st.segmented_control(
                "Show",
                list(SHOW),
                format_func=SHOW.get,
                default="map",
                required=True,
                wrap=True,
                key="runs_show",
                bind="query-params",
            )
            as_gains = shown == "gains"
        if finished:
            convention_switch("runs")
    return Controls(as_gains)


def _baseline_picker(finished: Sequence[SeedGroup]) -> None:
    """The first group is the baseline; choosing another one puts its runs first in the address."""
    names = {group.key: group.name for group in finished}
    widget = f"runs_baseline_{'_'.join(names)}"
    order = {group.key: list(group.runs) for group in finished}
    st.selectbox(
        "Baseline",
        list(names),
        format_func=names.get,
        key=widget,
        on_change=_put_first,
        args=(widget, order),
        width=340,
        help="What all others are compared with; the address keeps it.",
    )


def _put_first(widget: str, order: Mapping[str, Sequence[str]]) -> None:
    put_first(order[state.value_of(widget)])


def results(finished: Sequence[SeedGroup], styles: Mapping[str, int], controls: Controls) -> None:
    """Show what came out of groups of runs, the first of them being the baseline.

    Args:
        finished: Groups that have a result.
        styles: Key of a group -> place for ``run_looks.run_style``.
        controls: What :func:`comparison_controls` returned.
    """
    if not finished:
        st.info("None of these runs has finished yet; their curves are below.", icon=":material/hourglass_empty:")
        return
    baseline, *others = finished
    paired = {group.key: run_data.paired_of(group, baseline) for group in others}
    found = {group.key: differences(group, baseline, paired[group.key], among=finished) for group in others}
    for group in others:
        st.markdown(f"- {literal(verdict(group, baseline, found[group.key]))}")
    if controls.as_gains:
        _gains(others, found, styles)
    else:
        _values(finished, styles)
    if len({result.label_counts for group in finished for result in group.results}) > 1:
        st.info(
            "These runs were trained on different training sets, so a class may stand in another group.",
            icon=":material/info:",
        )
    _by_class(finished, styles, paired)


def _values(finished: Sequence[SeedGroup], styles: Mapping[str, int]) -> None:
    show_figure(
        figures.group_bars(finished, styles),
        key="runs_bars",
        alt="mAP of total, head, medium and tail of every group of runs, with intervals",
        numbers=False,
    )
    st.caption(
        "Mean average precision by group of classes. Lines: the 95 % interval over resampled test images for a single "
        "seed; mean ± standard deviation, with a dot a seed, for several."
    )
    rows = [
        {"mAP (%)": literal(group.name), "Seeds": str(len(group.results))}
        | {key.capitalize(): _mean_words(group, key) for key in REPORT_KEYS}
        for group in finished
    ]
    st.table(pd.DataFrame(rows).set_index("mAP (%)"))
    st.caption(
        "Mean over seeds ± their standard deviation. In brackets the 95 % interval: of the mean for three or more "
        "seeds (Student), over resampled test images for one."
    )


def _mean_words(group: SeedGroup, key: str) -> str:
    """Mean, spread and interval of a mAP, as far as they are known."""
    words = run_data.percent(group.mean_map(key))
    spread, (low, high) = group.spread(key), group.mean_interval(key)
    if math.isfinite(spread):
        words += f" ± {100 * spread:.1f}"
    return words if math.isnan(low) else f"{words} ({run_data.percent(low)} to {run_data.percent(high)})"


def _gains(
    others: Sequence[SeedGroup], found: Mapping[str, Mapping[str, Difference]], styles: Mapping[str, int]
) -> None:
    show_figure(
        gain_figures.group_gains(others, found, styles),
        key="runs_group_gains",
        alt="Difference to the baseline in total, head, medium and tail mAP, with intervals",
        numbers=False,
    )
    st.caption("Open marks: the 95 % interval holds 0, so the difference is inside the noise.")
    rows = [
        {"mAP gained (points)": literal(group.name), "Seeds": str(len(group.results))}
        | {key.capitalize(): run_data.signed_range(found[group.key][key]) for key in REPORT_KEYS}
        for group in others
    ]
    st.table(pd.DataFrame(rows).set_index("mAP gained (points)"))


def _by_class(
    finished: Sequence[SeedGroup], styles: Mapping[str, int], paired: Mapping[str, BootstrapIntervals | None]
) -> None:
    """Show the classes one by one: what they gain against the baseline, or their AP."""
    if len(finished) < 2:
        _ap(finished, styles)
        return
    baseline, *others = finished
    gains = {group.key: class_gains(group, baseline, paired[group.key]) for group in others}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        view = st.segmented_control(
            "Class by class",
            list(BY_CLASS),
            format_func=BY_CLASS.get,
            default="gain",
            required=True,
            wrap=True,
            key="runs_by_class",
            bind="query-params",
        )
        if view == "bars":
            other = others[0] if len(others) == 1 else _other_picker(others)
    if view == "ap":
        _ap(finished, styles)
    elif view == "gain":
        _gain_by_count(others, gains, styles)
    else:
        _gain_bars(other, baseline, gains[other.key])


def _other_picker(others: Sequence[SeedGroup]) -> SeedGroup:
    """Choose the group that is looked at by class; the address names it by its first run."""
    by_run = {next(iter(group.runs)): group for group in others}
    titles = {run: group.name for run, group in by_run.items()}
    return by_run[play_fields.choice("runs_other", "of", titles, next(iter(titles)))]


def _gain_by_count(
    others: Sequence[SeedGroup], gains: Mapping[str, Sequence[ClassGain]], styles: Mapping[str, int]
) -> None:
    show_figure(
        gain_figures.gain_against_count(others, gains, styles),
        key="runs_gain_by_count",
        alt="AP gained by every class against its training images, by group of runs",
    )
    lines = len(others) <= gain_figures.MOST_WITH_WHISKERS
    st.caption(
        "Each mark is a class: its AP minus that of the baseline. Open marks: the 95 % interval holds 0. "
        f"{INTERVALS} {'Lines show it' if lines else 'Hover to read it'}; where it is not known, the mark is filled."
    )


INTERVALS = (
    "An interval is taken over the same resampled test images for one seed each, else from the spread between the "
    "seeds of that class."
)


def _gain_bars(group: SeedGroup, baseline: SeedGroup, gains: Sequence[ClassGain]) -> None:
    show_figure(
        gain_figures.class_gain_bars(gains),
        key="runs_gains",
        alt=f"AP gained by class, {group.name} against {baseline.name}",
    )
    lines = f" Lines are 95 % intervals. {INTERVALS}" if any(math.isfinite(row.low) for row in gains) else ""
    st.caption(f"AP of {literal(group.name)} minus AP of {literal(baseline.name)}, rarest class on top.{lines}")


def _ap(finished: Sequence[SeedGroup], styles: Mapping[str, int]) -> None:
    show_figure(
        figures.ap_against_count(finished, styles),
        key="runs_classes",
        alt="Average precision of every class against its training images, by group of runs",
    )
    st.caption(
        "Each marker is a class of one group of runs; hover for its name, its interval and how many positives the test "
        "split has. With few of them, AP jumps by chance."
    )
