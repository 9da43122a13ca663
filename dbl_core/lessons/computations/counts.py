"""What the counts of the labels alone tell: imbalance, its measures, head, medium and tail."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from dbl_core.lessons.answer import Answer, Bar, Bars, Line, Lines, Quantity
from dbl_core.lessons.computations.registry import computation
from dbl_core.lessons.lab import Lab, column_of, groups_of, present, rows_of
from dbl_core.longtail import CONVENTIONS, GROUPS, PROFILES, group_of, target_counts
from dbl_core.stats import MEASURES, count_measures, label_measures

MOST_BARS = 40
"""Of more labels the chart shows so many, evenly spaced over the ranks."""
PROFILE_LABELS = 20


def of_labels(lab: Lab, values: np.ndarray, title: str, alt: str, *, log: bool = False) -> Bars:
    """Return bars of a value of every label that occurs, most frequent first."""
    columns, groups = present(lab), groups_of(lab)
    if len(columns) > MOST_BARS:
        columns = columns[np.linspace(0, len(columns) - 1, MOST_BARS).round().astype(int)]
    bars = [Bar(str(lab.data.label_names[column]), float(values[column]), groups[column]) for column in columns]
    return Bars(title, tuple(bars), alt, log)


@computation
def imbalance_ratio(lab: Lab) -> Answer:
    """How many times as many images the most frequent label has as the rarest."""
    counts = np.asarray(lab.data.label_counts)
    columns = present(lab)
    most, rarest = int(counts[columns[0]]), int(counts[columns[-1]])
    chart = of_labels(lab, counts, "training images (count)", "Training images of every label, most frequent first")
    return Answer({"ratio": Quantity(most / rarest, "times"), "difference": Quantity(most - rarest)}, chart=chart)


@computation
def positives_share(lab: Lab, *, share: Annotated[float, Field(gt=0, le=1)] = 0.5) -> Answer:
    """How many labels, most frequent first, hold a share of all positives."""
    counts = np.asarray(lab.data.label_counts)[present(lab)]
    held = np.cumsum(counts) / counts.sum()
    needed = int(np.searchsorted(held, share - 1e-12)) + 1
    ranks = tuple(float(rank) for rank in range(len(counts) + 1))
    line = Line("this data set", ranks, (0.0, *(float(100 * part) for part in held)))
    even = Line("if all labels were as frequent", ranks, tuple(100 * rank / len(counts) for rank in ranks))
    return Answer(
        {"labels": Quantity(needed, "labels"), "of": Quantity(len(counts))},
        chart=Lines(
            "labels, most frequent first (count)",
            "share of all positives (%)",
            (line, even),
            "Share of all positives that the most frequent labels hold together",
            mark=float(needed),
        ),
    )


@computation
def mean_imbalance(lab: Lab) -> Answer:
    """Mean imbalance ratio: the average over the labels of the largest count over their own."""
    counts = np.asarray(lab.data.label_counts)
    ratios = np.divide(counts.max(), counts, out=np.full(len(counts), np.nan), where=counts > 0)
    measures = count_measures(counts, lab.data.n_train)
    chart = of_labels(lab, ratios, "largest count over own count (times)", "Imbalance ratio of every label", log=True)
    return Answer(
        {"mean": Quantity(measures["mean_ir"], "times"), "max": Quantity(measures["max_ir"], "times")}, chart=chart
    )


@computation
def gini(lab: Lab) -> Answer:
    """Gini coefficient of the counts: 0 when all labels are as frequent, towards 1 when one label has everything."""
    counts = np.sort(np.asarray(lab.data.label_counts))
    place = np.linspace(0, 100, len(counts) + 1)
    held = np.concatenate([[0], np.cumsum(counts)]) * (100 / counts.sum())
    lorenz = Line("this data set", tuple(map(float, place)), tuple(map(float, held)))
    even = Line("perfect balance", (0.0, 100.0), (0.0, 100.0))
    value = count_measures(counts, max(lab.data.n_train, 1))["gini"]
    return Answer(
        {"gini": Quantity(value)},
        chart=Lines(
            "labels, rarest first (%)",
            "share of all positives (%)",
            (lorenz, even),
            "Lorenz curve: share of all positives that the rarest labels hold together",
        ),
    )


@computation
def made_profile(lab: Lab, *, ratio: Annotated[float, Field(ge=1, le=400)] = 100.0, profile: str = "pareto") -> Answer:
    """Counts of a training set that is cut to a chosen ratio: its measures beside the shape."""
    if profile not in PROFILES or profile == "natural":
        raise ValueError(f"unknown profile {profile!r}; choose one of pareto, exponential, step, linear")
    most = max(int(np.asarray(lab.data.label_counts).max()), 400)
    counts = target_counts(PROFILE_LABELS, ratio, most, profile)
    measures = count_measures(counts, int(counts.sum()))
    ranks = tuple(float(rank) for rank in range(1, PROFILE_LABELS + 1))
    line = Line(PROFILES[profile].title, ranks, tuple(map(float, counts)))
    return Answer(
        {
            "gini": Quantity(measures["gini"]),
            "mean": Quantity(measures["mean_ir"], "times"),
            "smallest": Quantity(int(counts.min()), "images"),
            "largest": Quantity(most, "images"),
            "tail": Quantity(int((group_of(counts, lab.borders) == "tail").sum()), "labels"),
        },
        chart=Lines(
            "labels, most frequent first (rank)",
            "training images (count)",
            (line,),
            "Training images of every rank under the chosen ratio and shape",
        ),
    )


@computation
def group_sizes(lab: Lab, *, convention: str = "db", group: str = "tail") -> Answer:
    """How many labels are head, medium and tail under a convention."""
    if convention not in CONVENTIONS or group not in GROUPS:
        raise ValueError(f"unknown convention {convention!r} or group {group!r}")
    counts = np.asarray(lab.data.label_counts)
    sizes = {(name, each): int((group_of(counts, name) == each).sum()) for name in CONVENTIONS for each in GROUPS}
    bars = tuple(Bar(CONVENTIONS[name].title, size, each, series=each) for (name, each), size in sizes.items())
    values = {f"{name}_{each}": Quantity(size, "labels") for (name, each), size in sizes.items()}
    values |= {each: Quantity(sizes[convention, each], "labels") for each in GROUPS}
    return Answer(
        {"size": values[group], **values},
        chart=Bars("labels (count)", bars, "Number of head, medium and tail labels under every convention"),
    )


@computation
def measure(lab: Lab, *, key: str) -> Answer:
    """A measure of the literature by its key, such as cardinality or scumble."""
    if key not in MEASURES:
        raise ValueError(f"unknown measure {key!r}; choose one of {', '.join(MEASURES)}")
    counted = count_measures(np.asarray(lab.data.label_counts), max(lab.data.n_train, 1))
    if key in counted:
        return Answer({"value": Quantity(float(counted[key]))})
    data = rows_of(lab)
    return Answer({"value": Quantity(float(label_measures(data.labels[data.train_rows])[key]))})


@computation
def negatives_per_positive(lab: Lab, *, label: str = "rarest") -> Answer:
    """How many images without a label stand against each image with it."""
    counts, total = np.asarray(lab.data.label_counts), lab.data.n_train
    column = column_of(lab, label)
    ratios = np.divide(total - counts, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    chart = of_labels(
        lab, ratios, "negatives for each positive (count)", "Negatives a positive of every label", log=True
    )
    return Answer(
        {
            "times": Quantity(float(ratios[column]), "negatives"),
            "positives": Quantity(int(counts[column]), "positives"),
            "negatives": Quantity(int(total - counts[column]), "negatives"),
        },
        chart=chart,
    )


@computation
def prior_logit(lab: Lab, *, label: str = "rarest") -> Answer:
    """The logit at which a model that only knows how frequent a label is would stay: log(p / (1 - p))."""
    counts, total = np.asarray(lab.data.label_counts), lab.data.n_train
    share = np.clip(counts / max(total, 1), 1 / (2 * max(total, 1)), 1 - 1 / (2 * max(total, 1)))
    logits = np.log(share / (1 - share))
    column = column_of(lab, label)
    return Answer(
        {"logit": Quantity(float(logits[column])), "share": Quantity(float(100 * share[column]), "%")},
        chart=of_labels(lab, logits, "logit of the label's own frequency", "Logit of the frequency of every label"),
    )
