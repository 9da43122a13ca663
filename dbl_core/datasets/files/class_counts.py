"""Class counts alone, as timm writes them: ``{"pos_counts": [...], "num_samples": n}``.

``label_names`` (or ``class_names``) may name the labels; ``pos_counts`` may be an object of name to count instead.
"""

from pathlib import Path

import numpy as np

from dbl_core.datasets.files.limits import MAX_LABELS, check_count, shown
from dbl_core.datasets.files.names import checked_label_names
from dbl_core.datasets.files.table import CountsOnly
from dbl_core.errors import DataError

_MAX_COUNT = 2**53
_NAME_KEYS = ("label_names", "class_names", "names", "classes")


def class_counts(path: Path, content: dict[str, object]) -> CountsOnly:
    """Class counts from the items of a JSON file.

    Args:
        path: the file, for messages.
        content: its top level.

    Raises:
        DataError: a key is missing, a count is not a whole number from 0 to num_samples, or names and counts differ in
            number.
    """
    if "num_samples" not in content or "pos_counts" not in content:
        missing = "num_samples" if "num_samples" not in content else "pos_counts"
        raise DataError(f"{path.name} has no {missing}: it needs pos_counts and num_samples.")
    n_samples = _whole(path, "num_samples", content["num_samples"])
    if n_samples < 1:
        raise DataError(f"{path.name}: num_samples is {n_samples}, must be at least 1.")
    given = content["pos_counts"]
    names = next((content[key] for key in _NAME_KEYS if key in content), None)
    if isinstance(given, dict):
        names, given = list(given), list(given.values())
    if not isinstance(given, list):
        raise DataError(f"{path.name}: pos_counts is {shown(given)}, must be a list of whole numbers.")
    check_count(path, "labels", len(given), MAX_LABELS)
    counts = [_whole(path, f"pos_counts[{j}]", value) for j, value in enumerate(given)]
    for j, count in enumerate(counts):
        if count > n_samples:
            raise DataError(
                f"{path.name}: pos_counts[{j}] is {count:,}, more than num_samples, which is {n_samples:,}."
            )
    notes = () if names is not None else ("The file does not name its labels.",)
    names = [f"label {j + 1}" for j in range(len(counts))] if names is None else names
    if not isinstance(names, list) or len(names) != len(counts):
        raise DataError(f"{path.name} has {len(counts)} counts, but another number of label names.")
    absent = counts.count(0)
    if absent:
        notes = (*notes, f"{absent} label{'s have' if absent > 1 else ' has'} no positive.")
    return CountsOnly(
        label_counts=np.array(counts, dtype=np.int64),
        n_samples=n_samples,
        label_names=checked_label_names(path, names, lambda k: f"place {k + 1}"),
        source=f"{path.name} (class counts)",
        notes=notes,
    )


def _whole(path: Path, what: str, value: object) -> int:
    """A whole number from 0; 3.0 is one, as counts often are saved as floats."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= _MAX_COUNT or value != int(value):
        raise DataError(f"{path.name}: {what} is {shown(value)}, must be a whole number from 0.")
    return int(value)
