"""What VOC and COCO have in common: files in a folder, a fixed test split, and three ways to choose training images.

official   the paper's list of image ids, from ``split_file`` or the data folder; where there is none, a subset of
           the lab's own with the same profile, and a note that says so
by-ratio   a subset for an imbalance ratio, see ``dbl_core.longtail``
all        every training image
"""

import hashlib
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.image_files import checked_side, read_image
from dbl_core.datasets.splits import PaperSplit, rows_of_ids
from dbl_core.errors import DataError
from dbl_core.packaged import DATA_DIR

PRESETS = ("official", "by-ratio", "all")
OPTIONS = ("root", "preset", "split_file", "ratio", "profile", "max_count", "seed", "side")
SIDES = (16, 1024)


def default_root(name: str) -> Path:
    """Where the files of a data set lie unless told otherwise; ``DBL_DATA_DIR`` moves the folder of all of them."""
    return Path(os.environ.get("DBL_DATA_DIR") or DATA_DIR / "sets").absolute() / name


@dataclass(frozen=True, eq=False)
class PublishedPool:
    """All images of a data set, whichever of them are chosen later. The arrays are read-only.

    Attributes:
        labels: (n_samples, n_labels) bool.
        label_names: (n_labels,) names in column order.
        ids: (n_samples,) str.
        image_names: (n_samples,) str, paths below the root.
        is_test: (n_samples,) bool; the others are for training.
    """

    labels: np.ndarray
    label_names: tuple[str, ...]
    ids: np.ndarray
    image_names: np.ndarray
    is_test: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.labels, self.ids, self.image_names, self.is_test):
            array.setflags(write=False)

    @property
    def train_rows(self) -> np.ndarray:
        """(n_train,) int64."""
        return np.flatnonzero(~self.is_test).astype(np.int64)

    @property
    def test_rows(self) -> np.ndarray:
        """(n_test,) int64."""
        return np.flatnonzero(self.is_test).astype(np.int64)

    def fingerprint(self, name: str, side: int) -> str:
        """Names labels, ids and size; what a published image with a given id shows does not change."""
        digest = hashlib.sha256(repr((self.label_names, side)).encode())
        for array in (self.labels, self.is_test):
            digest.update(np.packbits(array, axis=None).tobytes())
        for array in (self.ids, self.image_names):
            digest.update("\n".join(array.tolist()).encode())
        return f"{name}-{digest.hexdigest()[:16]}"


@dataclass(frozen=True)
class Choice:
    """Which training images; see ``load_dataset`` for the options."""

    preset: str | None = None
    split_file: Path | str | None = None
    ratio: float | None = None
    profile: str = "pareto"
    max_count: int | None = None
    seed: int = 0

    def checked_preset(self) -> str:
        """The preset, when the other options fit it.

        Raises:
            ValueError: It is unknown, or an option contradicts it.
        """
        preset = self.preset or ("official" if self.ratio is None else "by-ratio")
        if preset not in PRESETS:
            raise ValueError(f"preset is {preset!r}, must be one of {', '.join(PRESETS)}")
        if preset == "by-ratio" and self.ratio is None:
            raise ValueError("ratio is missing: preset by-ratio needs one, a number of at least 1")
        if preset != "by-ratio":
            for option in ("ratio", "max_count"):
                if getattr(self, option) is not None:
                    raise ValueError(
                        f"{option} is {getattr(self, option)!r}, but preset {preset} takes none; use by-ratio"
                    )
        if preset != "official" and self.split_file is not None:
            raise ValueError(f"split_file is given, but preset {preset} does not read one; use preset official")
        return preset


def published_dataset(
    name: str, pool: PublishedPool, root: Path, paper: PaperSplit, choice: Choice, images: "PublishedImages"
) -> MultiLabelDataset:
    """A data set with its training images chosen.

    Raises:
        ValueError: The options contradict each other or do not fit the pool.
        DataError: The list of ids cannot be used.
    """
    rows, asked, notes = _training_rows(pool, root, paper, choice)
    for array in (rows, asked):
        if array is not None:
            array.setflags(write=False)
    return MultiLabelDataset(
        name=name,
        labels=pool.labels,
        label_names=pool.label_names,
        ids=pool.ids,
        train_rows=rows,
        test_rows=pool.test_rows,
        asked=asked,
        fingerprint=pool.fingerprint(name, images.side),
        image_source=images,
        notes=notes,
    )


def _training_rows(
    pool: PublishedPool, root: Path, paper: PaperSplit, choice: Choice
) -> tuple[np.ndarray, np.ndarray | None, tuple[str, ...]]:
    """Rows, asked counts and notes."""
    preset = choice.checked_preset()
    if preset == "all":
        return pool.train_rows, None, ()
    if preset == "by-ratio":
        return _subset(pool, choice.ratio, choice.max_count, choice)
    listed = root / paper.file_name if choice.split_file is None else Path(choice.split_file)
    if choice.split_file is not None or listed.is_file():
        return rows_of_ids(listed, pool.ids, pool.train_rows), None, ()
    largest = int(pool.labels[pool.train_rows].sum(axis=0).max())
    max_count = min(paper.max_count, largest)
    rows, asked, notes = _subset(pool, min(paper.ratio, max_count), max_count, choice)
    own = (
        f"The paper's list of images ({paper.file_name}) is not there, so these {len(rows):,} images are the lab's own"
        f" choice with the same profile, not those of {paper.title}."
    )
    return rows, asked, (own, *notes)


def _subset(
    pool: PublishedPool, ratio: float, max_count: int | None, choice: Choice
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """A long-tailed subset of the training images."""
    from dbl_core.longtail import longtail_subset  # scipy comes with it; processes that only read images do without

    rows = pool.train_rows
    subset = longtail_subset(
        pool.labels[rows],
        ratio=ratio,
        profile=choice.profile,
        max_count=max_count,
        seed=choice.seed,
        label_names=pool.label_names,
    )
    return np.sort(rows[subset.rows]), subset.asked.astype(np.int64), tuple(subset.notes)


@dataclass(frozen=True)
class PublishedImages:
    """Reads the image of a row; small enough to be sent to another process, which then reads the labels' file itself.

    Attributes:
        name: The data set.
        pool_of: Gives the pool of a root; a function of a module, not a lambda.
        root: Folder of the files.
        side: The whole image is brought to side x side, without keeping its shape, as in the paper.
    """

    name: str
    pool_of: Callable[[Path], PublishedPool]
    root: Path
    side: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "side", checked_side(self.side))

    def __call__(self, row: int) -> np.ndarray:
        """(side, side, 3) uint8.

        Raises:
            DataError: The image is not there (the sentence names the command that fetches it) or damaged.
        """
        name = str(self.pool_of(self.root).image_names[row])
        if not (self.root / name).exists():
            raise DataError(f"The image {name} is not in {str(self.root)!r}; {fetch_hint(self.name, self.root)}")
        return read_image(self.root, name, side=self.side)


def check_files(title: str, name: str, root: Path, files: tuple[str, ...]) -> None:
    """Refuse a folder that does not hold the data set.

    Raises:
        DataError: Files are missing; the sentence names them and the command that fetches them.
    """
    missing = [file for file in files if not (root / file).exists()]
    if missing:
        lacks = " and ".join(missing)
        raise DataError(f"{title} is not complete in {str(root)!r}, which lacks {lacks}; {fetch_hint(name, root)}")


def fetch_hint(name: str, root: Path) -> str:
    """How to get what is missing."""
    where = "" if root == default_root(name) else f" --root {shlex.quote(str(root))}"
    return f"fetch it with: python -m dbl_core download {name}{where} (or put the published files there by hand)"
