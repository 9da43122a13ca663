"""Why accuracy lies, what average precision counts, and how far off it may be with few positives."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import numpy as np
from pydantic import Field

from dbl_core.errors import DataError
from dbl_core.lessons.answer import Answer, Bar, Bars, Line, Lines, Quantity
from dbl_core.lessons.computations.counts import of_labels
from dbl_core.lessons.computations.registry import computation
from dbl_core.lessons.lab import Lab, rows_of
from dbl_core.metrics import average_precision

DRAWS = 200
"""Simulated test sets."""
POSITIVES = (2, 3, 5, 10, 20, 50, 100, 200)


@computation
def all_negative(lab: Lab) -> Answer:
    """Accuracy and mAP, on the test split, of a classifier that answers no to every label of every image."""
    data = rows_of(lab)
    truth = data.labels[data.test_rows]
    if not truth.any():
        raise DataError("No test image carries a label, so nothing can be measured: choose another data set.")
    ap = average_precision(truth, np.zeros(truth.shape))
    accuracy, mean = float(1 - truth.mean()), float(np.nanmean(ap))
    bars = (Bar("accuracy", 100 * accuracy), Bar("mAP", 100 * mean), Bar("positives found", 0.0))
    return Answer(
        {"accuracy": Quantity(100 * accuracy, "%"), "map": Quantity(100 * mean, "%")},
        chart=Bars("of the classifier that always says no (%)", bars, "Accuracy, mAP and recall of always saying no"),
    )


@computation
def ap_of_ranks(
    lab: Lab,
    *,
    ranks: Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(min_length=1, max_length=20)] = (1, 4),
    last: Annotated[int, Field(ge=1, le=100)] | None = None,
    images: Annotated[int, Field(ge=2, le=100)] = 10,
) -> Answer:
    """Average precision of one label whose positives stand at given places of the ranking.

    Args:
        lab: Not asked.
        ranks: Places of the positives, 1 is the best.
        last: Moves the last positive to this place.
        images: Number of images.
    """
    places = sorted({*ranks[:-1], ranks[-1] if last is None else last})
    if places[-1] > images:
        raise ValueError(f"a positive stands at place {places[-1]} of {images} images")
    truth = np.zeros((images, 1), dtype=bool)
    truth[np.array(places) - 1] = True
    ap = float(average_precision(truth, -np.arange(images, dtype=float)[:, None])[0])
    bars = [Bar(f"place {place}", 100 * number / place) for number, place in enumerate(places, start=1)]
    return Answer(
        {"ap": Quantity(100 * ap, "%"), "last": Quantity(100 * len(places) / places[-1], "%")},
        chart=Bars(
            "precision down to this place (%)", tuple(bars), "Precision at the place of every positive in the ranking"
        ),
    )


@computation
def ap_spread(lab: Lab, *, positives: Annotated[int, Field(ge=2, le=200)] = 5) -> Answer:
    """How far the AP of one and the same classifier varies between test sets, by their number of positives.

    A simulation: 1,000 images, scores of positives and negatives are normal and lie 1.5 standard deviations apart.
    """
    ranges = _ranges()
    low, high = ranges[min(POSITIVES, key=lambda number: abs(np.log(number / positives)))]
    lines = tuple(
        Line(name, tuple(map(float, POSITIVES)), tuple(100 * ranges[number][end] for number in POSITIVES))
        for end, name in ((1, "upper end"), (0, "lower end"))
    )
    return Answer(
        {
            "width": Quantity(100 * (high - low), "points"),
            "low": Quantity(100 * low, "%"),
            "high": Quantity(100 * high, "%"),
            "many": Quantity(100 * (ranges[POSITIVES[-1]][1] - ranges[POSITIVES[-1]][0]), "points"),
        },
        chart=Lines(
            "positives in the test set (count)",
            "AP of the same classifier (%)",
            lines,
            "Range that holds 95 % of the AP of simulated test sets, by their number of positives",
            log_x=True,
            mark=float(positives),
        ),
        note=f"A simulation of {DRAWS:,} test sets of 1,000 images, computed here with a fixed seed.",
    )


@lru_cache(maxsize=1)
def _ranges() -> dict[int, tuple[float, float]]:
    return {number: _range(number) for number in POSITIVES}


def _range(positives: int, *, images: int = 1000, strength: float = 1.5) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % quantiles of AP over simulated test sets."""
    truth = np.zeros((images, DRAWS), dtype=bool)
    truth[:positives] = True
    scores = np.random.default_rng(0).normal(size=truth.shape) + strength * truth
    low, high = np.quantile(average_precision(truth, scores), (0.025, 0.975))
    return float(low), float(high)


@computation
def few_tests(lab: Lab, *, fewer: Annotated[int, Field(ge=1, le=1000)] = 50) -> Answer:
    """How many labels have fewer test positives than a number."""
    data = rows_of(lab)
    positives = data.labels[data.test_rows].sum(axis=0)
    chart = of_labels(lab, positives, "test images (count)", "Test images of every label")
    few = int((positives < fewer).sum())
    return Answer(
        {"labels": Quantity(few, "labels"), "least": Quantity(int(positives.min()), "positives")}, chart=chart
    )
