"""From AP per label to mAP of all labels and of head, medium and tail."""

import math

import numpy as np

from dbl_core.longtail.groups import GROUPS, Convention, group_of

REPORT_KEYS = ("total", *GROUPS)


def group_report(ap: object, label_counts: object, convention: str | Convention = "db") -> dict[str, float]:
    """Return the mean average precision of all labels and of every group.

    Args:
        ap: (n_labels,) average precision as fractions; NaN marks a label without test positives, which is excluded
            from every mean (counting it as 0 is a known trap).
        label_counts: (n_labels,) positives per label in the training set; they decide the group.
        convention: key of ``dbl_core.longtail.CONVENTIONS``, or thresholds of your own.

    Returns:
        {"total", "head", "medium", "tail"} -> mean AP as a fraction; NaN for a group without any defined label.

    Raises:
        ValueError: ap and label_counts differ in length, or the convention or a count is not allowed.
    """
    values = np.asarray(ap, dtype=np.float64)
    members = group_members(label_counts, convention)
    if values.shape != (members.shape[1],):
        raise ValueError(f"ap must be {members.shape[1]} numbers, one a label, but its shape is {values.shape}")
    means = group_means(values[None, :], members)[0]
    return {key: float(mean) for key, mean in zip(REPORT_KEYS, means, strict=True)}


def group_members(label_counts: object, convention: str | Convention) -> np.ndarray:
    """Return which labels belong to total, head, medium and tail: (4, n_labels) bool in the order of REPORT_KEYS."""
    groups = group_of(label_counts, convention)
    return np.vstack([np.ones(groups.size, dtype=bool), *(groups == group for group in GROUPS)])


def checked_members(label_counts: object, convention: str | Convention, n_labels: int) -> np.ndarray:
    """Return :func:`group_members` of counts that must fit n_labels columns.

    Raises:
        ValueError: another number of counts, or a count or a convention that is not allowed.
    """
    members = group_members(label_counts, convention)
    if members.shape[1] != n_labels:
        raise ValueError(f"label_counts must be {n_labels} numbers, one a label, not {members.shape[1]}")
    return members


def group_means(ap: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return (n_rows, 4) means of AP over the defined labels of every group; NaN where a group has none."""
    defined = np.isfinite(ap)
    sums = np.where(defined, ap, 0.0) @ members.T
    sizes = defined.astype(np.float64) @ members.T
    return np.divide(sums, sizes, out=np.full_like(sums, math.nan), where=sizes > 0)
