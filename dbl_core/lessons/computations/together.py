"""Labels that share images: how many an image has, who comes with whom, and whether that is more than chance."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from dbl_core.errors import DataError
from dbl_core.lessons.answer import Answer, Bar, Bars, Quantity, Value
from dbl_core.lessons.computations.registry import computation
from dbl_core.lessons.lab import Lab, column_of, groups_of, present, train_labels
from dbl_core.stats import cooccurrence, top_companions
from dbl_core.stats.cooccurrence import cooccurrence_from_counts

MOST_TOGETHER = 8
"""Images with more labels share one bar."""
MEASURES = {"share": "conditional", "lift": "lift"}
TITLES = {"share": "of the label's images (%)", "lift": "times as often as by chance (lift)"}


@computation
def labels_per_image(lab: Lab) -> Answer:
    """How many labels a training image has on average, and how many images have just one."""
    sizes = train_labels(lab).sum(axis=1)
    shares = np.bincount(np.minimum(sizes, MOST_TOGETHER), minlength=2) / len(sizes)
    bars = tuple(
        Bar(f"{number}{' or more' if number == MOST_TOGETHER else ''}", 100 * float(share))
        for number, share in enumerate(shares)
        if share or number
    )
    return Answer(
        {
            "mean": Quantity(float(sizes.mean()), "labels"),
            "alone": Quantity(100 * float((sizes == 1).mean()), "%"),
            "together": Quantity(100 * float((sizes > 1).mean()), "%"),
        },
        chart=Bars("of the training images (%)", bars, "Share of the training images by their number of labels"),
    )


@computation
def company(lab: Lab, *, group: Literal["medium", "tail"] = "tail") -> Answer:
    """How many of the positives of rare labels stand on images that show a frequent label too."""
    labels, groups = train_labels(lab), np.array(groups_of(lab))
    head = groups == "head"
    if not head.any() or not labels[:, groups == group].any():
        raise DataError(f"This data set has no head or no {group} labels under the chosen borders.")
    beside = labels & labels[:, head].any(axis=1)[:, None]
    counts, both = labels.sum(axis=0), beside.sum(axis=0)
    columns = [column for column in present(lab) if groups[column] == group]
    bars = tuple(
        Bar(str(lab.data.label_names[column]), 100 * float(both[column] / counts[column]), group)
        for column in columns[:20]
    )
    share = both[columns].sum() / counts[columns].sum()
    return Answer(
        {"share": Quantity(100 * float(share), "%")},
        chart=Bars(
            "of the label's images show a head label too (%)",
            bars,
            f"How often {group} labels stand beside head labels",
        ),
    )


@computation
def conditional(lab: Lab, *, first: str = "rarest", second: str = "companion") -> Answer:
    """Of the images with one label, how many show another one, and the other way round.

    Args:
        lab: The lab.
        first: A label.
        second: Another one; "companion" is the label that shares most images with the first.
    """
    counts = cooccurrence(train_labels(lab))
    one = _with_company(lab, counts, first)
    other = _companions(counts, one)[0] if second == "companion" else column_of(lab, second)
    given = cooccurrence_from_counts(counts, lab.data.n_train, "conditional")
    names = str(lab.data.label_names[one]), str(lab.data.label_names[other])
    forward, back = float(given[one, other]), float(given[other, one])
    bars = (
        Bar(f"{names[1]}, where {names[0]} is", 100 * forward),
        Bar(f"{names[0]}, where {names[1]} is", 100 * back),
    )
    return Answer(
        {
            "first": names[0],
            "second": names[1],
            "larger": "forward" if forward > back else "back" if back > forward else "same",
            "forward": Quantity(100 * forward, "%"),
            "back": Quantity(100 * back, "%"),
            "both": Quantity(int(counts[one, other]), "images"),
            "expected": Quantity(float(counts[one, one] * counts[other, other] / lab.data.n_train), "images"),
            "lift": Quantity(float(lab.data.n_train * counts[one, other] / (counts[one, one] * counts[other, other]))),
        },
        chart=Bars("of the images (%)", bars, f"How often {names[0]} and {names[1]} come with each other"),
    )


@computation
def companions(
    lab: Lab,
    *,
    label: str = "rarest",
    by: Literal["share", "lift"] = "share",
    n: Annotated[int, Field(ge=2, le=6)] = 4,
) -> Answer:
    """The labels that share most images with one label, ordered by that or by lift."""
    counts = cooccurrence(train_labels(lab))
    one = _with_company(lab, counts, label)
    chosen = _companions(counts, one)[:n]
    values = cooccurrence_from_counts(counts, lab.data.n_train, MEASURES[by])[one]
    order = sorted(chosen, key=lambda column: -values[column])
    names = [str(lab.data.label_names[column]) for column in order]
    groups = groups_of(lab)
    scale = 100 if by == "share" else 1
    bars = tuple(
        Bar(name, scale * float(values[column]), groups[column]) for name, column in zip(names, order, strict=True)
    )
    ranks = tuple(sorted({-values[column] for column in order}).index(-values[column]) for column in order)
    found: dict[str, Value] = {"label": str(lab.data.label_names[one]), "top": names[0]}
    found["value"] = Quantity(scale * float(values[order[0]]), "%" if by == "share" else "times")
    return Answer(
        found,
        order=tuple(names),
        ties=ranks,
        chart=Bars(TITLES[by], bars, f"Labels that come with {found['label']}, by {by}"),
    )


def _companions(counts: np.ndarray, column: int) -> list[int]:
    """Return the labels that share an image with a label, most shared images first."""
    return [int(other) for other in top_companions(counts, column, len(counts)) if counts[column, other] > 0]


def _with_company(lab: Lab, counts: np.ndarray, label: str) -> int:
    """Return the column of a label; "rarest" is the rarest label that shares images with two others at least.

    Raises:
        DataError: No label does, or the named one does not.
    """
    candidates = present(lab)[::-1] if label == "rarest" else [column_of(lab, label)]
    for column in candidates:
        if len(_companions(counts, int(column))) >= 2:
            return int(column)
    raise DataError("In this data set the label shares no images with others: this step needs labels that co-occur.")
