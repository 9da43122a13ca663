"""What is odd about the options of a loss on a given training set: settings without effect, and traps.

Everything is computed from the labels, none of it needs torch.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from dbl_core.losses.catalog import check_options, describe

FLAT = 1.25
"""Weights whose largest is less than this many times their smallest change next to nothing."""
ALIKE = 1.05
"""Classes whose weights differ by less than this factor count as weighted the same."""
SMALLEST_SHIFT = 0.01
"""A shift of the logit below this changes a probability by less than 0.003."""

Options = Mapping[str, float | str]


def hints(
    name: str, options: Options, *, labels: np.ndarray, label_names: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Say what is odd about a loss on a training set, one sentence each; nothing where all is as it should be.

    Args:
        name: A key of ``LOSSES``.
        options: Its options; those left out take their defaults.
        labels: (n_samples, n_labels) bool, the training set.
        label_names: (n_labels,) names for the sentences; numbers without.

    Raises:
        ValueError: The loss or an option is unknown or out of range, or labels are no matrix.
    """
    options = check_options(name, options)
    labels = np.asarray(labels, dtype=bool)
    if labels.ndim != 2:
        raise ValueError(f"labels must have the shape (n_samples, n_labels), not {labels.shape}.")
    counts = labels.sum(0)
    names = [str(label) for label in (range(len(counts)) if label_names is None else label_names)]
    checks = {"rebalanced": _rebalanced, "tolerance": _tolerance, "class_balanced": _class_balanced}
    checks |= {"inverse": _inverse, "focal": _focal}
    found = [checks[term](options, labels, counts) for term in describe(name).terms if term in checks]
    return tuple(sentence for sentence in (*found, _absent(describe(name).terms, counts, names)) if sentence)


def positive_ratios(labels: np.ndarray) -> np.ndarray:
    r"""Return :math:`r_i = (1/n_i) / \sum_j (y_j/n_j)` of every positive cell, in (0, 1]; (n_positives,) float64.

    Args:
        labels: (n_samples, n_labels) bool.
    """
    inverse = 1 / np.maximum(labels.sum(0), 1)
    share = labels @ inverse
    rows, columns = np.nonzero(labels)
    return inverse[columns] / share[rows]


def _rebalanced(options: Options, labels: np.ndarray, counts: np.ndarray) -> str:
    ratios = positive_ratios(labels)
    if not len(ratios):
        return ""
    low, high = ratios.min(), ratios.max()
    smallest, largest = _ends(options, low, high)
    if largest < FLAT * smallest:
        return (
            f"All positives have re-balanced weights from {smallest:.3g} to {largest:.3g}, so re-balancing changes "
            f"next to nothing; {_remedy(options, low, high)}."
        )
    if options["mu"] > high:
        return (
            f"mu {options['mu']:g} lies above the r of every positive ({low:.2g} to {high:.2g}): positives get the "
            "lower half of the weight, negatives of rare classes, whose r is far above 1, the upper half."
        )
    if options["mu"] < low:
        return (
            f"mu {options['mu']:g} lies below the r of every positive ({low:.2g} to {high:.2g}), so all of them are "
            "past the steepest part of the weight; a larger mu tells them apart."
        )
    return ""


def _ends(options: Options, low: float, high: float) -> tuple[float, float]:
    """Return the smallest and the largest weight of cells whose r lies between two values."""
    ratios = np.array([low, high])
    weights = options["alpha"] + (1 + np.tanh(options["beta"] * (ratios - options["mu"]) / 2)) / 2  # no overflow
    return float(weights[0]), float(weights[1])


def _remedy(options: Options, low: float, high: float) -> str:
    defaults = describe("db").defaults
    for key, verb in (("beta", "raise"), ("alpha", "lower"), ("mu", "lower")):
        smallest, largest = _ends({**options, key: defaults[key]}, low, high)
        if largest >= FLAT * smallest:
            return f"{verb} {key} ({options[key]:g}) towards {defaults[key]:g}"
    return f"go back to alpha {defaults['alpha']:g}, beta {defaults['beta']:g} and mu {defaults['mu']:g}"


def _tolerance(options: Options, labels: np.ndarray, counts: np.ndarray) -> str:
    lam, kappa = options["lam"], options["kappa"]
    if lam == 1 and kappa == 0:
        return "lambda 1 and kappa 0 switch the tolerance off; the loss is the same without it."
    if lam < 1:
        return f"lambda {lam:g} is below 1: easy negatives push longer than in plain cross-entropy, not shorter."
    n = np.clip(counts, 1, max(len(labels) - 1, 1))
    shift = kappa * np.abs(np.log(n / np.maximum(len(labels) - n, 1))).max(initial=0)
    shift /= lam if options["bias"] == "official" else 1
    if 0 < shift < SMALLEST_SHIFT:
        divided = ", which bias official divides by lambda" if options["bias"] == "official" else ""
        return f"The largest shift nu is {shift:.2g} of a logit{divided}: kappa {kappa:g} has no effect here."
    return ""


def _class_balanced(options: Options, labels: np.ndarray, counts: np.ndarray) -> str:
    beta = options["beta"]
    weights = (1 - beta) / (1 - beta ** np.maximum(counts, 1))
    worth = f"with beta {beta:g} a class is worth at most {1 / (1 - beta):.4g} images"
    if counts.max(initial=1) < FLAT * counts.min(initial=len(labels)):
        return ""
    if weights.max(initial=0) < FLAT * weights.min(initial=1):
        return f"All classes have nearly the same weight: {worth}, and even the rarest has as many; raise beta."
    alike = weights < ALIKE * weights.min(initial=1)
    if alike.sum() > len(counts) / 2:
        fewest = counts[alike].min()
        return (
            f"{alike.sum()} of {len(counts)} classes, all from {fewest:,} images on, have the same weight within 5 %: "
            f"{worth}."
        )
    return ""


def _inverse(options: Options, labels: np.ndarray, counts: np.ndarray) -> str:
    return "" if options["power"] else "power 0 gives every class the weight 1: this is plain cross-entropy."


def _focal(options: Options, labels: np.ndarray, counts: np.ndarray) -> str:
    if options["gamma"] or options["focal_scale"] == 1:
        return ""
    return (
        f"gamma 0 switches focusing off, and focal_scale {options['focal_scale']:g} only makes the loss larger, as a "
        "larger learning rate would; set it to 1."
    )


def _absent(terms: Sequence[str], counts: np.ndarray, names: Sequence[str]) -> str:
    absent = [names[label] for label in np.flatnonzero(counts == 0)]
    if not absent or not set(terms) - {"focal"}:
        return ""
    shown = ", ".join(absent[:3]) + (" and others" if len(absent) > 3 else "")
    return f"Without any training image: {shown}; the loss counts them as if there were one."
