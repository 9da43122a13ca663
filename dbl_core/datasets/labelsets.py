"""Tables of label sets: how many images carry which labels together."""

import csv
import hashlib
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from dbl_core.datasets.packaged import packaged_file
from dbl_core.errors import DataError

LabelSet = tuple[str, ...]


@lru_cache(maxsize=8)
def packaged_label_sets(name: str) -> MappingProxyType[LabelSet, int]:
    """A table of ``data/`` as a mapping from label set to number of images.

    Raises:
        DataError: the file is missing or is not such a table.
    """
    return MappingProxyType(read_label_sets(packaged_file(name)))


def read_label_sets(path: Path) -> dict[LabelSet, int]:
    """Read a CSV file with the columns ``labels`` (names joined by ``|``) and ``images`` (how many, at least 1).

    Raises:
        DataError: the file cannot be read, or a line is not a set of labels with a count.
    """
    table: dict[LabelSet, int] = {}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for line in csv.DictReader(lines):
                label_set = tuple(line["labels"].split("|"))
                count = int(line["images"])
                if count < 1 or label_set in table or len(set(label_set)) != len(label_set):
                    raise ValueError(f"{line['labels']}: {count}")
                table[label_set] = count
    except (OSError, KeyError, TypeError, AttributeError, ValueError, csv.Error) as error:
        raise DataError(f"{path} is not a table of label sets ({error}): restore it from the repository.") from error
    if not table:
        raise DataError(f"{path} holds no label set: restore it from the repository.")
    return table


def expanded(table: dict[LabelSet, int] | MappingProxyType[LabelSet, int]) -> list[LabelSet]:
    """Every label set as often as it occurs, in the order of the table."""
    return [label_set for label_set, count in table.items() for _ in range(count)]


def shuffled_order(n_samples: int, seed: int) -> list[int]:
    """The numbers 0 to ``n_samples - 1`` in an order that depends on nothing but ``seed``.

    Sorted by the SHA-256 of "seed:number", so that no version of a random generator can ever change it.
    """
    return sorted(range(n_samples), key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).digest())


def label_matrix(label_sets: list[LabelSet], label_names: tuple[str, ...]) -> np.ndarray:
    """(n_samples, n_labels) bool, one row a label set.

    Raises:
        DataError: a label is not among ``label_names``.
    """
    columns = {name: column for column, name in enumerate(label_names)}
    labels = np.zeros((len(label_sets), len(label_names)), dtype=bool)
    try:
        for row, label_set in enumerate(label_sets):
            labels[row, [columns[name] for name in label_set]] = True
    except KeyError as error:
        raise DataError(f"the label {error} is not one of {', '.join(label_names)}: restore the table.") from error
    return labels


def stratified_quotas(sizes: np.ndarray, limits: np.ndarray, total: int) -> np.ndarray:
    """How many to take of every stratum so that shares stay as they are: largest remainders, within limits.

    Args:
        sizes: (n_strata,) members of every stratum; quotas are proportional to it.
        limits: (n_strata,) how many of them may be taken at most.
        total: how many to take in all, at most ``limits.sum()``.

    Returns:
        (n_strata,) int64 that sums to ``total``. What a limit keeps from a stratum goes to those that lack most.

    Raises:
        ValueError: more is asked than the limits allow.
    """
    if not 0 <= total <= limits.sum():
        raise ValueError(f"total is {total}, must be from 0 to {int(limits.sum())}, the sum of the limits")
    wanted = sizes * (total / sizes.sum())
    quotas = np.minimum(np.floor(wanted).astype(np.int64), limits)
    while (missing := total - int(quotas.sum())) > 0:
        lack = np.where(quotas < limits, wanted - quotas, -np.inf)
        best = np.argsort(-lack, kind="stable")[: min(missing, int((quotas < limits).sum()))]
        quotas[best] += 1
    return quotas
