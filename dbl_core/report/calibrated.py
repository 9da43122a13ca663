"""Whether probabilities come true: calibration errors of every group of runs, reliability of the first ones."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dbl_core.errors import DblError
from dbl_core.metrics import REPORT_KEYS, CalibrationReport, calibration_report
from dbl_core.report.content import Block, Column, Estimate, Figure, Section, Table, Text
from dbl_core.report.evidence import Evidence, ReportedRun, percent
from dbl_core.runs.kept_scores import kept_scores
from dbl_core.viz.calibration import ReliabilityLine, group_lines, reliability_diagram, run_lines

MOST_RUNS = 8
MOST_CELLS = 4_000_000
"""Cells (test images times classes) that are binned in all; the reliability of further runs is left out."""
ABOUT = (
    "A cell is one test image and one class; its probability is the sigmoid of the score. The expected calibration "
    "error (ECE) is the mean distance between probability and share of positives; as most cells are easy negatives, "
    "the ECE of the pool is small whatever a model does with the rest. By class: mean over the classes of each one's "
    "own ECE. The shift of negative-tolerant losses and class-aware sampling both move scores away from chances: such "
    "a model can rank well and still be far from calibrated."
)


def calibration_section(evidence: Evidence) -> Section:
    """Show calibration errors as the runs recorded them, and reliability of the first run of every group."""
    blocks: list[Block] = [Text(ABOUT)]
    table = _errors(evidence)
    if table.rows:
        blocks.append(table)
    reports, left_out = _reports(evidence)
    if reports:
        blocks.append(_reliability(evidence, reports))
    blocks += [Text(sentence) for sentence in left_out]
    return Section("calibration", "Calibration", tuple(blocks))


def _errors(evidence: Evidence) -> Table:
    columns = [Column("Run"), *(Column(f"ECE {key} (%)", 2) for key in REPORT_KEYS)]
    columns += [Column("ECE by class (%)", 2), Column("Brier score", 4)]
    rows = []
    for run_id, one in evidence.runs.items():
        found = one.result.calibration
        if found is not None:
            errors = [percent(getattr(found, key).get("ece", math.nan)) for key in REPORT_KEYS]
            by_class = percent(found.total.get("label_ece", math.nan))
            rows.append((run_id, *errors, by_class, found.total.get("brier", math.nan)))
    return Table("calibration", "Calibration errors of every run", tuple(columns), rows)


def _reports(evidence: Evidence) -> tuple[dict[str, CalibrationReport], list[str]]:
    """Calibration of the first run of every group, by run id, and sentences on those without."""
    found: dict[str, CalibrationReport] = {}
    sentences, cells, skipped = [], 0, 0
    for one in (evidence.members(group)[0] for group in evidence.groups):
        if len(found) == MOST_RUNS or cells >= MOST_CELLS:
            skipped += 1
            continue
        try:
            report, n_cells = _report(evidence, one)
        except (DblError, ValueError) as error:
            sentences.append(f"Without reliability: {error}.")
            continue
        found[one.run.id], cells = report, cells + n_cells
    if skipped:
        sentences.append(f"The reliability of {skipped} more groups of runs is left out.")
    return found, sentences


def _report(evidence: Evidence, one: ReportedRun) -> tuple[CalibrationReport, int]:
    dataset = evidence.dataset_of(one.run.config.dataset)
    if dataset is None:
        raise ValueError(f"the data set of run {one.run.id!r} cannot be opened here")
    kept = kept_scores(one.run.folder, dataset)
    counts = kept.label_counts
    report = calibration_report(kept.targets, kept.logits, counts, kind="logit", convention=evidence.convention)
    return report, kept.logits.size


def _reliability(evidence: Evidence, reports: Mapping[str, CalibrationReport]) -> Figure:
    if len(reports) == 1:
        lines, of = group_lines(next(iter(reports.values()))), "group of classes"
    else:
        styles = {run_id: evidence.styles[group.key] for group in evidence.groups for run_id in group.runs}
        lines, of = run_lines(reports, styles), "run, all classes"
    return Figure(
        key="reliability",
        title="Do probabilities come true?",
        figure=reliability_diagram(lines),
        alt=f"Share of positive cells against their mean probability with intervals, by {of}, and the cells of a bin",
        caption="On the dotted line probabilities come true; below it they are too high, above it too low. Lines at "
        "the markers are 95 % Wilson intervals, which take cells as independent.",
        table=_bins(lines),
    )


def _bins(lines: list[ReliabilityLine]) -> Table:
    columns = (Column("Line"), Column("Bin from", 3), Column("to", 3), Column("Cells"), Column("Mean probability", 3))
    columns += (Column("Share positive", 3, ends=True),)
    rows = []
    for line in lines:
        table = line.table
        for k in (table.count > 0).nonzero()[0].tolist():
            share = Estimate(float(table.share[k]), float(table.share_low[k]), float(table.share_high[k]))
            edges = (float(table.low[k]), float(table.high[k]))
            rows.append((line.name, *edges, int(table.count[k]), float(table.mean_probability[k]), share))
    return Table("reliability", "Bins of equal width; empty ones are left out", columns, rows)
