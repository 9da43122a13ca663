"""Tables of label sets: how many images carry which labels together."""

import csv
import hashlib
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from dbl_core.errors import DataError
from dbl_core.packaged import packaged_file

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


def stratified_quotas(sizes: list[int], limits: list[int], total: int) -> list[int]:
    """How many to take of every stratum so that shares stay as they are, within limits.

    Walks through the strata and carries what rounding leaves over to the next one. Every stratum is so within about one
    of its exact share, and neighbours keep theirs together: a hundred strata of one member each are not all rounded to
    nothing, as they would be by the largest remainder. Put alike strata side by side. Whole numbers throughout.

    Args:
        sizes: members of every stratum; quotas are proportional to it.
        limits: how many of them may be taken at most.
        total: how many to take in all, from 0 to the sum of the limits.

    Returns:
        Quotas that sum to ``total``.

    Raises:
        ValueError: more is asked than the limits allow.
    """
    if not 0 <= total <= sum(limits):
        raise ValueError(f"total is {total}, must be from 0 to {sum(limits)}, the sum of the limits")
    population, carried, quotas = sum(sizes), 0, []
    for size, limit in zip(sizes, limits, strict=True):
        carried += size * total
        quotas.append(min(limit, max(0, (2 * carried + population) // (2 * population))))
        carried -= quotas[-1] * population
    for stratum in sorted(range(len(sizes)), key=lambda k: quotas[k] - limits[k]):  # where most is left
        missing = total - sum(quotas)
        quotas[stratum] += min(missing, limits[stratum] - quotas[stratum])
    return quotas
