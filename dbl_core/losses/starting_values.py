"""Where to start with the options of a loss on a given training set, each value with its reason in numbers.

A starting value is where a search begins, not where it ends: the rules are anchored in what was published, and every
reason says how far that carries. Everything is computed from the labels or their counts; none of it needs torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dbl_core.losses.catalog import describe
from dbl_core.losses.description import LossOption
from dbl_core.losses.training_facts import TrainingFacts

DB_SOURCE = "Wu et al., ECCV 2020, and its public code"
CB_SOURCE = "Cui et al., CVPR 2019, equation 2 (effective number of samples)"
NO_RULE = "No rule from data is known for it; this is the published value that the lab starts from."
LAMBDA_ANCHORS = ((8.736, 5.0), (17.365, 2.0))
"""Negatives for every positive, and the authors' lambda there: VOC-MLT and COCO-MLT."""
MOST_MEAN_WEIGHT = 10.0
"""Weights whose mean is larger act like a learning rate so many times as large."""


@dataclass(frozen=True)
class StartingValue:
    """A value to start from.

    Attributes:
        option: Name of the option.
        value: Its value, inside the allowed range.
        reason: Why, in sentences with the numbers of the training set.
        source: Where the rule or the value is from.
        from_data: Whether the training set decides it.
    """

    option: str
    value: float | str
    reason: str
    source: str
    from_data: bool


def starting_values(
    name: str,
    *,
    labels: np.ndarray | None = None,
    label_counts: np.ndarray | None = None,
    n_samples: int | None = None,
) -> tuple[StartingValue, ...]:
    """Return a starting value for every option of a loss, in the order of the catalogue.

    Args:
        name: A key of ``LOSSES``.
        labels: (n_samples, n_labels) bool, the training set.
        label_counts: (n_labels,) positives per label, where only counts are known.
        n_samples: Number of training images, with ``label_counts``.

    Raises:
        ValueError: The loss is unknown, or the labels or counts are none.
    """
    return values_from(name, TrainingFacts.of(labels=labels, label_counts=label_counts, n_samples=n_samples))


def values_from(name: str, facts: TrainingFacts) -> tuple[StartingValue, ...]:
    """Return what :func:`starting_values` says, from facts that are kept."""
    description = describe(name)
    source = f"{description.authors}, {description.venue}"
    return tuple(_starting(option, description.terms, facts, source) for option in description.options)


def starting_options(name: str, facts: TrainingFacts) -> dict[str, float | str]:
    """Return the starting values alone, as ``check_options`` would take them."""
    description = describe(name)
    return {option.name: _starting(option, description.terms, facts, "").value for option in description.options}


def _starting(option: LossOption, terms: tuple[str, ...], facts: TrainingFacts, source: str) -> StartingValue:
    for (term, key), rule in _RULES.items():
        if option.name == key and term in terms and facts.counts.any():
            value, reason, origin = rule(facts)
            return StartingValue(key, option.check(value), reason, origin, from_data=True)
    return StartingValue(option.name, option.default, NO_RULE, source, from_data=False)


def _mu(facts: TrainingFacts) -> tuple[float, str, str]:
    published = "The authors took 0.3 at 2.05 labels an image (VOC-MLT) and 0.2 at 4.36 (COCO-MLT)"
    if facts.ratios is None:
        mean = min(facts.n_samples / facts.counts.sum(), 1.0)
        return (
            _rounded(mean),
            f"The mean r of the positives is one over the labels of an image, {1 / mean:.2f} here if every image has "
            f"one; their median, which lies lower, needs labelled rows. {published}, so try smaller values too.",
            DB_SOURCE,
        )
    mean, median = float(facts.ratios.mean()), float(np.median(facts.ratios))
    return (
        _rounded((mean + median) / 2),
        f"Half-way between the mean ({mean:.2f}) and the median ({median:.2f}) of the r of your positives, so that "
        f"the weight turns from low to high where they lie. {published}, where the same rule gives 0.43 and 0.18.",
        DB_SOURCE,
    )


def _lambda(facts: TrainingFacts) -> tuple[float, str, str]:
    share = facts.negative_share
    per_positive = share / max(1 - share, 1e-12)
    (first, high), (second, low) = LAMBDA_ANCHORS
    slope = math.log(low / high) / math.log(second / first)
    value = min(max(high * (max(per_positive, 1e-9) / first) ** slope, low), high)
    if 0.99 * first <= per_positive <= 1.01 * second:
        where = "there or between, where the value follows the line through both"
    else:
        where = "beyond, where nothing was published and the value stays at the nearer one"
    return (
        round(value, 1),
        f"{100 * share:.1f} % of your cells are negative, {per_positive:.3g} for every positive. The authors took 5 at "
        f"8.7 (VOC-MLT) and 2 at 17.4 (COCO-MLT); your data lie {where}. Two points are little evidence: this is a "
        "place to start, so try 1 to 5.",
        DB_SOURCE,
    )


def _kappa(facts: TrainingFacts) -> tuple[float, str, str]:
    shift = 0.05 * facts.largest_log_odds
    return (
        0.05,
        "0.05 in every published setting. On your data the class farthest from half of the images then starts "
        f"{shift:.2g} of a logit away (bias paper), or that divided by lambda (bias official).",
        DB_SOURCE,
    )


def _class_balanced(facts: TrainingFacts) -> tuple[float, str, str]:
    most, fewest = int(facts.present.max()), int(facts.present.min())
    beta = (most - 1) / most
    spread = (1 - beta**most) / (1 - beta**fewest)
    return (
        float(f"{beta:.6g}"),
        f"(n - 1) / n for your largest class, n = {most:,}: no class has more images than still count as new, so the "
        f"weights tell all classes apart, {spread:.3g} to 1 from the rarest ({fewest:,}) to the most frequent. "
        "Smaller values make frequent classes alike.",
        CB_SOURCE,
    )


def _power(facts: TrainingFacts) -> tuple[float, str, str]:
    power = tame_power(facts)
    return (
        power,
        f"The largest power up to the square root that keeps the mean weight at or below {MOST_MEAN_WEIGHT:g}: "
        f"{facts.mean_inverse(power):.3g} here, and {facts.mean_inverse(1):.3g} with power 1, which acts like a "
        "learning rate so many times as large. The square root is RW of the paper.",
        DB_SOURCE,
    )


def tame_power(facts: TrainingFacts) -> float:
    """Return the largest multiple of 0.05 up to 0.5 with a mean weight of at most ``MOST_MEAN_WEIGHT``."""
    return next((step / 20 for step in range(10, 0, -1) if facts.mean_inverse(step / 20) <= MOST_MEAN_WEIGHT), 0.05)


def _rounded(value: float) -> float:
    return max(round(value, 2), 0.01)


_RULES: dict[tuple[str, str], Callable[[TrainingFacts], tuple[float, str, str]]] = {
    ("rebalanced", "mu"): _mu,
    ("tolerance", "lam"): _lambda,
    ("tolerance", "kappa"): _kappa,
    ("class_balanced", "beta"): _class_balanced,
    ("inverse", "power"): _power,
}
