"""What samplers promise, and what they show because images bring all their labels along."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from dbl_core.errors import DataError
from dbl_core.lessons.answer import Answer, Bar, Bars, Quantity
from dbl_core.lessons.computations.counts import MOST_BARS
from dbl_core.lessons.computations.registry import computation
from dbl_core.lessons.lab import Lab, column_of, groups_of, present, train_labels
from dbl_core.samplers import SAMPLERS, epoch_length
from dbl_core.stats import label_shares, leaking_pairs

Sampler = Literal["uniform", "class_aware", "square_root", "repeat_factor", "progressive"]


@computation
def imbalance_kept(lab: Lab, *, sampler: Sampler = "class_aware") -> Answer:
    """Largest over smallest share of the labels that training is shown under a sampler."""
    labels = _some(lab)
    plain, sampled = label_shares(labels, "uniform"), label_shares(labels, sampler)
    columns, groups = present(lab), groups_of(lab)
    if len(columns) > MOST_BARS // 2:
        columns = columns[np.linspace(0, len(columns) - 1, MOST_BARS // 2).round().astype(int)]
    bars = [
        Bar(str(lab.data.label_names[column]), 100 * float(shares.shares[column]), groups[column], series=title)
        for column in columns
        for title, shares in (("uniform", plain), (SAMPLERS[sampler].title, sampled))
    ]
    return Answer(
        {
            "kept": Quantity(sampled.max_min, "times"),
            "uniform": Quantity(plain.max_min, "times"),
            "promised": Quantity(sampled.promised_max_min, "times"),
        },
        chart=Bars(
            "of all labels shown (%)",
            tuple(bars),
            f"Share of every label under uniform and {sampler} sampling",
            log=True,
        ),
    )


@computation
def most_leaking(lab: Lab, *, n: Annotated[int, Field(ge=2, le=6)] = 4) -> Answer:
    """The labels that class-aware sampling shows more often than it promised, worst first."""
    shares = label_shares(_some(lab), "class_aware")
    order = np.argsort(-shares.leak, kind="stable")[:n]
    names = tuple(str(lab.data.label_names[column]) for column in order)
    groups = groups_of(lab)
    bars = tuple(
        Bar(name, float(shares.rates[column] / shares.promised), groups[column])
        for name, column in zip(names, order, strict=True)
    )
    return Answer(
        {"top": names[0], "times": Quantity(float(shares.rates[order[0]] / shares.promised), "times")},
        order=names,
        chart=Bars("shown over promised (times)", bars, "How many times as often as promised labels are shown"),
    )


@computation
def asked_for_another(lab: Lab, *, label: str = "most") -> Answer:
    """How many of the draws that show a label were made for another one."""
    labels, column = _some(lab), column_of(lab, label)
    shares = label_shares(labels, "class_aware")
    pairs = leaking_pairs(labels, "class_aware", n_pairs=labels.shape[1] ** 2)
    groups = groups_of(lab)
    riders = [
        (int(rare), float(share))
        for rare, frequent, share in zip(pairs["rare"], pairs["frequent"], pairs["share"], strict=True)
        if frequent == column
    ]
    bars = tuple(Bar(str(lab.data.label_names[rare]), 100 * share, groups[rare]) for rare, share in riders[:10])
    return Answer(
        {
            "share": Quantity(100 * float(shares.leak[column] / shares.rates[column]), "%"),
            "label": str(lab.data.label_names[column]),
        },
        chart=Bars(
            f"of the draws that show {lab.data.label_names[column]} (%)", bars, "For which label the draws were made"
        ),
    )


@computation
def repeats(lab: Lab, *, label: str = "rarest", sampler: Sampler = "class_aware") -> Answer:
    """How often an image of a label is shown in one epoch."""
    labels, column = _some(lab), column_of(lab, label)
    draws = epoch_length(labels.sum(axis=0))
    named = {SAMPLERS[name].title: label_shares(labels, name).repeats(draws) for name in SAMPLERS}
    mine = labels[:, column]
    bars = tuple(Bar(title, float(times[mine].mean())) for title, times in named.items())
    value = float(named[SAMPLERS[sampler].title][mine].mean())
    return Answer(
        {
            "times": Quantity(value, "times"),
            "uniform": Quantity(float(named[SAMPLERS["uniform"].title][mine].mean()), "times"),
            "draws": Quantity(draws, "draws"),
            "images": Quantity(int(mine.sum()), "images"),
        },
        chart=Bars("times an epoch, mean over the label's images", bars, "How often an image is repeated, by sampler"),
    )


@computation
def samplers_by_balance(
    lab: Lab, *, samplers: list[Sampler] = ("uniform", "square_root", "repeat_factor", "class_aware")
) -> Answer:
    """Samplers by the imbalance that they leave, the largest first."""
    labels = _some(lab)
    kept = {SAMPLERS[name].title: label_shares(labels, name).max_min for name in samplers}
    order = tuple(sorted(kept, key=lambda title: -kept[title]))
    bars = tuple(Bar(title, kept[title]) for title in order)
    return Answer(
        {"most": order[0], "least": order[-1], "value": Quantity(kept[order[-1]], "times")},
        order=order,
        chart=Bars("largest over smallest share (times)", bars, "Imbalance that every sampler leaves"),
    )


def _some(lab: Lab) -> np.ndarray:
    labels = train_labels(lab)
    if not labels.any():
        raise DataError("No training image carries a label, so there is nothing to draw: choose another data set.")
    return labels
