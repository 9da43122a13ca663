"""Head, medium and tail: the conventions of the literature, which differ at their borders."""

from dataclasses import dataclass

import numpy as np

GROUPS = ("head", "medium", "tail")


@dataclass(frozen=True)
class GroupConvention:
    """Two thresholds on a label's training positives.

    Attributes:
        name: key in :data:`CONVENTIONS`, or any word for thresholds of your own.
        title: how the pages write it.
        head_from: a label with at least this many positives is head.
        tail_to: a label with at most this many positives is tail; everything between is medium.
        source: where the thresholds are from.

    Raises:
        ValueError: a threshold is negative or tail_to is not below head_from.
    """

    name: str
    title: str
    head_from: int
    tail_to: int
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.tail_to < self.head_from:
            raise ValueError(
                "a convention needs 0 <= tail_to < head_from, "
                f"not tail_to {self.tail_to} and head_from {self.head_from}"
            )

    def rule(self, group: str) -> str:
        """Return the range of a group as text, for a legend: ``n >= 100``, ``20 <= n <= 99``, ``n <= 19``."""
        if group not in GROUPS:
            raise ValueError(f"unknown group {group!r}; allowed: {', '.join(GROUPS)}")
        return {
            "head": f"n ≥ {self.head_from}",
            "medium": f"{self.tail_to + 1} ≤ n ≤ {self.head_from - 1}",
            "tail": f"n ≤ {self.tail_to}",
        }[group]


CONVENTIONS: dict[str, GroupConvention] = {
    convention.name: convention
    for convention in (
        GroupConvention(
            "db",
            "Distribution-Balanced",
            100,
            19,
            "Wu et al., ECCV 2020 (arXiv 2007.09654): head n ≥ 100, tail n < 20",
        ),
        GroupConvention(
            "oltr",
            "OLTR",
            100,
            20,
            "Liu et al., CVPR 2019 (arXiv 1904.05160), as its code counts: many-shot n ≥ 100, few-shot n ≤ 20",
        ),
        GroupConvention(
            "kang",
            "Kang et al.",
            101,
            19,
            "Kang et al., ICLR 2020 (arXiv 1910.09217), as its code counts: many-shot n > 100, few-shot n < 20",
        ),
        GroupConvention(
            "lvis",
            "LVIS",
            101,
            10,
            "Gupta et al., CVPR 2019 (arXiv 1908.03195): rare n ≤ 10, common n ≤ 100, frequent above",
        ),
    )
}


def group_of(label_counts: object, convention: str | GroupConvention = "db") -> np.ndarray:
    """Return the group of every label.

    Args:
        label_counts: (n_labels,) positives per label in the training set, whole numbers >= 0.
        convention: a key of :data:`CONVENTIONS`, or a :class:`GroupConvention` with thresholds of your own.

    Returns:
        (n_labels,) str array of "head", "medium" and "tail". A label without positives (n = 0) is tail.

    Raises:
        ValueError: an unknown convention, or counts that are not whole numbers >= 0 in one dimension.
    """
    chosen = convention if isinstance(convention, GroupConvention) else CONVENTIONS.get(convention)
    if chosen is None:
        raise ValueError(f"unknown convention {convention!r}; allowed: {', '.join(CONVENTIONS)}")
    counts = np.asarray(label_counts)
    if counts.ndim != 1:
        raise ValueError(f"label_counts must have one dimension, but their shape is {counts.shape}")
    if counts.size and counts.dtype.kind not in "iuf":
        raise ValueError(f"label_counts must be whole numbers >= 0, but their type is {counts.dtype}")
    wrong = ~((counts >= 0) & (counts == np.floor(counts)))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"label_counts must be whole numbers >= 0, but label {at} has {counts[at]}")
    groups = np.full(counts.shape, "medium", dtype="<U6")
    groups[counts >= chosen.head_from] = "head"
    groups[counts <= chosen.tail_to] = "tail"
    return groups
