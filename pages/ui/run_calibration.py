"""Calibration of finished runs: does a probability of 0.7 come true in 70 % of the cells?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dbl_core.errors import DblError
from dbl_core.metrics import REPORT_KEYS, CalibrationReport
from dbl_core.runs.store import Run
from dbl_core.viz import calibration as figures
from pages.ui import glossary, run_data
from pages.ui import run_scores_cache as answers
from pages.ui.run_marks import place_of
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

BINS = {"width": "of equal width", "mass": "with equally many cells"}
MOST_RUNS = 8
BY_GROUP = "groups"
PERCENT_COLUMNS = (*(f"ECE {key} (%)" for key in REPORT_KEYS), "By class (%)", "Mean probability (%)", "Positive (%)")


def calibration_view(run: Run, runs: Sequence[Run]) -> None:
    """Show reliability by group of classes (or by run), calibration errors, and the bias of every class."""
    key = answers.key_of(run)
    report = answers.calibration(key)
    reports = {run.id: report} | _others(run, runs)
    styles = {one.id: place_of(one) for one in runs}
    binning, lines = _switches(report, reports, styles)
    show_figure(
        figures.reliability_diagram(lines),
        key="runs_reliability",
        alt="Share of positive cells against their mean probability, with intervals, over the number of cells",
    )
    st.caption(
        "A cell is one test image and one class; its probability is the sigmoid of the score. Below the dotted line "
        "probabilities are too high, above it too low; markers have 95 % Wilson intervals, which take cells as "
        "independent. The shift of negative-tolerant losses and class-aware sampling both move scores away from "
        "chances: such a model can rank well and still be far from the line."
    )
    st.dataframe(
        _table(reports, binning),
        hide_index=True,
        column_config=_columns(),
        alt="Calibration errors by run and group",
    )
    st.caption(
        "ECE is the mean distance from the dotted line, in percent. Most cells are easy negatives: where a model puts "
        "them near 0, the ECE of the pool is small whatever it does with the rest. By class: mean over the classes of "
        f"each one's own ECE. Brier: mean squared error of the probabilities. {report.n_bins} bins."
    )
    known = answers.classes(key)
    show_figure(
        figures.bias_by_class(report, known.train_counts, known.names, known.groups),
        key="runs_bias",
        alt="Mean probability minus prevalence of every class against its training images",
    )
    st.caption("How far the mean probability of every class lies above the share of test images that carry it.")


def _others(run: Run, runs: Sequence[Run]) -> dict[str, CalibrationReport]:
    """Calibration of the other chosen runs; one that cannot be read is named and left out."""
    found = {}
    for other in [one for one in runs if one.id != run.id][: MOST_RUNS - 1]:
        try:
            found[other.id] = answers.calibration(answers.key_of(other))
        except (DblError, ValueError) as error:
            st.warning(f"{literal(other.id)} is left out: {literal(error)}", icon=":material/warning:")
    if len(runs) > MOST_RUNS:
        st.caption(f"The first {MOST_RUNS} of {len(runs)} finished runs are compared.")
    return found


def _switches(
    report: CalibrationReport, reports: dict[str, CalibrationReport], styles: dict[str, int]
) -> tuple[str, list[figures.ReliabilityLine]]:
    """Draw the choice of bins and, for several runs, of what the lines are; return both."""
    with st.container(horizontal=True, gap="medium"):
        binning = st.segmented_control(
            "Bins",
            list(BINS),
            format_func=BINS.get,
            default="width",
            required=True,
            key="runs_bins",
            bind="query-params",
            wrap=True,
        )
        shown = BY_GROUP
        if len(reports) > 1:
            shown = st.segmented_control(
                "Lines",
                [BY_GROUP, *REPORT_KEYS],
                format_func=lambda one: "groups of this run" if one == BY_GROUP else f"all runs, {one}",
                default=BY_GROUP,
                required=True,
                key="runs_lines",
                bind="query-params",
                wrap=True,
            )
    if shown == BY_GROUP:
        return binning, figures.group_lines(report, binning)
    return binning, figures.run_lines(reports, styles, shown, binning)


def _columns() -> dict[str, object]:
    """Formats of the table, with what its short names mean."""
    about = glossary.tip("expected calibration error")
    percent = {
        name: st.column_config.NumberColumn(format="%.1f", help=about if name.startswith("ECE") else None)
        for name in PERCENT_COLUMNS
    }
    return {"Brier": st.column_config.NumberColumn(format="%.3f", help=glossary.tip("Brier score")), **percent}


def _table(reports: dict[str, CalibrationReport], binning: str) -> pd.DataFrame:
    rows = []
    for name, report in reports.items():
        row: dict[str, object] = {"Run": name}
        for key in REPORT_KEYS:
            row[f"ECE {key} (%)"] = run_data.points(figures.table_of(report, key, binning).ece)
        total = report.groups["total"]
        row["By class (%)"] = run_data.points(total.label_ece)
        row["Brier"] = total.brier
        row["Mean probability (%)"] = run_data.points(total.mean_probability)
        row["Positive (%)"] = run_data.points(total.share)
        rows.append(row)
    return pd.DataFrame(rows)
