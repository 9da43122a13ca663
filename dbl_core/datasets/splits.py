"""Training sets as published: a text file of image ids, one a line.

The paper's lists for VOC-MLT and COCO-MLT are of this kind. They are not part of the lab: they are read from a path, or
from the data folder, where the download command puts them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dbl_core.datasets.files.limits import check_count, shown
from dbl_core.datasets.files.text import lines, open_text
from dbl_core.errors import DataError

MAX_IDS = 1_000_000
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class PaperSplit:
    """What is published about the training set of a paper.

    Attributes:
        title: What the paper calls it.
        file_name: Name of its list of ids in the data folder.
        max_count: Images of its largest class.
        ratio: Largest over smallest class count.
    """

    title: str
    file_name: str
    max_count: int
    ratio: float


def plain_id(text: str) -> str:
    """An id without the ending of an image file; a number without leading zeros (COCO's ids are numbers)."""
    text = text.removesuffix(".jpg")
    return str(int(text)) if text.isascii() and text.isdecimal() else text


def read_id_list(path: Path) -> list[str]:
    """The ids of a list, in its order; empty lines do not count.

    Raises:
        DataError: The file cannot be read, holds no id, holds one twice or something that is none; with the line.
    """
    first: dict[str, int] = {}
    with open_text(path) as stream:
        for number, line in enumerate(lines(path, stream), start=1):
            text = line.strip()
            if not text:
                continue
            if not _ID.fullmatch(text) or ".." in text:
                raise DataError(f"{path.name}: line {number} is {shown(text)}, must be one image id.")
            if first.setdefault(text, number) != number:
                raise DataError(f"{path.name}: line {number} repeats the id {shown(text)} of line {first[text]}.")
            check_count(path, "ids", len(first), MAX_IDS)
    if not first:
        raise DataError(f"{path.name} holds no image id: it needs one a line.")
    return list(first)


def rows_of_ids(path: Path, ids: np.ndarray, rows: np.ndarray, *, plain: Callable[[str], str] = plain_id) -> np.ndarray:
    """The rows that a list of ids chooses.

    Args:
        path: The list.
        ids: (n_samples,) str, the id of every row.
        rows: The rows that may be chosen.
        plain: Brings an id of either side to the form in which they are compared.

    Returns:
        (n_chosen,) int64, ascending.

    Raises:
        DataError: As :func:`read_id_list`; an id is of no such row.
    """
    row_of = {plain(str(ids[row])): int(row) for row in rows}
    wanted = read_id_list(path)
    unknown = [one for one in wanted if plain(one) not in row_of]
    if unknown:
        some = ", ".join(map(shown, unknown[:3])) + (" ..." if len(unknown) > 3 else "")
        raise DataError(
            f"{path.name}: {len(unknown):,} of its {len(wanted):,} ids are no training images of this data set"
            f" ({some}): give the list that belongs to it."
        )
    return np.array(sorted({row_of[plain(one)] for one in wanted}), dtype=np.int64)
