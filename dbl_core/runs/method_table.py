"""The methods of the literature on one data set, several seeds each, beside what was published about them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence

from dbl_core.config import DatasetConfig, RunConfig, TrainConfig
from dbl_core.methods import METHODS, PUBLISHED_DATA, PublishedRow, published_rows
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.comparison import Difference, SeedGroup, differences, settings_key
from dbl_core.runs.heads import Heads
from dbl_core.runs.outcome import Result

REFERENCE = "RS"
"""Title of the method that the others are held against: plain BCE with class-aware sampling."""
N_SEEDS = 5


def method_configs(dataset: DatasetConfig, max_steps: int | None, n_seeds: int = N_SEEDS) -> list[RunConfig]:
    """The settings of the table: every method of ``METHODS`` with its seeds, training defaults for the rest.

    Args:
        dataset: The data set.
        max_steps: Most optimizer steps of a head; None for the full schedule.
        n_seeds: Seeds of each, from 0 on.
    """
    return [
        RunConfig(
            dataset=dataset,
            loss=method.loss_config,
            train=TrainConfig(sampler=method.sampler, max_steps=max_steps, seed=seed),
        )
        for method in METHODS
        for seed in range(n_seeds)
    ]


def method_groups(heads: Heads, n_seeds: int = N_SEEDS) -> list[SeedGroup]:
    """The heads of :func:`method_configs` by method, in the order of ``METHODS``; diverged heads are left out."""
    groups = []
    for number, method in enumerate(METHODS):
        members = heads.heads[number * n_seeds : (number + 1) * n_seeds]
        names = [str(head.config.train.seed) for head in members]
        groups.append(
            SeedGroup(
                key=settings_key(members[0].config),
                name=method.title,
                config=members[0].config,
                runs={
                    name: None if head.diverged else Result(map=dict(head.map), config=head.config)
                    for name, head in zip(names, members, strict=True)
                },
                seeds={name: head.config.train.seed for name, head in zip(names, members, strict=True)},
            )
        )
    return groups


def found_differences(groups: Sequence[SeedGroup]) -> dict[str, dict[str, Difference]]:
    """How far every method lies from the reference, with 95 % intervals from the spread between all seeds."""
    reference = next(group for group in groups if group.name == REFERENCE)
    others = [group for group in groups if group.name != REFERENCE]
    return {group.name: differences(group, reference, among=groups) for group in others}


def found_sentences(groups: Sequence[SeedGroup]) -> list[str]:
    """Which differences to the reference are more than the seeds explain: a sentence a group of classes, one to end."""
    found = found_differences(groups)
    n_seeds = max(len(group.runs) for group in groups)
    lines, n_judged = [], 0
    for key in REPORT_KEYS:
        known = {name: each[key] for name, each in found.items() if math.isfinite(each[key].value)}
        n_judged += len(known)
        clear = [f"{name} {100 * each.value:+.1f}" for name, each in known.items() if not each.inside_noise]
        if known:
            lines.append(f"{key}: {', '.join(clear)}." if clear else f"{key}: none beyond the noise.")
    if n_judged:
        lines.append(
            f"Differences to {REFERENCE} in points, {n_seeds} seeds each, named where their 95 % interval from the "
            f"spread between seeds leaves out 0; of {n_judged} such comparisons about {max(1, round(n_judged / 20))} "
            "would do so by chance."
        )
    return lines


def mean_and_spread(group: SeedGroup, key: str) -> str:
    """A mean in percent with the standard deviation over seeds, ``63.2 ± 0.4``; a dash where it is not known."""
    mean, spread = group.mean_map(key), group.spread(key)
    if math.isnan(mean):
        return "–"
    return f"{100 * mean:.1f}" if math.isnan(spread) else f"{100 * mean:.1f} ± {100 * spread:.1f}"


def table_csv(groups: Sequence[SeedGroup]) -> str:
    """The whole table as CSV: percent, means and standard deviations of the seeds, published figures as published."""
    published = published_rows()
    rows = [_csv_row(group, published) for group in groups]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _csv_row(group: SeedGroup, published: Mapping[tuple[str, str], PublishedRow]) -> dict[str, object]:
    row: dict[str, object] = {
        "method": group.name,
        "loss": group.config.loss.name,
        "sampler": group.config.train.sampler,
        "seeds": len(group.results),
    }
    for key in REPORT_KEYS:
        mean, spread = group.mean_map(key), group.spread(key)
        row[f"{key}_mean"] = "" if math.isnan(mean) else f"{100 * mean:.3f}"
        row[f"{key}_sd"] = "" if math.isnan(spread) else f"{100 * spread:.3f}"
    for data in PUBLISHED_DATA:
        entry = published.get((group.name, data))
        for key in REPORT_KEYS:
            row[f"published {data} {key}"] = "" if entry is None else f"{entry.map[key]:.2f}"
        row[f"published {data} status"] = "" if entry is None else entry.status
    return row
