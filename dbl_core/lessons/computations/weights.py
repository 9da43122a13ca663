"""The re-balanced weight, term by term, as the loss that trains computes it on images of the chosen data set."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from dbl_core.config import LossConfig
from dbl_core.errors import DataError
from dbl_core.lessons.answer import Answer, Bar, Bars, Line, Lines, Quantity
from dbl_core.lessons.computations.registry import computation
from dbl_core.lessons.lab import Lab, groups_of, present, train_labels
from dbl_core.longtail import GROUPS

NEGATIVES_SHOWN = 3
POINTS = 81


@computation
def rebalanced(lab: Lab, *, scene: Literal["alone", "mixed"] = "mixed") -> Answer:
    """The ratio r of an image: 1 for a label alone, small for a frequent label that rides along with a rare one."""
    labels = train_labels(lab)
    row = _alone(lab, labels) if scene == "alone" else _mixed(lab, labels)
    classes = lab.anatomy(LossConfig(name="r_bce"), row)["classes"]
    shown = sorted((each for each in classes if each["present"]), key=lambda each: -each["count"])
    absent = sorted((each for each in classes if not each["present"] and each["count"]), key=lambda each: -each["r"])
    names = lab.data.label_names
    groups = groups_of(lab)
    bars = [
        Bar(str(names[each["label"]]), float(each["r"]), groups[each["label"]], series=series)
        for series, some in (("shown in the image", shown), ("not shown", absent[:NEGATIVES_SHOWN]))
        for each in some
    ]
    frequent, rare = shown[0], shown[-1]
    values = {
        "labels": ", ".join(str(names[each["label"]]) for each in shown),
        "image": str(row + 1),
        "frequent": str(names[frequent["label"]]),
        "rare": str(names[rare["label"]]),
        "r_frequent": Quantity(float(frequent["r"])),
        "r_rare": Quantity(float(rare["r"])),
        "n_frequent": Quantity(int(frequent["count"]), "images"),
        "n_rare": Quantity(int(rare["count"]), "images"),
        "w_frequent": Quantity(float(frequent["weight"])),
        "w_rare": Quantity(float(rare["weight"])),
    }
    if absent:
        values |= {"absent": str(names[absent[0]["label"]]), "r_absent": Quantity(float(absent[0]["r"]), "times")}
    return Answer(values, chart=Bars("ratio r (1 = as if alone)", tuple(bars), "Ratio r of the labels of one image"))


@computation
def smoothed_weight(
    lab: Lab,
    *,
    r: Annotated[float, Field(ge=0, le=100)] = 1.0,
    alpha: Annotated[float, Field(ge=0, le=10)] = 0.1,
    beta: Annotated[float, Field(ge=0, le=100)] = 10.0,
    mu: Annotated[float, Field(ge=0, le=10)] = 0.3,
) -> Answer:
    """The weight that the ratio r becomes: alpha + sigmoid(beta (r - mu))."""
    ratios = np.linspace(0, 1.6, POINTS)
    line = Line("smoothed weight", tuple(map(float, ratios)), tuple(float(_weight(x, alpha, beta, mu)) for x in ratios))
    raw = Line("r itself", tuple(map(float, ratios)), tuple(map(float, ratios)))
    return Answer(
        {
            "weight": Quantity(_weight(r, alpha, beta, mu)),
            "zero": Quantity(_weight(0, alpha, beta, mu)),
            "ten": Quantity(_weight(10, alpha, beta, mu)),
        },
        chart=Lines(
            "ratio r",
            "weight",
            (line, raw),
            "Smoothed weight against the ratio r, and r itself",
            mark=min(float(r), 1.6),
        ),
    )


@computation
def weights_by_group(lab: Lab, *, loss: Literal["r_bce", "db", "weighted_bce", "cb_focal"] = "r_bce") -> Answer:
    """Mean weight of the positives of head, medium and tail labels over all training cells."""
    rows_needed = train_labels(lab)
    if not rows_needed.any():
        raise DataError("No training image carries a label, so there is no weight to show: choose another data set.")
    cells = lab.cells(LossConfig(name=loss))["groups"]
    found = {(each["group"], each["side"]): each["weight"] for each in cells if each["weight"] is not None}
    bars = tuple(
        Bar(group, float(found[group, side]), group, series=f"{side}s")
        for side in ("positive", "negative")
        for group in GROUPS
        if (group, side) in found
    )
    positive = {group: float(found[group, "positive"]) for group in GROUPS if (group, "positive") in found}
    change = {group: abs(value - 1) for group, value in positive.items()}
    values = {group: Quantity(value) for group, value in positive.items()}
    return Answer(
        {**values, "moved": max(change, key=change.get)},
        chart=Bars("mean weight (plain BCE is 1)", bars, "Mean weight of positives and negatives by group"),
    )


def _weight(r: float, alpha: float, beta: float, mu: float) -> float:
    return float(alpha + 1 / (1 + np.exp(-np.clip(beta * (r - mu), -60, 60))))


def _alone(lab: Lab, labels: np.ndarray) -> int:
    """Return the first training image that shows one label only, of the most frequent label that has one."""
    single = labels.sum(axis=1) == 1
    for column in present(lab):
        rows = np.flatnonzero(labels[:, column] & single)
        if len(rows):
            return int(rows[0])
    raise DataError(
        "Every training image of this data set has several labels: this step needs one with a single label."
    )


def _mixed(lab: Lab, labels: np.ndarray) -> int:
    """Return the training image with the widest span between its most frequent and its rarest label."""
    counts = np.asarray(lab.data.label_counts, dtype=float)
    largest = np.where(labels, counts, -np.inf).max(axis=1)
    smallest = np.where(labels, counts, np.inf).min(axis=1)
    span = np.where(labels.sum(axis=1) > 1, largest / smallest, 0)
    if span.max() <= 1:
        raise DataError("No training image of this data set shows a frequent and a rare label together.")
    return int(span.argmax())
