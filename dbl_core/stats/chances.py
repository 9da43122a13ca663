"""How likely every image is to be drawn under a sampler, and what the sampler promises every label."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from dbl_core.longtail.matrix import sparse_label_matrix
from dbl_core.stats.measures import label_counts_of

SHARES_OF = ("uniform", "class_aware", "square_root", "repeat_factor", "progressive")
OPTIONS_OF = {"repeat_factor": ("threshold",), "progressive": ("progress",)}
"""Options of a sampler; those not named here have none."""


@dataclass(frozen=True)
class Chances:
    """What a sampler does to images, and what it would do to labels if none rode along with another.

    Attributes:
        image: (n_samples,) chance of every image to be the one that is drawn; sums to 1.
        promised: (n_labels,) chance that the drawn image was drawn for this label.
        rides: (n_labels, n_labels) sparse; row i, column j: chance that the drawn image was drawn for label i and
            shows j beyond what j was promised. Its column sums are rate - promised.
    """

    image: np.ndarray
    promised: np.ndarray
    rides: scipy.sparse.csr_array


def sampler_chances(labels: object, sampler: str, **options: float | None) -> Chances:
    """Return the chances of a sampler; see ``label_shares`` for the samplers, their options and formulas.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        sampler: one of ``SHARES_OF``.
        **options: ``threshold`` for "repeat_factor", ``progress`` for "progressive".

    Raises:
        ValueError: labels that are not a 0/1 matrix or hold no positive, an unknown sampler, or an option that it does
            not have or whose value is out of range.
    """
    check_sampler_options(sampler, options)
    matrix = sparse_label_matrix(labels)
    counts = label_counts_of(matrix)
    if not counts.any():
        raise ValueError("labels hold no positive at all; shares need a label that occurs")
    if sampler == "uniform":
        return _uniform(matrix, counts)
    if sampler == "repeat_factor":
        return _repeated(matrix, options.get("threshold"))
    if sampler == "progressive":
        return _blend(matrix, counts, options.get("progress", 0.5))
    return _by_class(matrix, counts, class_chances(counts, sampler))


def class_chances(label_counts: np.ndarray, sampler: str) -> np.ndarray:
    """Return how often "class_aware" (equally) or "square_root" (by sqrt n) asks for every label; sums to 1.

    Args:
        label_counts: (n_labels,) positives per label, at least one above 0; absent labels are never asked for.
        sampler: "class_aware" or "square_root".
    """
    weight = (label_counts > 0).astype(np.float64) if sampler == "class_aware" else np.sqrt(label_counts)
    return weight / weight.sum()


def repeat_factors(labels: object, threshold: float | None = None) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the repeat factors of labels and of images.

        r_j = max(1, sqrt(t / f_j)),   f_j = n_j / N,   r(image) = max over its labels of r_j

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        threshold: t in (0, 1]: labels rarer than this share of the images are repeated. None takes the median f of the
            labels that occur, so that half of them are; the 0.001 of the paper is made for 57,000 images.

    Returns:
        (n_labels,) factors >= 1 (1 for an absent label), (n_samples,) factors >= 1 (1 without labels), the threshold.

    Raises:
        ValueError: labels that are not a 0/1 matrix or hold no positive, or a threshold out of range.

    Gupta, Dollár, Girshick: LVIS, CVPR 2019, appendix B.2.
    """
    matrix = sparse_label_matrix(labels)
    counts = label_counts_of(matrix)
    if not counts.any():
        raise ValueError("labels hold no positive at all; repeat factors need a label that occurs")
    frequency = counts / matrix.shape[0]
    if threshold is None:
        threshold = float(np.median(frequency[counts > 0]))
    _check_range("threshold", threshold, 0, 1)
    of_label = np.sqrt(np.maximum(1.0, np.divide(threshold, frequency, out=np.ones(counts.size), where=counts > 0)))
    of_image = np.ones(matrix.shape[0])
    some = np.diff(matrix.indptr) > 0
    of_image[some] = np.maximum.reduceat(of_label[matrix.indices], matrix.indptr[:-1][some])
    return of_label, of_image, float(threshold)


def check_sampler_options(sampler: str, options: dict[str, float | None]) -> None:
    """Raise ValueError unless the sampler exists and has the options."""
    if sampler not in SHARES_OF:
        raise ValueError(f"unknown sampler {sampler!r}; allowed: {', '.join(SHARES_OF)}")
    allowed = OPTIONS_OF.get(sampler, ())
    for name in options:
        if name not in allowed:
            raise ValueError(f"sampler {sampler} has no option {name!r}; it has {', '.join(allowed) or 'none'}")


def _uniform(matrix: scipy.sparse.csr_array, counts: np.ndarray) -> Chances:
    n_samples = matrix.shape[0]
    return Chances(
        np.full(n_samples, 1 / n_samples), counts / n_samples, scipy.sparse.csr_array((counts.size, counts.size))
    )


def _by_class(matrix: scipy.sparse.csr_array, counts: np.ndarray, asked: np.ndarray) -> Chances:
    per_image = np.divide(asked, counts, out=np.zeros(counts.size), where=counts > 0)
    columns = matrix.astype(np.float64)
    together = (columns.T @ columns).tocoo()
    row, column, both = together.row, together.col, together.data
    other = row != column
    rides = scipy.sparse.csr_array(
        (per_image[row[other]] * both[other], (row[other], column[other])), shape=together.shape
    )
    return Chances(columns @ per_image, asked, rides)


def _repeated(matrix: scipy.sparse.csr_array, threshold: float | None) -> Chances:
    """Every image is drawn for its label of largest factor; what others get beyond their own factor rides along."""
    of_label, of_image, _ = repeat_factors(matrix, threshold)
    total = of_image.sum()
    sizes = np.diff(matrix.indptr)
    row_of_entry = np.repeat(np.arange(matrix.shape[0]), sizes)
    deciding = of_label[matrix.indices] == of_image[row_of_entry]
    first = np.full(matrix.shape[0], -1, dtype=np.int64)
    first[row_of_entry[deciding][::-1]] = matrix.indices[deciding][::-1]
    beyond = (of_image[row_of_entry] - of_label[matrix.indices]) / total
    rides = scipy.sparse.coo_array((beyond, (first[row_of_entry], matrix.indices)), shape=(of_label.size,) * 2).tocsr()
    rides.eliminate_zeros()
    return Chances(of_image / total, label_counts_of(matrix) * of_label / total, rides)


def _blend(matrix: scipy.sparse.csr_array, counts: np.ndarray, progress: float) -> Chances:
    _check_range("progress", progress, 0, 1, closed=True)
    start, end = _uniform(matrix, counts), _by_class(matrix, counts, class_chances(counts, "class_aware"))
    return Chances(
        (1 - progress) * start.image + progress * end.image,
        (1 - progress) * start.promised + progress * end.promised,
        end.rides * progress,
    )


def _check_range(name: str, value: object, low: float, high: float, *, closed: bool = False) -> None:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not (low < value <= high or (closed and value == low)):
        raise ValueError(f"{name} must be a number {'from' if closed else 'above'} {low} to {high}, not {value!r}")
