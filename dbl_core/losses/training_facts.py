"""What a loss, and advice about it, can know of a training set: counts always, and r where rows are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def positive_ratios(labels: np.ndarray) -> np.ndarray:
    r"""Return :math:`r_i = (1/n_i) / \sum_j (y_j/n_j)` of every positive cell, in (0, 1]; (n_positives,) float64.

    Their mean is one over the labels of an image, because the r of an image's own labels add up to 1.

    Args:
        labels: (n_samples, n_labels) bool.
    """
    inverse = 1 / np.maximum(labels.sum(0), 1)
    share = labels @ inverse
    rows, columns = np.nonzero(labels)
    return inverse[columns] / share[rows]


@dataclass(frozen=True, eq=False)
class TrainingFacts:
    """The numbers of a training set on which options depend.

    Attributes:
        counts: (n_labels,) int64, positives of every label.
        n_samples: Number of training images.
        ratios: (n_positives,) the r of every positive cell; None where only counts are known.
    """

    counts: np.ndarray
    n_samples: int
    ratios: np.ndarray | None = None

    @classmethod
    def of(
        cls, *, labels: np.ndarray | None = None, label_counts: np.ndarray | None = None, n_samples: int | None = None
    ) -> TrainingFacts:
        """Read them off a label matrix, or off counts alone.

        Args:
            labels: (n_samples, n_labels) bool or 0/1; with it the other two must be left out.
            label_counts: (n_labels,) positives of every label.
            n_samples: Number of training images.

        Raises:
            ValueError: The labels are no matrix, or neither labels nor both numbers are given.
        """
        if labels is not None and label_counts is None and n_samples is None:
            labels = np.asarray(labels, dtype=bool)
            if labels.ndim != 2:
                raise ValueError(f"labels must have the shape (n_samples, n_labels), not {labels.shape}.")
            return cls(labels.sum(0, dtype=np.int64), len(labels), positive_ratios(labels))
        if labels is not None or label_counts is None or n_samples is None:
            raise ValueError("give either labels, or label_counts together with n_samples.")
        counts = np.asarray(label_counts)
        if counts.ndim != 1 or (counts < 0).any() or (counts > n_samples).any():
            raise ValueError(f"label_counts must hold one number from 0 to n_samples ({n_samples}) a label.")
        return cls(counts.astype(np.int64), int(n_samples))

    @property
    def present(self) -> np.ndarray:
        """The counts of the labels that occur."""
        return self.counts[self.counts > 0]

    @property
    def cardinality(self) -> float:
        """Labels of an image on average; 0 without images."""
        return float(self.counts.sum() / max(self.n_samples, 1))

    @property
    def negative_share(self) -> float:
        """Share of the (image, class) cells that are negative; 1 without any positive."""
        return 1 - self.cardinality / max(len(self.counts), 1)

    @property
    def largest_log_odds(self) -> float:
        """Largest absolute log-odds of a class, n clamped to 1..N-1 as the losses do; 0 without classes."""
        n = np.clip(self.counts, 1, max(self.n_samples - 1, 1))
        return float(np.abs(np.log(n / np.maximum(self.n_samples - n, 1))).max(initial=0))

    def mean_inverse(self, power: float) -> float:
        """Mean of (N / n) ** power over the classes, the mean weight of inverse frequency; 1 without classes."""
        return float(((self.n_samples / np.maximum(self.counts, 1)) ** power).mean()) if len(self.counts) else 1.0
