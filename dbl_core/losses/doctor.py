"""What is odd about the options of a loss on a given training set: settings without effect, and traps.

Everything is computed from the labels or their counts, none of it needs torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dbl_core.losses.catalog import check_options, describe
from dbl_core.losses.doctor_checks import CHECKS, Hint, Patient, absent_labels, summed_elsewhere
from dbl_core.losses.training_facts import TrainingFacts, positive_ratios

__all__ = ["Hint", "examined", "hints", "pair_hint", "positive_ratios"]

APART = 1.5
"""Mean losses that differ by less than this factor may be compared as they are."""


def hints(
    name: str,
    options: Mapping[str, float | str],
    *,
    labels: np.ndarray | None = None,
    label_names: Sequence[str] | None = None,
    label_counts: np.ndarray | None = None,
    n_samples: int | None = None,
) -> tuple[Hint, ...]:
    """Say what is odd about a loss on a training set, one hint each; nothing where all is as it should be.

    Of class counts alone only what depends on counts is said.

    Args:
        name: A key of ``LOSSES``.
        options: Its options; those left out take their defaults.
        labels: (n_samples, n_labels) bool, the training set; or the last two.
        label_names: (n_labels,) names for the sentences; numbers without.
        label_counts: (n_labels,) positives per label, where only counts are known.
        n_samples: Number of training images, with ``label_counts``.

    Raises:
        ValueError: The loss or an option is unknown or out of range, or labels are no matrix.
    """
    facts = TrainingFacts.of(labels=labels, label_counts=label_counts, n_samples=n_samples)
    return examined(name, options, facts, label_names=label_names)


def examined(
    name: str, options: Mapping[str, float | str], facts: TrainingFacts, *, label_names: Sequence[str] | None = None
) -> tuple[Hint, ...]:
    """Return what :func:`hints` says, from facts that are kept: options change more often than training sets."""
    patient = Patient(name, check_options(name, options), facts)
    names = [str(label) for label in (range(len(facts.counts)) if label_names is None else label_names)]
    found = [check(patient) for term, check in CHECKS if term in describe(name).terms]
    found += [summed_elsewhere(patient), absent_labels(patient, names)]
    return tuple(hint for hint in found if hint is not None)


def pair_hint(titles: Sequence[str], mean_losses: Sequence[float | None]) -> Hint | None:
    """Say that the totals of two losses must not be compared, where they differ before anything is learnt.

    Args:
        titles: Short names of the two losses.
        mean_losses: Their means over all cells at equal logits.
    """
    if len(titles) < 2 or not all(value and value > 0 for value in mean_losses):
        return None
    factor = max(mean_losses) / min(mean_losses)
    if factor < APART:
        return None
    (first, second), (one, other) = titles, mean_losses
    return Hint(
        f"At these logits the mean loss of {first} is {one:.3g} and that of {second} {other:.3g}, a factor of "
        f"{factor:.3g}: compare shapes, not totals. The size of a loss acts like a learning rate, not like a balance.",
        label="Show relative",
        relative=True,
    )
