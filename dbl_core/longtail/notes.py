"""Say in plain sentences which counts of a subset miss their profile, and why."""

import numpy as np

from dbl_core.longtail.groups import group_of

TOLERANCE = 0.01
"""Relative difference from the profile that needs no note."""
MOST_NOTES = 6
"""Labels that get a sentence of their own; the others are counted in one last sentence."""


def residue_notes(
    pool: np.ndarray, rows: np.ndarray, asked: np.ndarray, label_names: tuple[str, ...]
) -> tuple[str, ...]:
    """Return a sentence for every label that misses its profile by more than 1 %, the largest difference first.

    Args:
        pool: (n_samples, n_labels) bool label matrix of the pool.
        rows: (n_chosen,) rows that were chosen.
        asked: (n_labels,) positives asked for; 0 marks a label the pool does not have.
        label_names: (n_labels,) names.

    Returns:
        Sentences; empty when every label that was asked for is within 1 %.
    """
    chosen = pool[rows]
    pool_counts = pool.sum(axis=0)
    achieved = chosen.sum(axis=0)
    notes = []
    absent = [label_names[j] for j in np.flatnonzero(pool_counts == 0)]
    if absent:
        listed = ", ".join(absent[:MOST_NOTES]) + (", …" if len(absent) > MOST_NOTES else "")
        verb = "label is" if len(absent) == 1 else "labels are"
        notes.append(f"{len(absent)} {verb} absent from the pool and left out of the profile: {listed}.")
    difference = np.abs(achieved - asked) / np.maximum(asked, 1)
    missed = [int(j) for j in np.argsort(-difference, kind="stable") if asked[j] and difference[j] > TOLERANCE]
    for label in missed[:MOST_NOTES]:
        start = f"{label_names[label]} has {achieved[label]:,} images where the profile asks for {asked[label]:,}: "
        if achieved[label] > asked[label]:
            notes.append(start + _why_above(chosen, label, asked, label_names))
        else:
            notes.append(start + _why_below(chosen, label, asked, int(pool_counts[label]), label_names))
    rest = missed[MOST_NOTES:]
    if rest:
        more = "label is" if len(rest) == 1 else "labels are"
        notes.append(f"{len(rest)} more {more} off by {100 * difference[rest].min():.1f} to "
                     f"{100 * difference[rest].max():.1f} %.")  # fmt: skip
    return tuple(notes)


def _why_above(chosen: np.ndarray, label: int, asked: np.ndarray, label_names: tuple[str, ...]) -> str:
    """Name the images that cannot be taken away: those another label, at or below its target, needs."""
    carriers = chosen[chosen[:, label]]
    needed = (chosen.sum(axis=0) <= asked) & (asked > 0)
    needed[label] = False
    riding = int(carriers[:, needed].any(axis=1).sum())
    if riding == 0:
        return "no exchange of single images comes closer."
    with_counts = np.where(needed, carriers.sum(axis=0), -1)
    most = int(np.argmax(with_counts))
    of_tail = int(carriers[:, needed & (group_of(asked) == "tail")].any(axis=1).sum())
    tail = f", {of_tail:,} of them of tail classes" if of_tail else ""
    verb = (
        "chosen image whose other labels need it carries"
        if riding == 1
        else "chosen images of labels that need them carry"
    )
    return (
        f"no exchange lowers it, as {riding:,} {verb} it{tail} "
        f"({label_names[most]} most often, {with_counts[most]:,} times)."
    )


def _why_below(chosen: np.ndarray, label: int, asked: np.ndarray, in_pool: int, label_names: tuple[str, ...]) -> str:
    """Name what stops the label: an empty pool, or the label that its images would push further above target."""
    if in_pool == chosen[:, label].sum():
        return f"the pool has only {in_pool:,}."
    counts = chosen.sum(axis=0)
    full = (counts >= asked) & (asked > 0)
    full[label] = False
    together = np.where(full, chosen[chosen[:, label]].sum(axis=0), 0)
    most = int(np.argmax(together))
    if together[most] == 0:
        return "no exchange of single images comes closer."
    return (
        f"more of them would push labels above their targets ({label_names[most]} most often, which has "
        f"{counts[most]:,} of {asked[most]:,})."
    )
