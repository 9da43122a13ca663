"""Every class: its AP under every group of runs, what it won against the baseline, and which classes have no AP."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import BootstrapIntervals
from dbl_core.report.content import Block, Column, Estimate, Figure, Heading, Table, Text
from dbl_core.report.evidence import Evidence, percent
from dbl_core.runs.comparison import SeedGroup
from dbl_core.runs.outcome import ClassResult
from dbl_core.viz.compare import ClassAp, ap_against_count, ap_by_class, ap_gain_bars, class_ap

MOST_CLASSES = 1000
"""Of more classes, the most frequent and the rarest halves of so many are shown."""
MOST_BARS = 40
"""Of more classes, only those that win or lose most have a bar."""
MOST_GAINS = 4
MOST_NAMED = 40


def class_blocks(evidence: Evidence) -> list[Block]:
    """Show the classes, once for every set of classes that the groups of runs were tested on."""
    families: dict[tuple[tuple[str, int, int], ...], list[SeedGroup]] = {}
    for group in evidence.groups:
        families.setdefault(_classes(group), []).append(group)
    blocks: list[Block] = []
    for number, (classes, groups) in enumerate(families.items(), start=1):
        if not classes:
            continue
        word = "classes" if len(families) == 1 else f"classes-{number}"
        of = "" if len(families) == 1 else f" of {', '.join(group.name for group in groups[:6])}"
        blocks.append(Heading(f"Classes{of}"))
        blocks += _family(evidence, groups, word)
    return blocks


def _classes(group: SeedGroup) -> tuple[tuple[str, int, int], ...]:
    return tuple((one.label, one.train_count, one.test_positives) for one in group.results[0].per_class)


def _family(evidence: Evidence, groups: Sequence[SeedGroup], word: str) -> list[Block]:
    entries = groups[0].results[0].per_class
    kept = _kept(entries)
    shown = [_cut(group, kept) for group in groups]
    blocks: list[Block] = [_figure(evidence, shown, word)]
    if len(kept) < len(entries):
        blocks.append(
            Text(
                f"Of {len(entries):,} classes the {len(kept) // 2:,} most frequent and the {len(kept) // 2:,} rarest "
                "are listed; result.json of a run has all of them."
            )
        )
    blocks += _excluded(entries)
    if evidence.groups[0] is groups[0] and len(groups) > 1:
        others = list(zip(groups[1:], shown[1:], strict=True))[:MOST_GAINS]
        blocks += [_gains(evidence, cut, shown[0], kept, word) for _, cut in others]
        if len(groups) - 1 > MOST_GAINS:
            left = len(groups) - 1 - MOST_GAINS
            blocks.append(Text(f"What {left} more groups of runs win by class is left out; their AP is listed above."))
    return blocks


def _kept(entries: Sequence[ClassResult]) -> list[int]:
    """Places of the classes that are shown, most frequent first."""
    order = sorted(range(len(entries)), key=lambda place: (-entries[place].train_count, place))
    half = MOST_CLASSES // 2
    return order if len(order) <= MOST_CLASSES else [*order[:half], *order[-half:]]


def _cut(group: SeedGroup, kept: Sequence[int]) -> SeedGroup:
    """A group of runs with some of its classes only."""
    runs = {
        run_id: result and result.model_copy(update={"per_class": tuple(result.per_class[place] for place in kept)})
        for run_id, result in group.runs.items()
    }
    return replace(group, runs=runs)


def _figure(evidence: Evidence, groups: Sequence[SeedGroup], word: str) -> Figure:
    columns = (Column("Class"), Column("Group"), Column("Training images"), Column("Test positives"))
    titles = [f"AP of {group.name} (%)" for group in groups] if len(groups) > 1 else ["AP (%)"]
    columns += tuple(Column(title, 1, ends=True) for title in titles)
    found = [class_ap(group) for group in groups]
    rows = [
        (one[0].entry.label, one[0].entry.group, one[0].entry.train_count, one[0].entry.test_positives, *map(_ap, one))
        for one in zip(*found, strict=True)
    ]
    single = len(groups) == 1
    text = " Names stand at the markers." if single else ""
    ranges = "the 95 % interval over resampled test images of a single seed, the range over several seeds"
    return Figure(
        key=f"{word}-ap",
        title="Average precision against training images",
        figure=ap_by_class(groups[0]) if single else ap_against_count(groups, evidence.styles),
        alt=f"Average precision of {len(rows):,} classes against their training images, by "
        f"{'group of classes' if single else 'group of runs'}",
        caption=f"Each marker is a class; lines are {ranges}. With few test positives AP jumps by chance.{text}",
        table=Table(word, f"Average precision (AP) of every class; ranges are {ranges}", columns, rows),
    )


def _ap(row: ClassAp) -> Estimate:
    return Estimate(percent(row.ap), percent(row.low), percent(row.high))


def _excluded(entries: Sequence[ClassResult]) -> list[Block]:
    """Name the classes that are in no mean, and those that nothing was learned for."""
    blocks: list[Block] = []
    unseen = [one.label for one in entries if not one.test_positives]
    if unseen:
        blocks.append(Text(f"Without a positive in the test split, so without AP and in no mean: {_named(unseen)}."))
    absent = [one.label for one in entries if not one.train_count and one.test_positives]
    if absent:
        blocks.append(Text(f"Without a training image: {_named(absent)}."))
    return blocks


def _named(labels: Sequence[str]) -> str:
    some = ", ".join(labels[:MOST_NAMED])
    return some if len(labels) <= MOST_NAMED else f"{some} and {len(labels) - MOST_NAMED:,} more"


def _gains(evidence: Evidence, group: SeedGroup, baseline: SeedGroup, kept: Sequence[int], word: str) -> Figure:
    lone = len(group.results) == len(baseline.results) == 1
    paired = evidence.paired.get(group.key) if lone else None
    if paired is not None:
        paired = replace(paired, per_class=tuple(paired.per_class[place] for place in kept))
    rows = _gain_rows(group, baseline, paired)
    most = sorted((row for row in rows if math.isfinite(row[4].value)), key=lambda row: -abs(row[4].value))[:MOST_BARS]
    places = [place for place, row in enumerate(rows) if row in most]
    drawn = paired and replace(paired, per_class=tuple(paired.per_class[place] for place in places))
    some = f" The {len(most)} classes that change most of {len(rows):,}." if len(most) < len(rows) else ""
    lines = " Lines are 95 % intervals over the same resampled test images." if paired else ""
    columns = (Column("Class"), Column("Group"), Column("Training images"), Column("Test positives"))
    columns += (Column("AP gained (points)", 1, signed=True, ends=True),)
    number = [one.key for one in evidence.groups].index(group.key)
    return Figure(
        key=f"{word}-gains-{number}",
        title=f"AP gained by {group.name} against {baseline.name}",
        figure=ap_gain_bars(_cut(group, places), _cut(baseline, places), drawn),
        alt=f"Bars of AP won and lost by class, {group.name} against {baseline.name}. {_won(rows)}",
        caption=f"Points of AP, rarest class on top.{some}{lines}",
        table=Table(f"{word}-gains-{number}", f"AP of {group.name} minus AP of {baseline.name}", columns, rows),
    )


def _gain_rows(
    group: SeedGroup, baseline: SeedGroup, paired: BootstrapIntervals | None
) -> list[tuple[str, str, int, int, Estimate]]:
    rows = []
    for place, (one, other) in enumerate(zip(class_ap(group), class_ap(baseline), strict=True)):
        low, high = _ends(paired, place)
        gain = Estimate(100 * (one.ap - other.ap), percent(low), percent(high))
        rows.append((one.entry.label, one.entry.group, one.entry.train_count, one.entry.test_positives, gain))
    return rows


def _ends(paired: BootstrapIntervals | None, place: int) -> tuple[float, float]:
    return (math.nan, math.nan) if paired is None else (paired.per_class[place].low, paired.per_class[place].high)


def _won(rows: Sequence[tuple[str, str, int, int, Estimate]]) -> str:
    counts = [
        f"{name}: {sum(row[4].value > 0 for row in members)} of {len(members)} won"
        for name in GROUPS
        if (members := [row for row in rows if row[1] == name])
    ]
    return "; ".join(counts)
