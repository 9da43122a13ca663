"""picto-voc: a drawn twin of VOC-MLT that needs no download and no network.

The pool holds one scene for every image of VOC2012 trainval, with that image's label set: the same 20 classes, the same
counts, the same co-occurrence. Labels come from two tables of ``data/``; images are drawn (see ``scenes.py``).

    pool          11,540 scenes
    test          2,500 of them; every label set has the share it has in the pool
    voc-mlt       the 1,142 label sets of the paper's training set (person 775 ... cow 4)
    by-ratio      a subset of the 9,040 scenes outside the test split, for an imbalance ratio, built when asked for

The row of a scene, the test split and the rows of voc-mlt never change; ``seed`` only chooses the rows of by-ratio.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.labelsets import (
    LabelSet,
    expanded,
    label_matrix,
    packaged_label_sets,
    shuffled_order,
    stratified_quotas,
)
from dbl_core.datasets.scenes import DEFAULT_STYLE, SceneStyle, draw_scene
from dbl_core.errors import DataError

LABEL_NAMES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip
PRESETS = ("voc-mlt", "by-ratio")
DATA_SEED = 2012
N_TEST = 2500
_POOL_TABLE = "voc2012_trainval_labelsets.csv"
_VOC_MLT_TABLE = "voc_mlt_train_labelsets.csv"


@dataclass(frozen=True)
class PictoScenes:
    """Draws the scene of a row; small enough to be sent to another process."""

    seed: int = DATA_SEED
    style: SceneStyle = DEFAULT_STYLE

    def __call__(self, row: int) -> np.ndarray:
        """(pixels, pixels, 3) uint8."""
        return draw_scene(self.seed, row, _pool().label_sets[row], self.style)


def load_picto(
    *,
    preset: str | None = None,
    ratio: float | None = None,
    profile: str = "pareto",
    max_count: int | None = None,
    seed: int = 0,
) -> MultiLabelDataset:
    """Load picto-voc.

    Args:
        preset: ``"voc-mlt"`` or ``"by-ratio"``; None means by-ratio where a ratio is given, else voc-mlt.
        ratio: largest over smallest class count asked for, at least 1; by-ratio only, and needed there.
        profile: shape of the asked counts, see ``dbl_core.longtail``; read by by-ratio only.
        max_count: asked count of the largest class; by-ratio only. None lets ``longtail_subset`` choose.
        seed: chooses among scenes that serve equally well; read by by-ratio only.

    Returns:
        The data set; ``asked`` is None for voc-mlt, whose counts are met exactly.

    Raises:
        ValueError: an unknown preset or profile, a ratio below 1 or NaN, a count below 1, or options that exclude each
            other.
        DataError: a table in ``data/`` is missing or damaged.
    """
    preset = preset if preset is not None else "voc-mlt" if ratio is None else "by-ratio"
    if preset not in PRESETS:
        raise ValueError(f"preset is {preset!r}, must be one of {', '.join(PRESETS)}")
    pool = _pool()
    _check_profile(profile)
    if preset == "voc-mlt":
        for option, value in (("ratio", ratio), ("max_count", max_count)):
            if value is not None:
                raise ValueError(
                    f"{option} is {value!r}, but preset voc-mlt is fixed; use preset by-ratio or leave it out"
                )
        train_rows, asked, notes = pool.voc_mlt_rows, None, ()
    else:
        if ratio is None:
            raise ValueError("ratio is missing: preset by-ratio needs one, a number of at least 1")
        train_rows, asked, notes = _by_ratio(*_single_values(ratio, profile, max_count, seed))
    return MultiLabelDataset(
        name="picto-voc",
        labels=pool.labels,
        label_names=LABEL_NAMES,
        ids=pool.ids,
        train_rows=train_rows,
        test_rows=pool.test_rows,
        asked=asked,
        fingerprint=_fingerprint(),
        image_source=PictoScenes(),
        notes=notes,
    )


@dataclass(frozen=True)
class _Pool:
    """All scenes' label sets and the fixed choices of rows."""

    label_sets: tuple[LabelSet, ...]
    labels: np.ndarray
    ids: np.ndarray
    test_rows: np.ndarray
    voc_mlt_rows: np.ndarray


@lru_cache(maxsize=1)
def _pool() -> _Pool:
    """The pool; a function of the two tables alone."""
    sets_in_table_order = expanded(packaged_label_sets(_POOL_TABLE))
    label_sets = tuple(sets_in_table_order[k] for k in shuffled_order(len(sets_in_table_order), DATA_SEED))
    voc_mlt_rows, test_rows = _fixed_rows(label_sets)
    ids = np.array([f"picto-{row:05d}" for row in range(len(label_sets))])
    labels = label_matrix(list(label_sets), LABEL_NAMES)
    return _Pool(label_sets, *map(_read_only, (labels, ids, test_rows, voc_mlt_rows)))


def _fixed_rows(label_sets: tuple[LabelSet, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of voc-mlt and of the test split: of every label set the first rows, then the next ones."""
    rows_of: dict[LabelSet, list[int]] = defaultdict(list)
    for row, label_set in enumerate(label_sets):
        rows_of[label_set].append(row)
    wanted = packaged_label_sets(_VOC_MLT_TABLE)
    strata = sorted(rows_of, key=lambda label_set: (len(label_set), label_set))
    sizes = [len(rows_of[stratum]) for stratum in strata]
    reserved = [wanted.get(stratum, 0) for stratum in strata]
    free = [size - count for size, count in zip(sizes, reserved, strict=True)]
    if sum(reserved) != sum(wanted.values()) or min(free) < 0:
        raise DataError(f"{_VOC_MLT_TABLE} asks for label sets that {_POOL_TABLE} does not have: restore both tables.")
    quotas = stratified_quotas(sizes, free, N_TEST)
    voc_mlt, test = [], []
    for stratum, first, quota in zip(strata, reserved, quotas, strict=True):
        voc_mlt += rows_of[stratum][:first]
        test += rows_of[stratum][first : first + quota]
    return np.array(sorted(voc_mlt), dtype=np.int64), np.array(sorted(test), dtype=np.int64)


def _check_profile(profile: object) -> None:
    """Refuse an unknown profile under every preset; the default needs no look at the table."""
    if profile != "pareto":
        from dbl_core.longtail.profiles import check_profile

        check_profile(profile if isinstance(profile, str) else repr(profile))


def _single_values(*options: object) -> tuple[object, ...]:
    """The options, which must be fit to name an entry of a cache; ``longtail_subset`` checks the rest."""
    for option in options:
        if not isinstance(option, int | float | str | np.number | None):
            raise ValueError(f"{option!r} is not a number or a name: ratio, profile, max_count and seed take one each")
    return options


@lru_cache(maxsize=16, typed=True)
def _by_ratio(
    ratio: float, profile: str, max_count: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Training rows, asked counts and notes for an imbalance ratio, chosen outside the test split."""
    # scipy comes with it; the processes that only draw start faster without
    from dbl_core.longtail import longtail_subset

    pool = _pool()
    free_rows = np.setdiff1d(np.arange(len(pool.labels), dtype=np.int64), pool.test_rows)
    subset = longtail_subset(
        pool.labels[free_rows], ratio=ratio, profile=profile, max_count=max_count, seed=seed, label_names=LABEL_NAMES
    )
    return _read_only(np.sort(free_rows[subset.rows])), _read_only(subset.asked.astype(np.int64)), subset.notes


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    """Name of everything that determines labels and pixels: tables, seed, style and the sources that draw."""
    digest = hashlib.sha256(repr((DATA_SEED, DEFAULT_STYLE)).encode())
    digest.update(_pool().labels.tobytes())
    here = Path(__file__).parent
    for source in [here / "scenes.py", *sorted((here / "pictograms").glob("*.py"))]:
        digest.update(source.read_text(encoding="utf-8").encode())
    return f"picto-voc-{digest.hexdigest()[:16]}"


def _read_only(array: np.ndarray) -> np.ndarray:
    """The array itself, which from now on cannot be written to."""
    array.setflags(write=False)
    return array
