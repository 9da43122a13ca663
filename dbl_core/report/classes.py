"""Every class: its AP under every group of runs, what it won against the baseline, and which classes have no AP."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from dbl_core.longtail.groups import GROUPS
from dbl_core.report.content import Block, Column, Estimate, Figure, Heading, Table, Text
from dbl_core.report.evidence import Evidence, percent
from dbl_core.runs.class_ap import ClassAp, ClassGain, class_ap, class_gains
from dbl_core.runs.comparison import SeedGroup
from dbl_core.runs.outcome import ClassResult
from dbl_core.viz.compare import MOST_WHISKERED, ap_against_count, ap_by_class
from dbl_core.viz.gains import class_gain_bars

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
    lone = max(len(group.results) for group in groups) == 1
    ranges = "the 95 % interval over resampled test images"
    ranges += "" if lone else " of a single seed, the range over several seeds"
    lines = f"lines are {ranges}" if len(groups) <= MOST_WHISKERED else "intervals are in the table of its numbers"
    return Figure(
        key=f"{word}-ap",
        title="Average precision against training images",
        figure=ap_by_class(groups[0]) if single else ap_against_count(groups, evidence.styles),
        alt=f"Average precision of {len(rows):,} classes against their training images, by "
        f"{'group of classes' if single else 'group of runs'}",
        caption=f"Each marker is a class; {lines}. With few test positives AP jumps by chance.{text}",
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
    paired = evidence.paired.get(group.key)
    if paired is not None:
        paired = replace(paired, per_class=tuple(paired.per_class[place] for place in kept))
    gains = class_gains(group, baseline, paired)
    defined = sorted((row for row in gains if math.isfinite(row.gain)), key=lambda row: -abs(row.gain))
    most = defined[:MOST_BARS]
    some = f" The {len(most)} classes that change most of {len(gains):,}." if len(most) < len(gains) else ""
    columns = (Column("Class"), Column("Group"), Column("Training images"), Column("Test positives"))
    columns += (Column("AP gained (points)", 1, signed=True, ends=True),)
    rows = [
        (row.entry.label, row.entry.group, row.entry.train_count, row.entry.test_positives, _gain(row)) for row in gains
    ]
    number = [one.key for one in evidence.groups].index(group.key)
    return Figure(
        key=f"{word}-gains-{number}",
        title=f"AP gained by {group.name} against {baseline.name}",
        figure=class_gain_bars(most),
        alt=f"Bars of AP won and lost by class, {group.name} against {baseline.name}. {_won(gains)}",
        caption=f"Points of AP, rarest class on top.{some}{_lines(gains, group, baseline)}",
        table=Table(f"{word}-gains-{number}", f"AP of {group.name} minus AP of {baseline.name}", columns, rows),
    )


def _gain(row: ClassGain) -> Estimate:
    return Estimate(100 * row.gain, percent(row.low), percent(row.high))


def _lines(gains: Sequence[ClassGain], group: SeedGroup, baseline: SeedGroup) -> str:
    """What the intervals of the bars are; nothing where there are none."""
    if all(math.isnan(row.low) for row in gains):
        return ""
    lone = len(group.results) == len(baseline.results) == 1
    of = "over the same resampled test images" if lone else "from the spread between the seeds"
    return f" Lines are 95 % intervals {of}."


def _won(gains: Sequence[ClassGain]) -> str:
    counts = [
        f"{name}: {sum(row.gain > 0 for row in members)} of {len(members)} won"
        for name in GROUPS
        if (members := [row for row in gains if row.entry.group == name])
    ]
    return "; ".join(counts)
