"""The data of a report: the card of every data set, its measures, its frequencies, and which labels meet."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from dbl_core.config import DatasetConfig
from dbl_core.datasets import DATASETS, MultiLabelDataset
from dbl_core.datasets.tables import facts, label_table, noun
from dbl_core.longtail import Convention
from dbl_core.report.content import Block, Column, Figure, Formula, Heading, Items, Section, Table, Text
from dbl_core.report.evidence import Evidence, dataset_key
from dbl_core.stats import MEASURES, cooccurrence, cooccurrence_from_counts, label_measures, supported
from dbl_core.viz.cooccurrence import View, cooccurrence_map
from dbl_core.viz.labels import frequency

MOST_DATA_SETS = 3
MOST_PAIRS = 20
MAP_LABELS = 40
MOST_NOTES = 8
LEAST_TOGETHER = 3
"""Images that a pair needs to be listed: fewer is chance."""
OWN_TERMS = "A file of the user's own, on the terms of its owner; it is not part of this report."


def data_section(evidence: Evidence) -> Section:
    """Describe the data sets of the runs, at most ``MOST_DATA_SETS`` of them in full."""
    configs = {dataset_key(group.config.dataset): group.config.dataset for group in evidence.groups}
    blocks: list[Block] = []
    for number, (key, config) in enumerate(list(configs.items())[:MOST_DATA_SETS], start=1):
        opened, word = evidence.datasets[key], f"data-{number}"
        if len(configs) > 1:
            used = [group.name for group in evidence.groups if dataset_key(group.config.dataset) == key]
            blocks += [Heading(f"Data set {number}"), Text(f"Used by {_listed(used)}.")]
        blocks.append(card(config, opened if not isinstance(opened, str) else None, word))
        if isinstance(opened, str):
            missing = f"It could not be opened where this report was made, so its measures are left out: {opened}"
            blocks.append(Text(missing, warning=True))
        else:
            blocks += _measured(opened, evidence.convention, word)
    if len(configs) > MOST_DATA_SETS:
        blocks.append(Text(f"{len(configs) - MOST_DATA_SETS} more data sets are left out here; their runs are below."))
    return Section("data", "Data", tuple(blocks))


def card(config: DatasetConfig, dataset: MultiLabelDataset | None, word: str) -> Table:
    """Say what the data set is: choice, origin, and its numbers where it can be opened."""
    about = DATASETS[config.name]
    rows: list[tuple[str, str]] = [
        ("Data set", about.title),
        ("What it is", about.description),
        ("Origin and terms", about.terms or OWN_TERMS),
        ("Preset", str(config.preset)),
    ]
    chosen = {key: value for key, value in config.options.items() if key != "preset" and value is not None}
    fields = DatasetConfig.model_fields
    rows += [
        (key.replace("_", " ").capitalize(), f"{value:g}" if isinstance(value, float) else str(value))
        for key, value in chosen.items()
        if value != fields[key].default and key != "ratio"
    ]
    if dataset is not None:
        numbers, row = facts(dataset), noun(dataset)
        asked = "" if config.ratio is None else f"{config.ratio:g} asked for, "
        rows += [
            (f"Training {row}s", f"{numbers['n_train']:,}"),
            (f"Test {row}s", f"{numbers['n_test']:,}"),
            ("Labels", f"{numbers['n_labels']:,}, {numbers['n_absent']:,} of them without a training {row}"),
            (f"Labels per training {row}", f"{numbers['cardinality']:.2f}"),
            ("Imbalance ratio (largest over smallest count)", f"{asked}{numbers['ratio']:,.4g} achieved"),
            ("Fingerprint", f"{fingerprint(dataset)}: the same wherever names, labels and both splits are the same"),
        ]
    return Table(f"{word}-card", "The data set", (Column("Property"), Column("Value")), rows)


def fingerprint(dataset: MultiLabelDataset) -> str:
    """What tells the data of two reports apart: 16 hexadecimal signs of label names, and ids and labels of both splits.

    Images are not in it, as they may lie elsewhere on another machine.
    """
    digest = hashlib.sha256(repr(dataset.label_names).encode())
    for rows in (dataset.train_rows, dataset.test_rows):
        digest.update("\n".join(map(str, dataset.ids[rows])).encode())
        digest.update(np.packbits(dataset.labels[rows]).tobytes())
    return digest.hexdigest()[:16]


def _measured(dataset: MultiLabelDataset, convention: Convention, word: str) -> list[Block]:
    blocks: list[Block] = []
    if dataset.notes:
        notes = dataset.notes[:MOST_NOTES]
        more = len(dataset.notes) - len(notes)
        blocks.append(Items((*notes, *([f"and {more} more"] if more else []))))
    blocks += [_frequencies(dataset, convention, word), _measures(dataset, word)]
    if dataset.n_labels > 1:
        blocks.append(_together(dataset, word))
    return blocks


def _frequencies(dataset: MultiLabelDataset, convention: Convention, word: str) -> Figure:
    counted, row = label_table(dataset, convention), noun(dataset)
    columns = [Column("Label"), Column("Group"), Column(f"Training {row}s"), Column(f"Share of training {row}s (%)", 2)]
    columns += [Column(f"Test {row}s")]
    cells = [counted["label"], counted["group"], counted["count"], 100 * counted["share"], counted["test"]]
    if "asked" in counted:
        columns.append(Column("Asked for"))
        cells.append(counted["asked"])
    rows = list(zip(*(column.tolist() for column in cells), strict=True))
    asked = "; grey lines are what was asked for" if "asked" in counted else ""
    return Figure(
        key=f"{word}-frequency",
        title="How often every label occurs",
        figure=frequency(counted, log=True, convention=convention),
        alt=f"Training {row}s per label, most frequent first, falling from {rows[0][2]:,} to {rows[-1][2]:,}; colours "
        "tell head, medium and tail",
        caption=f"Training {row}s per label on a logarithmic axis, most frequent first{asked}.",
        table=Table(f"{word}-counts", f"Labels by frequency, {len(rows):,} of them", tuple(columns), rows),
    )


def _measures(dataset: MultiLabelDataset, word: str) -> Table:
    n_inputs = None if dataset.features is None else dataset.features.shape[1]
    values = label_measures(dataset.labels[dataset.train_rows], n_inputs=n_inputs)
    rows = [
        (one.title, _written(values[key]), Formula(one.formula), one.reading, one.source or "by definition")
        for key, one in MEASURES.items()
        if key in values and not math.isnan(values[key])
    ]
    columns = tuple(map(Column, ("Measure", "Value", "Formula", "How to read it", "Source")))
    return Table(f"{word}-measures", "Measures of the training labels; absent labels have no ratio", columns, rows)


def _written(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _together(dataset: MultiLabelDataset, word: str) -> Figure:
    counts = cooccurrence(dataset.labels[dataset.train_rows])
    lift = cooccurrence_from_counts(counts, dataset.n_train, "lift")
    order = np.argsort(-np.diagonal(counts), kind="stable")[:MAP_LABELS]
    row = noun(dataset)
    rows = _pairs(counts, lift, dataset.label_names)
    every = (
        "all labels" if dataset.n_labels <= MAP_LABELS else f"the {MAP_LABELS} most frequent of {dataset.n_labels:,}"
    )
    columns = (Column("Label"), Column("with"), Column(f"{row}s with both"), Column("Lift (times chance)", 2))
    shown = supported(counts, LEAST_TOGETHER, n_samples=dataset.n_train)
    title = f"The {len(rows)} pairs that meet most often beyond chance, of at least {LEAST_TOGETHER} {row}s"
    return Figure(
        key=f"{word}-together",
        title="Which labels come together",
        figure=cooccurrence_map(
            lift, counts, dataset.label_names, measure="lift", shown=shown, view=View(order, order)
        ),
        alt=f"Heatmap of lift for {every}: blue pairs meet more often than by chance, orange ones less often",
        caption=f"Lift of {every}; 1 is chance. Cells that rest on too few {row}s are blank.",
        table=Table(f"{word}-pairs", title, columns, rows),
    )


def _pairs(counts: np.ndarray, lift: np.ndarray, names: Sequence[str]) -> list[tuple[str, str, int, float]]:
    """The pairs with most images beyond what chance would give, the largest surplus first."""
    first, second = np.nonzero(np.triu(counts >= LEAST_TOGETHER, k=1))
    both, times = counts[first, second], lift[first, second]
    surplus = both * (1 - 1 / times)
    best = np.argsort(-surplus, kind="stable")[:MOST_PAIRS]
    best = best[surplus[best] > 0]
    return [(names[first[k]], names[second[k]], int(both[k]), float(times[k])) for k in best]


def _listed(names: Sequence[str], most: int = 6) -> str:
    some = ", ".join(names[:most])
    return some if len(names) <= most else f"{some} and {len(names) - most} more"
