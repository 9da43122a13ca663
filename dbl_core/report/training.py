"""How the numbers came about: curves of mAP, loss, weights and gradients against the epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dbl_core.longtail.groups import GROUPS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.report.content import Block, Column, Figure, Folded, Heading, Section, Table, Text
from dbl_core.report.evidence import DEFAULT_GROUPS, Evidence, ReportedRun, percent
from dbl_core.runs.outcome import SIGNS, Epoch
from dbl_core.viz import curves

MOST_EPOCHS = 100
"""Of more epochs, so many evenly spaced ones are drawn; the last is always among them."""
WEIGHTS = (
    "How much a positive or a negative cell of a group counts on average, at the scores of that epoch; plain BCE would "
    "be 1 everywhere."
)
GRADIENTS = (
    "The share of the absolute gradient that comes from the positives and the negatives of each group; the six shares "
    "of a run add up to 100 %."
)
TITLES = {"weights": "Mean weight", "gradients": "Share of the gradient (%)"}


def training_section(evidence: Evidence) -> Section:
    """Draw the curves of all runs; a lone run has its groups in one figure."""
    runs = {run_id: _thinned(one) for run_id, one in evidence.runs.items() if one.epochs}
    if not runs:
        return Section("training", "Training", (Text("No run has left its epochs, so there are no curves."),))
    alone = len(runs) == 1
    blocks = _alone(next(iter(runs.values()))) if alone else _side_by_side(_lines(evidence, runs), runs)
    if any(len(epochs) < len(evidence.runs[run_id].epochs) for run_id, epochs in runs.items()):
        blocks.append(Text(f"Of longer runs {MOST_EPOCHS} evenly spaced epochs are shown."))
    if evidence.convention.name != DEFAULT_GROUPS:
        blocks.append(Text("Weights were added up while the runs trained, so their groups are the paper's here."))
    silent = [run_id for run_id in evidence.runs if run_id not in runs]
    if silent:
        blocks.append(Text(f"Without epochs, so without curves: {', '.join(silent)}."))
    return Section("training", "Training", tuple(blocks))


def _thinned(one: ReportedRun) -> tuple[Epoch, ...]:
    last = len(one.epochs) - 1
    if last < MOST_EPOCHS:
        return one.epochs
    places = dict.fromkeys(round(step * last / (MOST_EPOCHS - 1)) for step in range(MOST_EPOCHS))
    return tuple(one.epochs[place] for place in places)


def _lines(evidence: Evidence, runs: dict[str, tuple[Epoch, ...]]) -> list[curves.Curve]:
    return [
        curves.Curve(group.name, runs[run_id], evidence.styles[group.key], seed)
        for group in evidence.groups
        for run_id, seed in group.seeds.items()
        if run_id in runs
    ]


def _alone(epochs: Sequence[Epoch]) -> list[Block]:
    found: list[Block] = [
        _drawn(
            "training-map",
            "mAP against the epoch",
            curves.map_curves(epochs),
            "mAP on the test split after every epoch, by group of classes.",
            _epoch_table("training-map", epochs, {f"{key} mAP (%)": _map(key) for key in REPORT_KEYS}, 1),
        ),
        _drawn(
            "training-loss",
            "Loss against the epoch",
            curves.loss_curves(epochs, style=0),
            "The loss that is minimized; dropout and sampling make the training loss differ from the test loss.",
            _epoch_table("training-loss", epochs, {f"{name} loss": _field(key) for key, name in LOSSES}, 4),
        ),
    ]
    for quantity, caption in (("weights", WEIGHTS), ("gradients", GRADIENTS)):
        for sign in SIGNS:
            key = f"training-{quantity}-{sign}"
            values = {group: _cell(quantity, sign, group) for group in GROUPS}
            title = f"{TITLES[quantity]} of {sign} cells"
            table = _epoch_table(key, epochs, values, 3)
            found.append(_drawn(key, title, curves.weight_curves(epochs, sign, quantity), caption, table))
    return found


LOSSES = tuple(curves.LOSS_FIELDS.items())


def _side_by_side(lines: Sequence[curves.Curve], runs: dict[str, tuple[Epoch, ...]]) -> list[Block]:
    found: list[Block] = []
    for key in REPORT_KEYS:
        name = f"{key.capitalize()} mAP"
        caption = f"{name} on the test split after every epoch; runs of the same settings share a colour."
        table = _run_table(f"training-{key}", runs, f"{key} mAP (%)", _map(key), 1)
        figure = curves.compare_map_curves(lines, key)
        found.append(_drawn(f"training-{key}", f"{name} against the epoch", figure, caption, table))
    for field, name in LOSSES:
        caption = "Look at shapes, not heights: different formulas give losses that cannot be compared."
        table = _run_table(f"training-{field}", runs, f"{name} loss", _field(field), 4)
        figure = curves.compare_loss_curves(lines, field)
        found.append(_drawn(f"training-{field}", f"{name.capitalize()} loss against the epoch", figure, caption, table))
    return [*found, Heading("What the losses do with the cells"), *_cells(lines, runs)]


def _cells(lines: Sequence[curves.Curve], runs: dict[str, tuple[Epoch, ...]]) -> list[Block]:
    folded = []
    for quantity, caption in (("weights", WEIGHTS), ("gradients", GRADIENTS)):
        figures = []
        for group in GROUPS[::-1]:
            for sign in SIGNS:
                key, title = f"training-{quantity}-{sign}-{group}", f"{TITLES[quantity]} of {sign} {group} cells"
                table = _run_table(key, runs, title, _cell(quantity, sign, group), 3)
                figure = curves.compare_weight_curves(lines, group, sign, quantity)
                figures.append(_drawn(key, title, figure, caption, table))
        folded.append(Folded(TITLES[quantity], tuple(figures)))
    return folded


def _drawn(key: str, title: str, figure: Any, caption: str, table: Table) -> Figure:
    return Figure(key, title, figure, alt=f"{title}, as lines over the epochs", caption=caption, table=table)


def _epoch_table(key: str, epochs: Sequence[Epoch], values: dict[str, Callable[[Epoch], float]], digits: int) -> Table:
    columns = (Column("Epoch"), *(Column(title, digits) for title in values))
    rows = [(epoch.epoch, *(value(epoch) for value in values.values())) for epoch in epochs]
    return Table(key, "By epoch", columns, rows)


def _run_table(
    key: str, runs: dict[str, tuple[Epoch, ...]], title: str, value: Callable[[Epoch], float], digits: int
) -> Table:
    """One row a run, one column an epoch."""
    numbers = sorted({epoch.epoch for epochs in runs.values() for epoch in epochs})
    columns = (Column("Run"), *(Column(f"epoch {number}", digits) for number in numbers))
    rows = []
    for run_id, epochs in runs.items():
        known = {epoch.epoch: value(epoch) for epoch in epochs}
        rows.append((run_id, *(known.get(number) for number in numbers)))
    return Table(key, f"{title} by run and epoch", columns, rows)


def _map(key: str) -> Callable[[Epoch], float]:
    return lambda epoch: percent(epoch.map.get(key))


def _field(name: str) -> Callable[[Epoch], float]:
    return lambda epoch: getattr(epoch, name)


def _cell(quantity: str, sign: str, group: str) -> Callable[[Epoch], float | None]:
    def value(epoch: Epoch) -> float | None:
        found = getattr(epoch, quantity).get(sign, {}).get(group)
        return percent(found) if quantity == "gradients" else found

    return value
