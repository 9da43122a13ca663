"""Which column of a table is the id, the image, the split, the list of labels; all others are labels of 0 and 1.

A column gets a role by its name (``COLUMN_NAMES``) where its first values fit, or by the caller's word.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbl_core.datasets.files.limits import MAX_COLUMNS, check_count, shown
from dbl_core.datasets.files.table import SPLIT_WORDS
from dbl_core.errors import DataError

ROLES = ("id", "image", "split", "labels")
COLUMN_NAMES = {
    "id": {"id", "ids", "imageid", "imgid", "sampleid", "uid", "key"},
    "image": {"image", "images", "img", "imagename", "imagefile", "imagepath", "imageindex",
              "file", "filename", "filepath", "path"},
    "split": {"split", "subset", "set", "fold", "partition", "phase"},
    "labels": {"labels", "label", "tags", "classes", "class", "categories", "labelnames", "findinglabels"},
}  # fmt: skip
NEGATIVE = frozenset({"0", "0.0", "False", "false", "FALSE"})
POSITIVE = frozenset({"1", "1.0", "True", "true", "TRUE"})
ZERO_ONE = NEGATIVE | POSITIVE
SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Columns:
    """The place of every role among the columns of a table, counted from 0.

    Attributes:
        width: number of columns.
        id: column of the ids, or None.
        image: column of the image names, or None.
        split: column of the splits, or None.
        labels: column that lists label names, or None; then ``zero_one`` is empty.
        zero_one: columns of 0 and 1, one a label.
        notes: sentences on what was guessed and what is not used.
    """

    width: int
    id: int | None = None
    image: int | None = None
    split: int | None = None
    labels: int | None = None
    zero_one: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def choose_columns(
    path: Path, header: Sequence[str], sample: Sequence[Sequence[str]], chosen: Mapping[str, str] | None
) -> Columns:
    """Give every column its role.

    Args:
        path: the file, for messages.
        header: names of the columns.
        sample: the first rows.
        chosen: role (one of ``ROLES``) to column name, where the caller knows better; such a role is not guessed.

    Raises:
        ValueError: ``chosen`` has an unknown role or names a column that the file does not have.
        DataError: no column is left for labels, there are too many columns, or the first line holds no names.
    """
    check_count(path, "columns", len(header), MAX_COLUMNS)
    if len(header) > 1 and all(name.strip() in ZERO_ONE for name in header):
        raise DataError(f"{path.name}: the first line holds only 0 and 1: write the names of the columns there.")
    places = _chosen(header, chosen or {})
    for role in ROLES:
        if role not in places:
            free = (j for j in range(len(header)) if j not in places.values())
            place = next((j for j in free if _fits(role, j, header[j], sample)), None)
            if place is not None:
                places[role] = place
    rest = tuple(j for j in range(len(header)) if j not in places.values())
    if "labels" not in places and len(rest) == 1 and not any(value in ZERO_ONE for value in _values(rest[0], sample)):
        places["labels"], rest = rest[0], ()
    if "labels" not in places and not rest:
        raise DataError(f"{path.name} has no column of labels: its columns are {_listed(header)}.")
    if "labels" not in places:
        return Columns(len(header), **places, zero_one=rest)
    notes = (f"Not used: column{'s' * (len(rest) > 1)} {_listed([header[j] for j in rest])}.",) if rest else ()
    return Columns(len(header), **places, notes=notes)


def _chosen(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """The columns the caller named."""
    places = {}
    for role, name in chosen.items():
        if role not in ROLES:
            raise ValueError(f"columns has the role {role!r}, must be one of {', '.join(ROLES)}")
        if name not in header:
            raise ValueError(f"columns names {name!r} for {role}, but the file has {_listed(header)}")
        places[role] = list(header).index(name)
    return places


def _fits(role: str, column: int, name: str, sample: Sequence[Sequence[str]]) -> bool:
    """Whether a column is called as its role is, and holds what that role would."""
    plain = re.sub(r"[\s_\-.]+", "", name.lower())
    if plain not in COLUMN_NAMES[role] and not (role == "id" and column == 0 and not plain):
        return False
    values = _values(column, sample)
    if role == "split":
        return all(value.lower() in SPLIT_WORDS for value in values)
    if role == "labels":
        return not any(value in ZERO_ONE for value in values)
    return (role == "id" and len(values) <= 2) or not all(value in ZERO_ONE for value in values)


def _values(column: int, sample: Sequence[Sequence[str]]) -> list[str]:
    """The first values of a column."""
    return [row[column].strip() for row in sample if column < len(row)]


def _listed(names: Sequence[str]) -> str:
    """The first names of a list, for a sentence."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(shown(name) for name in names[:5]) + more
