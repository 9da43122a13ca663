"""The training set that a loss under test is built for, and label rows as such a set has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

# Images per class of VOC-MLT, a training set of 1,142 images, and label sets that its images carry.
_VOC_MLT = {
    "person": 775, "chair": 479, "car": 249, "diningtable": 240, "bottle": 154, "pottedplant": 100, "sofa": 82,
    "tvmonitor": 64, "dog": 48, "bicycle": 34, "cat": 29, "motorbike": 20, "bus": 17, "boat": 14, "horse": 11,
    "bird": 8, "train": 7, "aeroplane": 6, "sheep": 5, "cow": 4,
}  # fmt: skip
_VOC_MLT_IMAGES = 1142
_VOC_MLT_ROWS = """
person | car | car person | chair | chair diningtable person | bottle chair diningtable person | dog person
person sofa
bicycle person | motorbike person | chair diningtable pottedplant | bicycle car person | boat person | bus car person
horse person | person tvmonitor | cat chair | person train | aeroplane person | chair diningtable sofa | person sheep
bird person | bottle chair diningtable person pottedplant | cow person
"""
_DRAWN_ROWS = 24


@dataclass(frozen=True)
class TrainingSet:
    """What a loss may know, and rows to try it on.

    Attributes:
        label_counts: Images per class, (n_labels,).
        n_samples: Images of the training set.
        rows: (n_rows, n_labels) bool: label rows, each with a label, some with several, head and tail among them.
        label_names: Names of the classes.
    """

    label_counts: np.ndarray
    n_samples: int
    rows: np.ndarray = field(repr=False)
    label_names: tuple[str, ...] = field(repr=False)

    @property
    def n_labels(self) -> int:
        """Number of classes."""
        return len(self.label_counts)

    def with_count(self, label: int, count: int) -> "TrainingSet":
        """The same set, but for the images of one class."""
        counts = self.label_counts.copy()
        counts[label] = count
        return replace(self, label_counts=counts)


def voc_mlt() -> TrainingSet:
    """VOC-MLT, the paper's smaller set: 20 classes of 4 to 775 images."""
    names = tuple(_VOC_MLT)
    sets = [text.split() for text in _VOC_MLT_ROWS.replace("\n", "|").split("|") if text.strip()]
    rows = np.array([[name in carried for name in names] for carried in sets])
    return TrainingSet(np.array(list(_VOC_MLT.values())), _VOC_MLT_IMAGES, rows, names)


def of_counts(label_counts: Sequence[int], n_samples: int, label_names: Sequence[str] | None = None) -> TrainingSet:
    """A training set of these counts, with rows drawn for them.

    Counts of 0 and of ``n_samples`` become 1 and one less: losses differ in what they make of such a class, so values
    are compared without one. That nothing becomes NaN there is a check of its own.

    Args:
        label_counts: Images per class, (n_labels,), each from 0 to ``n_samples``.
        n_samples: Images of the training set, at least 2.
        label_names: Names of the classes.

    Raises:
        ValueError: A count is out of range, or there are none.
    """
    counts = np.asarray(label_counts)
    if counts.ndim != 1 or not counts.size or n_samples < 2 or not ((counts >= 0) & (counts <= n_samples)).all():
        raise ValueError(f"label_counts must be one number a class, from 0 to n_samples ({n_samples}, at least 2).")
    counts = counts.clip(1, n_samples - 1)
    random = np.random.default_rng(0)
    rows = random.random((_DRAWN_ROWS, counts.size)) < counts / n_samples
    # Every class in turn once more, the rarest first: rows of chance alone would hardly ever show the tail.
    rows[np.arange(_DRAWN_ROWS), np.argsort(counts, kind="stable")[np.arange(_DRAWN_ROWS) % counts.size]] = True
    names = tuple(label_names or (f"class {label}" for label in range(counts.size)))
    return TrainingSet(counts, n_samples, rows, names)
