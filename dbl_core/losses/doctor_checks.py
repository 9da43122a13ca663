"""The single checks of the doctor, a function for each term of a loss; see ``doctor.hints``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dbl_core.losses.catalog import describe
from dbl_core.losses.starting_values import MOST_MEAN_WEIGHT, starting_options, tame_power
from dbl_core.losses.switches import switched_off
from dbl_core.losses.training_facts import TrainingFacts

FLAT = 1.25
"""Weights whose largest is less than this many times their smallest change next to nothing."""
ALIKE = 1.05
"""Classes whose weights differ by less than this factor count as weighted the same."""
SMALLEST_SHIFT = 0.01
"""A shift of the logit below this changes a probability by less than 0.003."""
SIZES = (0.125, 1.5)
"""Sizes of the focal factor at logit 0, against plain cross-entropy, that need no word."""
BATCH = 32
"""Images of a batch where a sentence needs a number: the paper's."""

Options = Mapping[str, float | str]


@dataclass(frozen=True)
class Hint:
    """What is odd, and what would repair it.

    Attributes:
        sentence: What is odd and why, in a sentence or two.
        label: What a button says that repairs it; empty where nothing can be repaired here.
        repair: New values of options.
        loss: Another loss that takes the place of this one, with ``repair`` as all its options; empty for the same.
        relative: Whether it is repaired by looking at shapes instead of sizes, without any other option.
    """

    sentence: str
    label: str = ""
    repair: Options = field(default_factory=dict)
    loss: str = ""
    relative: bool = False


@dataclass(frozen=True, eq=False)
class Patient:
    """A loss with complete options, and the training set it is meant for."""

    name: str
    options: Options
    facts: TrainingFacts

    def start(self, *keys: str) -> dict[str, float | str]:
        """Return the starting values of some options on this training set."""
        values = starting_options(self.name, self.facts)
        return {key: values[key] for key in keys}

    def treated(self, sentence: str, repair: Options) -> Hint:
        """Return a hint whose button sets options."""
        written = [f"{key} to {value if isinstance(value, str) else f'{value:.9g}'}" for key, value in repair.items()]
        return Hint(sentence, f"Set {' and '.join(written)}" if written else "", dict(repair))


def _rebalanced(patient: Patient) -> Hint | None:
    ratios, options = patient.facts.ratios, patient.options
    if ratios is None or not len(ratios):
        return None
    low, high = ratios.min(), ratios.max()
    smallest, largest = _ends(options, low, high)
    if largest < FLAT * smallest:
        words, repair = _remedy(options, low, high)
        return patient.treated(
            f"All positives have re-balanced weights from {smallest:.3g} to {largest:.3g}, so re-balancing changes "
            f"next to nothing; {words}.",
            repair,
        )
    if options["mu"] > high:
        return patient.treated(
            f"mu {options['mu']:g} lies above the r of every positive ({low:.2g} to {high:.2g}): positives get the "
            "lower half of the weight, negatives of rare classes, whose r is far above 1, the upper half.",
            patient.start("mu"),
        )
    if options["mu"] < low:
        return patient.treated(
            f"mu {options['mu']:g} lies below the r of every positive ({low:.2g} to {high:.2g}), so all of them are "
            "past the steepest part of the weight; a larger mu tells them apart.",
            patient.start("mu"),
        )
    return None


def _ends(options: Options, low: float, high: float) -> tuple[float, float]:
    """Return the smallest and the largest weight of cells whose r lies between two values."""
    ratios = np.array([low, high])
    weights = options["alpha"] + (1 + np.tanh(options["beta"] * (ratios - options["mu"]) / 2)) / 2  # no overflow
    return float(weights[0]), float(weights[1])


def _remedy(options: Options, low: float, high: float) -> tuple[str, Options]:
    """Return what helps against flat weights, in words and as options."""
    defaults = describe("db").defaults
    for key, verb in (("beta", "raise"), ("alpha", "lower"), ("mu", "lower")):
        smallest, largest = _ends({**options, key: defaults[key]}, low, high)
        if largest >= FLAT * smallest:
            return f"{verb} {key} ({options[key]:g}) towards {defaults[key]:g}", {key: defaults[key]}
    back = {key: defaults[key] for key in ("alpha", "beta", "mu")}
    return f"go back to alpha {back['alpha']:g}, beta {back['beta']:g} and mu {back['mu']:g}", back


def _tolerance(patient: Patient) -> Hint | None:
    options = patient.options
    lam, kappa = options["lam"], options["kappa"]
    if lam == 1 and kappa == 0:
        sentence = "lambda 1 and kappa 0 switch the tolerance off; the loss is the same without it."
        return patient.treated(sentence, patient.start("lam", "kappa"))
    if lam < 1:
        sentence = f"lambda {lam:g} is below 1: easy negatives push longer than in plain cross-entropy, not shorter."
        return patient.treated(sentence, patient.start("lam"))
    official = options["bias"] == "official"
    undivided = kappa * patient.facts.largest_log_odds
    shift = undivided / lam if official else undivided
    if not 0 < shift < SMALLEST_SHIFT:
        return None
    divided = ", which bias official divides by lambda" if official else ""
    repair: Options = {"bias": "paper"} if official and undivided >= SMALLEST_SHIFT else patient.start("kappa")
    if repair.get("kappa", -1) == kappa:
        repair = {}
    return patient.treated(
        f"The largest shift nu is {shift:.2g} of a logit{divided}: kappa {kappa:g} has no effect here.", repair
    )


def _class_balanced(patient: Patient) -> Hint | None:
    counts, beta = patient.facts.counts, patient.options["beta"]
    weights = (1 - beta) / (1 - beta ** np.maximum(counts, 1))
    worth = f"with beta {beta:g} a class is worth at most {1 / (1 - beta):.4g} images"
    if counts.max(initial=1) < FLAT * counts.min(initial=patient.facts.n_samples):
        return None
    repair = patient.start("beta")
    if weights.max(initial=0) < FLAT * weights.min(initial=1):
        return patient.treated(
            f"All classes have nearly the same weight: {worth}, and even the rarest has as many; raise beta.", repair
        )
    alike = weights < ALIKE * weights.min(initial=1)
    if alike.sum() <= len(counts) / 2:
        return None
    return patient.treated(
        f"{alike.sum()} of {len(counts)} classes, all from {counts[alike].min():,} images on, have the same weight "
        f"within 5 %: {worth}.",
        repair if repair["beta"] > beta else {},
    )


def _inverse(patient: Patient) -> Hint | None:
    power = patient.options["power"]
    if not power:
        sentence = "power 0 gives every class the weight 1: this is plain cross-entropy."
        return patient.treated(sentence, patient.start("power"))
    mean, tame = patient.facts.mean_inverse(power), tame_power(patient.facts)
    if mean <= MOST_MEAN_WEIGHT or tame >= power:
        return None
    return patient.treated(
        f"The mean weight is {mean:.3g}: the loss is about so many times as large as plain cross-entropy, as with a "
        f"learning rate {mean:.3g} times as large. Lower the rate, or the power: with {tame:g} the mean is "
        f"{patient.facts.mean_inverse(tame):.3g}.",
        {"power": tame},
    )


def _focal(patient: Patient) -> Hint | None:
    gamma, scale = patient.options.get("gamma"), patient.options.get("focal_scale")
    if gamma is None or scale is None:
        return None
    if gamma == 0 and scale != 1:
        return patient.treated(
            f"gamma 0 switches focusing off, and focal_scale {scale:g} only makes the loss larger, as a "
            "larger learning rate would; set it to 1.",
            {"focal_scale": 1.0},
        )
    if gamma == 0:
        name, options = switched_off(patient.name, patient.options, ["focal"])
        if name == patient.name:
            return patient.treated("gamma 0 switches focusing off; every cell counts in full.", {"gamma": 2.0})
        return Hint(f"gamma 0 switches focusing off; this is {name}.", f"Take {name} instead", options, name)
    size, fair = scale * 0.5**gamma, min(2.0**gamma, 100.0)
    if SIZES[0] <= size <= SIZES[1]:
        return None
    return patient.treated(
        f"At logit 0 the focal factor is {size:.3g} (focal_scale {scale:g} times 0.5 to the power {gamma:g}): training "
        f"starts as with a learning rate {size:.3g} times that of plain cross-entropy. focal_scale {fair:.4g} starts "
        "with the same size.",
        {"focal_scale": float(f"{fair:.4g}")},
    )


def _switched_off_by(key: str) -> Callable[[Patient], Hint | None]:
    """Return the check of a loss that one option turns into plain cross-entropy."""

    def check(patient: Patient) -> Hint | None:
        if patient.options.get(key) != 0:
            return None
        return patient.treated(f"{key} 0 leaves nothing of this loss: it is plain cross-entropy.", patient.start(key))

    return check


def summed_elsewhere(patient: Patient) -> Hint | None:
    """Return a word on losses whose own code sums what the lab averages."""
    if describe(patient.name).native_reduction != "sum":
        return None
    units = {"cell": BATCH * len(patient.facts.counts), "image": BATCH, "batch": 1}[describe(patient.name).unit]
    over = {"cell": "cells", "image": "images", "batch": "batches"}[describe(patient.name).unit]
    return Hint(
        f"The authors' code sums over {over}, the lab takes the mean as for every loss: with batches of {BATCH} images "
        f"a published learning rate for SGD must be {units:,} times as large here to take the same steps."
    )


def absent_labels(patient: Patient, names: Sequence[str]) -> Hint | None:
    """Return which labels have no training image, where the loss depends on counts."""
    absent = [names[label] for label in np.flatnonzero(patient.facts.counts == 0)]
    if not absent or not set(describe(patient.name).terms) - {"focal"}:
        return None
    shown = ", ".join(absent[:3]) + (" and others" if len(absent) > 3 else "")
    return Hint(f"Without any training image: {shown}; the loss counts them as if there were one.")


CHECKS: tuple[tuple[str, Callable[[Patient], Hint | None]], ...] = (
    ("rebalanced", _rebalanced),
    ("tolerance", _tolerance),
    ("class_balanced", _class_balanced),
    ("inverse", _inverse),
    ("focal", _focal),
    ("prior", _switched_off_by("tau")),
    ("margin", _switched_off_by("max_margin")),
)
"""The checks by the word for their term in a description."""
