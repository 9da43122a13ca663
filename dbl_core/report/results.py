"""What came out: mAP by group with intervals, seeds, every class, and which differences are more than noise."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.report.classes import class_blocks
from dbl_core.report.content import Block, Column, Estimate, Figure, Heading, Items, Section, Table, Text
from dbl_core.report.evidence import Evidence, percent
from dbl_core.runs.comparison import Difference, differences, verdict
from dbl_core.runs.outcome import NO_RANGE, Result
from dbl_core.viz.compare import group_bars

MOST_SAID = 6
"""Differences to the baseline that are said in sentences; the table has all of them."""


def result_section(evidence: Evidence) -> Section:
    """Show the results of all groups of runs, their seeds, differences to the first one, and the classes."""
    borders = ", ".join(f"{group} {evidence.convention.rule(group)}" for group in GROUPS)
    blocks: list[Block] = [
        Text(
            f"Mean average precision (mAP) on the test split{_test_images(evidence)}. Groups of classes by their "
            f"training images n, with the borders of {evidence.convention.title}: {borders}."
        ),
        _by_group(evidence),
        _runs(evidence),
    ]
    if len(evidence.groups) > 1:
        blocks += _differences(evidence)
    blocks += class_blocks(evidence)
    measures = _other_measures(evidence)
    if measures.rows:
        blocks += [Heading("Other measures"), measures]
    return Section("results", "Results", tuple(blocks))


def _test_images(evidence: Evidence) -> str:
    """How many images the test split has, where all runs say the same."""
    said = {one.result.label_ranking and one.result.label_ranking.n_images for one in evidence.runs.values()}
    n_images = said.pop()
    return f" of {n_images:,} images" if n_images and not said else ""


def _by_group(evidence: Evidence) -> Figure:
    columns = (Column("Runs"), Column("Seeds"), *(Column(f"{key} mAP (%)", 1, ends=True) for key in REPORT_KEYS))
    rows = [
        (group.name, len(group.results), *(_estimate(group.mean_map(key), group.interval(key)) for key in REPORT_KEYS))
        for group in evidence.groups
    ]
    ranges = _ranges(evidence)
    best = "; ".join(f"{row[0]}: total {columns[2].shown(row[2].value)} %" for row in rows[:4])
    return Figure(
        key="results-groups",
        title="mAP by group of classes",
        figure=group_bars(evidence.groups, evidence.styles),
        alt=f"Bars of mAP of total, head, medium and tail with intervals. {best}",
        caption=ranges,
        table=Table("results", f"mAP by group of classes. {ranges}", columns, rows),
    )


def _ranges(evidence: Evidence) -> str:
    """What the ranges of the groups of runs are; it depends on how many seeds each has."""
    lone, several = "the 95 % interval over resampled test images", "mean ± standard deviation over seeds"
    counts = [len(group.results) for group in evidence.groups]
    if max(counts) == 1:
        return f"Ranges are {lone}; another seed may move every number."
    if min(counts) > 1:
        return f"Ranges are {several}."
    return f"Ranges are {lone} where a group has one seed, and {several} where it has several."


def _estimate(value: float, ends: tuple[float, float]) -> Estimate:
    return Estimate(percent(value), percent(ends[0]), percent(ends[1]))


def _runs(evidence: Evidence) -> Table:
    """Every run for itself, as its own result says; under several seeds also their mean and spread."""
    columns = (Column("Run"), Column("Settings"), Column("Seed"))
    columns += tuple(Column(f"{key} mAP (%)", 1, ends=True) for key in REPORT_KEYS)
    rows = []
    for group in evidence.groups:
        for run_id, seed in group.seeds.items():
            result = evidence.runs[run_id].result
            rows.append((run_id, group.name, seed, *(_recorded(result, key) for key in REPORT_KEYS)))
        if len(group.results) > 1:
            many = f"{len(group.results)} seeds"
            means = [Estimate(percent(group.mean_map(key))) for key in REPORT_KEYS]
            spreads = [Estimate(percent(group.spread(key))) for key in REPORT_KEYS]
            rows += [(f"mean of {many}", group.name, "", *means), (f"spread of {many}", group.name, "", *spreads)]
    caption = "Every run: mAP with its 95 % interval over resampled test images; the spread is the standard deviation"
    return Table("runs", caption, columns, rows)


def _recorded(result: Result, key: str) -> Estimate:
    return _estimate(result.map.get(key, math.nan), result.intervals.get(key, NO_RANGE))


def _differences(evidence: Evidence) -> list[Block]:
    baseline, *others = evidence.groups
    found = {
        group.key: differences(group, baseline, evidence.paired.get(group.key), among=evidence.groups)
        for group in others
    }
    columns = (
        Column("Runs"),
        *(Column(f"{key} (points)", 1, signed=True, ends=True, word=True) for key in REPORT_KEYS),
    )
    rows = [(group.name, *(_judged(found[group.key][key]) for key in REPORT_KEYS)) for group in others]
    table = Table("differences", f"Difference in mAP to {baseline.name}, with its 95 % interval", columns, rows)
    sentences = tuple(verdict(group, baseline, found[group.key]) for group in others[:MOST_SAID])
    blocks: list[Block] = [Heading(f"Differences to {baseline.name}"), Items(sentences)]
    if len(others) > MOST_SAID:
        blocks.append(Text(f"The table judges the other {len(others) - MOST_SAID} in the same way."))
    blocks.append(table)
    if len({one.result.label_counts for one in evidence.runs.values()}) > 1:
        blocks.append(Text("These runs were trained on different training sets, so a class may be in another group."))
    return blocks


def _judged(found: Difference) -> Estimate:
    word = "inside the noise" if found.inside_noise else "more than noise"
    if math.isnan(found.low):
        word = "" if math.isnan(found.value) else "interval unknown"
    return Estimate(percent(found.value), percent(found.low), percent(found.high), word)


def _other_measures(evidence: Evidence) -> Table:
    """F1 at probability 0.5, calibration and ranking of labels; means over the seeds of a group."""
    measures = {
        "Micro F1 at 0.5 (%)": lambda result: _of(result, "f_scores", "micro_f1"),
        "Macro F1 at 0.5 (%)": lambda result: _of(result, "f_scores", "macro_f1"),
        "CF1 at 0.5 (%)": lambda result: _of(result, "f_scores", "cf1"),
        "OF1 at 0.5 (%)": lambda result: _of(result, "f_scores", "of1"),
        "One-error (%)": lambda result: _ranked(result, "one_error"),
        "Ranking loss (%)": lambda result: _ranked(result, "ranking_loss"),
        "Coverage (classes)": lambda result: _ranked(result, "coverage") / 100,
    }
    rows = [
        (group.name, *(_mean([measure(result) for result in group.results]) for measure in measures.values()))
        for group in evidence.groups
    ]
    known = [row for row in rows if any(math.isfinite(value) for value in row[1:])]
    caption = "Other measures of the test split, all classes, means over seeds"
    return Table("measures", caption, (Column("Runs"), *(Column(title, 1) for title in measures)), known)


def _of(result: Result, record: str, key: str) -> float:
    found = getattr(result, record)
    return math.nan if found is None else percent(found.total.get(key, math.nan))


def _ranked(result: Result, key: str) -> float:
    return math.nan if result.label_ranking is None else percent(getattr(result.label_ranking, key))


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return statistics.fmean(known) if known else math.nan
