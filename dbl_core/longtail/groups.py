"""Head, medium and tail: the conventions of the literature, which differ at their borders, thirds, and your own."""

import re
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
        _check_group(group)
        return {
            "head": f"n ≥ {self.head_from}",
            "medium": f"{self.tail_to + 1} ≤ n ≤ {self.head_from - 1}",
            "tail": f"n ≤ {self.tail_to}",
        }[group]

    def members(self, label_counts: np.ndarray) -> np.ndarray:
        """Return the group of every label from checked counts; use :func:`group_of` instead."""
        groups = np.full(label_counts.shape, "medium", dtype="<U6")
        groups[label_counts >= self.head_from] = "head"
        groups[label_counts <= self.tail_to] = "tail"
        return groups


@dataclass(frozen=True)
class TercileConvention:
    """Thirds of the labels by rank, whatever their counts: for data whose counts fit no published threshold.

    The place of a label is the share of the labels with positives that are rarer, plus half the share of those as
    frequent (itself included). Places below 1/3 are tail, above 2/3 head. Labels with equal counts are therefore always
    in the same group. The rarest are tail and the most frequent head even where many labels are equally rare, as in
    data where most labels have one image; when all counts are equal, all are medium.

    Attributes:
        name: key in :data:`CONVENTIONS`.
        title: how the pages write it.
        source: where it is from.
    """

    name: str
    title: str
    source: str

    def rule(self, group: str) -> str:
        """Return the range of a group as text, for a legend: ``most frequent third``."""
        _check_group(group)
        return {"head": "most frequent third", "medium": "middle third", "tail": "rarest third"}[group]

    def members(self, label_counts: np.ndarray) -> np.ndarray:
        """Return the group of every label from checked counts; use :func:`group_of` instead."""
        present = np.sort(label_counts[label_counts > 0])
        rarer = np.searchsorted(present, label_counts, side="left")
        up_to = np.searchsorted(present, label_counts, side="right")
        place = 3 * (rarer + up_to)
        uneven = present.size > 0 and present[0] < present[-1]
        groups = np.full(label_counts.shape, "medium", dtype="<U6")
        groups[(place > 4 * present.size) | (uneven & (up_to == present.size))] = "head"
        groups[(place < 2 * present.size) | (uneven & (rarer == 0)) | (label_counts == 0)] = "tail"
        return groups


Convention = GroupConvention | TercileConvention


CONVENTIONS: dict[str, Convention] = {
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
        TercileConvention("quantiles", "Thirds", "Terciles of the training counts; no paper's, follows any data set"),
    )
}


CUSTOM = re.compile(r"custom-(\d{1,9})-(\d{1,9})")


def custom_convention(head_from: int, tail_to: int) -> GroupConvention:
    """Return thresholds of your own; the name, such as ``custom-100-19``, stands for them in addresses and files.

    Args:
        head_from: a label with at least this many positives is head.
        tail_to: a label with at most this many positives is tail, >= 0 and below head_from.

    Raises:
        ValueError: thresholds that are not whole numbers or not as above.
    """
    for name, value in (("head_from", head_from), ("tail_to", tail_to)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise ValueError(f"{name} must be a whole number, not {value!r}")
    return GroupConvention(f"custom-{head_from}-{tail_to}", "Custom", int(head_from), int(tail_to), "your own")


def convention_named(name: str | Convention) -> Convention:
    """Return the convention of a name: a key of :data:`CONVENTIONS`, or ``custom-HEAD_FROM-TAIL_TO``.

    Raises:
        ValueError: an unknown name, or custom thresholds that leave no room; a convention is returned as it is.
    """
    if not isinstance(name, str):
        return name
    if name in CONVENTIONS:
        return CONVENTIONS[name]
    own = CUSTOM.fullmatch(name)
    if own is None:
        raise ValueError(
            f"unknown convention {name!r}; allowed: {', '.join(CONVENTIONS)} or custom-HEAD-TAIL such as custom-100-19"
        )
    return custom_convention(int(own[1]), int(own[2]))


def _check_group(group: str) -> None:
    if group not in GROUPS:
        raise ValueError(f"unknown group {group!r}; allowed: {', '.join(GROUPS)}")


def group_of(label_counts: object, convention: str | Convention = "db") -> np.ndarray:
    """Return the group of every label.

    Args:
        label_counts: (n_labels,) positives per label in the training set, whole numbers >= 0.
        convention: a key of :data:`CONVENTIONS`, ``custom-HEAD-TAIL`` (see :func:`custom_convention`), or a convention.

    Returns:
        (n_labels,) str array of "head", "medium" and "tail". A label without positives (n = 0) is tail.

    Raises:
        ValueError: an unknown convention, or counts that are not whole numbers >= 0 in one dimension.
    """
    chosen = convention_named(convention)
    counts = np.asarray(label_counts)
    if counts.ndim != 1:
        raise ValueError(f"label_counts must have one dimension, but their shape is {counts.shape}")
    if counts.size and counts.dtype.kind not in "iuf":
        raise ValueError(f"label_counts must be whole numbers >= 0, but their type is {counts.dtype}")
    wrong = ~((counts >= 0) & (counts == np.floor(counts)))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"label_counts must be whole numbers >= 0, but label {at} has {counts[at]}")
    return chosen.members(counts)
