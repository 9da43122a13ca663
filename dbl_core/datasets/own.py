"""``file``: a data set of the user's own, from a label file or a folder in VOC's or COCO's layout.

Labels alone are a data set; features or a folder of images add to it. A split that the file names is kept; else a fixed
stratified part of the rows is for testing. Training never touches the test rows.

    all           every training row
    by-ratio      a subset of the training rows, for an imbalance ratio
"""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.class_counts import ClassCounts, opened_counts
from dbl_core.datasets.image_files import checked_side
from dbl_core.errors import DataError

OWN_PRESETS = ("all", "by-ratio")
OWN_OPTIONS = ("path", "images", "side", "preset", "ratio", "profile", "max_count", "seed", "test_share")
MAX_CELLS = 2**30
"""Most cells of a label matrix that is trained on: one gigabyte."""
_SPLIT_SEED = 0
_MOST_NOTES = 12


@dataclass(frozen=True)
class OwnData:
    """The options of the data set ``file``.

    Attributes:
        path: a label file, or a folder in the layout of VOC or COCO (see ``dbl_core.datasets.files``).
        images: folder of the images; None looks where the layouts of VOC and COCO keep them, and does without.
        side: pixels per side of the square images; 64 suits the backbone that is shipped, 224 those of torchvision.
        preset: ``"all"`` or ``"by-ratio"``; None means by-ratio where a ratio is given, else all.
        ratio: largest over smallest class count, at least 1; by-ratio only, and needed there.
        profile: shape of the asked counts, see ``dbl_core.longtail``; read by by-ratio only.
        max_count: asked count of the largest class; by-ratio only. None lets ``longtail_subset`` choose.
        seed: chooses among rows that serve equally well; read by by-ratio only, the test rows do not depend on it.
        test_share: share of the rows kept for testing, from 0.01 to 0.9, where the file does not name a test split.
    """

    path: str | Path | None = None
    images: str | Path | None = None
    side: int = 64
    preset: str | None = None
    ratio: float | None = None
    profile: str = "pareto"
    max_count: int | None = None
    seed: int = 0
    test_share: float = 0.3

    def checked_preset(self) -> str:
        """The preset that the options ask for.

        Raises:
            ValueError: an option is missing, out of range or contradicts another.
        """
        from dbl_core.longtail.profiles import check_profile  # scipy comes with it

        if not isinstance(self.path, str | Path) or not str(self.path).strip():
            raise ValueError("path is missing: data set file needs the path of a label file or folder")
        preset = self.preset if self.preset is not None else "all" if self.ratio is None else "by-ratio"
        if preset not in OWN_PRESETS:
            raise ValueError(f"preset is {preset!r}, must be one of {', '.join(OWN_PRESETS)}")
        check_profile(self.profile if isinstance(self.profile, str) else repr(self.profile))
        for option, value in (("ratio", self.ratio), ("max_count", self.max_count)):
            if preset == "all" and value is not None:
                raise ValueError(f"{option} is {value!r}, but preset all takes every row; use preset by-ratio")
        if preset == "by-ratio" and self.ratio is None:
            raise ValueError("ratio is missing: preset by-ratio needs one, a number of at least 1")
        share = self.test_share
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0.01 <= share <= 0.9:
            raise ValueError(f"test_share is {share!r}, must be from 0.01 to 0.9")
        checked_side(self.side)
        return preset


def load_own(**options: object) -> MultiLabelDataset:
    """Load a data set of the user's own.

    Args:
        **options: the fields of :class:`OwnData`; ``path`` is needed.

    Returns:
        The data set. Its fingerprint follows the content of labels and features, and name, size and time of the image
        files, not the place of the label file.

    Raises:
        ValueError: an unknown option, or one out of range.
        DataError: a file is missing, damaged, or not as it must be, holds class counts alone, or too few rows can be
            split.
    """
    opened = open_own(**options)
    if isinstance(opened, ClassCounts):
        name = Path(options["path"]).name
        raise DataError(f"{name} holds class counts alone: they serve the Loss Lab, training needs labelled rows.")
    return opened


def open_own(**options: object) -> MultiLabelDataset | ClassCounts:
    """Open a file of the user's own to look at: as :func:`load_own`, but a file of class counts is no error.

    Raises:
        ValueError: as for :func:`load_own`.
        DataError: as for :func:`load_own`, but class counts are refused only where a ratio is asked of them.
    """
    unknown = sorted(set(options) - set(OWN_OPTIONS))
    if unknown:
        raise ValueError(f"file has no option {', '.join(unknown)}; it has {', '.join(OWN_OPTIONS)}")
    own = OwnData(**options)
    preset = own.checked_preset()
    from dbl_core.datasets.files import CountsOnly, read_label_file
    from dbl_core.datasets.own_images import find_images

    path = Path(own.path).expanduser()
    table = read_label_file(path)
    if isinstance(table, CountsOnly):
        return _counts(path, table, preset)
    labels = _dense(path, table.labels)
    train_rows, test_rows, split_notes = _split(path, labels, table, own.test_share)
    asked, subset_notes = None, ()
    if preset == "by-ratio":
        train_rows, asked, subset_notes = _by_ratio(labels, table.label_names, train_rows, own)
    source, stamps, image_notes = find_images(path, table, own.images, int(own.side))
    return MultiLabelDataset(
        name="file",
        labels=labels,
        label_names=table.label_names,
        ids=table.ids,
        train_rows=_read_only(train_rows),
        test_rows=_read_only(test_rows),
        asked=None if asked is None else _read_only(asked),
        fingerprint=_fingerprint(labels, table, stamps, int(own.side)),
        image_source=source,
        notes=(*table.notes, *split_notes, *image_notes, *subset_notes),
        features=table.features,
    )


def _counts(path: Path, table: object, preset: str) -> ClassCounts:
    """Class counts as they are; a subset cannot be chosen of them."""
    if preset == "by-ratio":
        raise DataError(
            f"{path.name} holds class counts alone: a subset for a ratio is chosen among labelled rows. Choose the "
            "training set All."
        )
    return opened_counts(table)


def _dense(path: Path, labels: object) -> np.ndarray:
    """Labels as a dense matrix, which training works on."""
    if isinstance(labels, np.ndarray):
        return labels
    n_samples, n_labels = labels.shape
    if n_samples * n_labels > MAX_CELLS:
        raise DataError(
            f"{path.name} has {n_samples:,} rows of {n_labels:,} labels, too many to train on (at most {MAX_CELLS:,} "
            "cells); its measures can still be had."
        )
    return _read_only(labels.toarray())


def _split(
    path: Path, labels: np.ndarray, table: object, test_share: float
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Training rows, test rows and notes."""
    from dbl_core.longtail.splits import check_split, stratified_split

    free, notes = np.arange(len(labels), dtype=np.int64), ()
    if table.split is not None:
        train, test = (np.flatnonzero(table.split == part).astype(np.int64) for part in ("train", "test"))
        if not len(train):
            raise DataError(f"{path.name} has no training rows: its split names no row 'train'.")
        if len(test):
            return train, test, _first(check_split(labels, (train, test), table.label_names, part_names=_PART_NAMES))
        free = train
    n_test = round(len(free) * test_share)
    if not 0 < n_test < len(free):
        raise DataError(f"{path.name} has {len(free)} rows to divide, too few for training and testing.")
    parts = stratified_split(labels[free], (1 - test_share, test_share), seed=_SPLIT_SEED)
    train, test = (free[part] for part in parts)
    notes = (
        f"The file names no test rows: {len(test):,} of {len(free):,} rows, chosen so that labels keep their share.",
    )
    return train, test, notes + _first(check_split(labels, (train, test), table.label_names, part_names=_PART_NAMES))


_PART_NAMES = ("training", "test")


def _first(notes: tuple[str, ...]) -> tuple[str, ...]:
    """The first of many notes, and how many more there are."""
    if len(notes) <= _MOST_NOTES:
        return notes
    return (*notes[:_MOST_NOTES], f"{len(notes) - _MOST_NOTES} more labels are missing in the training or test rows.")


def _by_ratio(
    labels: np.ndarray, label_names: tuple[str, ...], train_rows: np.ndarray, own: OwnData
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Training rows, asked counts and notes for an imbalance ratio, chosen among the training rows."""
    from dbl_core.longtail import longtail_subset

    if not isinstance(own.ratio, int | float) or isinstance(own.ratio, bool) or not math.isfinite(own.ratio):
        raise ValueError(f"ratio is {own.ratio!r}, must be a number of at least 1")
    subset = longtail_subset(
        labels[train_rows],
        ratio=own.ratio,
        profile=own.profile,
        max_count=own.max_count,
        seed=own.seed,
        label_names=label_names,
    )
    return np.sort(train_rows[subset.rows]), subset.asked.astype(np.int64), subset.notes


def _fingerprint(labels: np.ndarray, table: object, stamps: tuple[str, ...], side: int) -> str:
    """A name for labels, features and images."""
    digest = hashlib.sha256(repr((labels.shape, table.label_names, side)).encode())
    digest.update(np.packbits(labels, axis=1).tobytes())
    for text in (*table.ids.tolist(), *stamps):
        digest.update(text.encode() + b"\0")
    if table.features is not None:
        digest.update(repr(table.features.shape).encode())
        digest.update(np.ascontiguousarray(table.features).data)
    return f"file-{digest.hexdigest()[:16]}"


def _read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
