"""Co-occurrence as a tool: which cells to trust, which pairs hurt, and views that stay readable with many labels."""

from dataclasses import dataclass

import numpy as np

from dbl_core.stats.cooccurrence import cooccurrence
from dbl_core.stats.measures import imbalance_ratios


@dataclass(frozen=True)
class Pooled:
    """A large matrix drawn small.

    Attributes:
        values: (n_blocks, n_blocks) float64, the largest value of every block; NaN for a block without a number.
        edges: (n_blocks + 1,) int64; block b holds the rows (and columns) from edges[b] to edges[b + 1] - 1.
    """

    values: np.ndarray
    edges: np.ndarray


def supported(counts: object, least: int, *, n_samples: int | None = None) -> np.ndarray:
    """Return which cells of a co-occurrence matrix rest on enough images to be shown.

    A cell is supported by at least ``least`` images with both labels. With n_samples, also by at least that many
    expected ones (n_i n_j / N), so that "never together" of two frequent labels stays visible.

    Args:
        counts: (n_labels, n_labels) whole numbers, as ``cooccurrence(labels, "count")`` gives them.
        least: images, >= 0; 0 supports every cell.
        n_samples: samples behind the counts, or None.

    Returns:
        (n_labels, n_labels) bool; False marks what to leave out.

    Raises:
        ValueError: counts that are not a square matrix, or least not a whole number >= 0.
    """
    counts = _square("counts", counts)
    _whole("least", least, 0)
    enough = counts >= least
    if n_samples is not None:
        single = np.diagonal(counts).astype(np.float64)
        enough |= np.outer(single, single) / _whole("n_samples", n_samples, 1) >= least
    return enough


def worst_pairs(labels: object, *, n_pairs: int = 20, least: int = 1) -> dict[str, np.ndarray]:
    """Return the minority labels that drag majority labels along, the worst pair first.

    A label with IRLbl above MeanIR is a minority label, the others that occur are majority labels. Repeating the images
    of minority label i until it has as many as the largest label repeats those of its companion j too:

        drag_ij = n_ij (n_max / n_i - 1) = P(j | i) (n_max - n_i)

    is how many images more of j that brings, though nobody asked for j.

    Args:
        labels: (n_samples, n_labels) bool or 0/1, dense or scipy sparse.
        n_pairs: pairs at most, >= 1.
        least: common images a pair needs, >= 1.

    Returns:
        Arrays of one length: "rare" and "frequent" (int64 columns of the labels), "rare_count", "frequent_count" and
        "both" (int64 images), "conditional" (P(frequent | rare)), "lift" and "drag". Pairs of equal drag: higher lift
        first, then the order of the columns. Empty where no label is a minority label.

    Raises:
        ValueError: labels that are not a 0/1 matrix, n_pairs or least below 1.

    Charte et al., Addressing imbalance in multilabel classification, Neurocomputing 163, 2015 (minority labels).
    """
    _whole("n_pairs", n_pairs, 1)
    _whole("least", least, 1)
    counts = cooccurrence(labels)
    return worst_pairs_from_counts(counts, np.shape(labels)[0], n_pairs, least)


def worst_pairs_from_counts(
    counts: np.ndarray, n_samples: int, n_pairs: int = 20, least: int = 1
) -> dict[str, np.ndarray]:
    """Return :func:`worst_pairs` from the co-occurrence counts, so that a page counts only once."""
    counts = _square("counts", counts)
    single = np.diagonal(counts)
    ratios = imbalance_ratios(single)
    minority = ratios > np.nanmean(ratios) if (single > 0).any() else np.zeros(single.size, dtype=bool)
    majority = (single > 0) & ~minority
    rare, frequent = np.nonzero(minority[:, None] & majority[None, :] & (counts >= least))
    both = counts[rare, frequent]
    conditional = both / single[rare]
    lift = n_samples * conditional / single[frequent]
    drag = conditional * (single.max(initial=0) - single[rare])
    best = np.lexsort((frequent, rare, -lift, -drag))[:n_pairs]
    columns = {
        "rare": rare,
        "frequent": frequent,
        "rare_count": single[rare],
        "frequent_count": single[frequent],
        "both": both,
        "conditional": conditional,
        "lift": lift,
        "drag": drag,
    }
    return {name: column[best] for name, column in columns.items()}


def pooled(matrix: object, size: int, *, diagonal: bool = False) -> Pooled:
    """Return a square matrix in at most size x size blocks, each with its largest value.

    The overview of thousands of labels: a strong pair stays visible however large the matrix is; the block's edges lead
    to the window that shows it in detail.

    Args:
        matrix: (n_labels, n_labels) numbers, in the order of the chart; NaN cells are skipped.
        size: blocks a side, >= 1. A matrix that is not larger keeps its cells.
        diagonal: whether a label with itself counts; it would outshine every pair.

    Raises:
        ValueError: a matrix that is not square or empty, or size not a whole number >= 1.
    """
    values = _square("matrix", matrix).astype(np.float64)
    if values.shape[0] == 0:
        raise ValueError("matrix must have at least one row")
    n_blocks = min(_whole("size", size, 1), values.shape[0])
    if not diagonal:
        np.fill_diagonal(values, np.nan)
    edges = np.arange(n_blocks + 1, dtype=np.int64) * values.shape[0] // n_blocks
    by_row = np.fmax.reduceat(values, edges[:-1], axis=0)
    return Pooled(np.fmax.reduceat(by_row, edges[:-1], axis=1), edges)


def label_window(order: object, *, start: int, size: int) -> np.ndarray:
    """Return the labels of a chart's window: size neighbours of an order, moved inside where it would reach beyond.

    Args:
        order: (n_labels,) columns in the order of the chart, from ``order_labels``.
        start: place of the first label, >= 0.
        size: labels in the window, >= 1; all labels where there are not more.

    Raises:
        ValueError: start or size out of range.
    """
    order = np.asarray(order, dtype=np.int64)
    size = min(_whole("size", size, 1), order.size)
    first = min(_whole("start", start, 0), order.size - size)
    return order[first : first + size]


def top_companions(matrix: object, label: int, n_companions: int = 10) -> np.ndarray:
    """Return the columns with the largest values in a label's row, the largest first; never the label itself.

    Args:
        matrix: (n_labels, n_labels) a co-occurrence measure; undefined (NaN) cells are left out.
        label: the row.
        n_companions: columns at most, >= 1.

    Returns:
        int64 columns; equal values keep the order of the columns.

    Raises:
        ValueError: a matrix that is not square, a label outside it, n_companions below 1.
    """
    values = _square("matrix", matrix).astype(np.float64)
    if not 0 <= _whole("label", label, 0) < values.shape[0]:
        raise ValueError(f"label must be from 0 to {values.shape[0] - 1}, not {label}")
    row = values[label]
    row[label] = np.nan
    order = np.argsort(-row, kind="stable")
    return order[np.isfinite(row[order])][: _whole("n_companions", n_companions, 1)].astype(np.int64)


def _square(name: str, matrix: object) -> np.ndarray:
    values = np.asarray(matrix)
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ValueError(f"{name} must be a square matrix (n_labels, n_labels), but the shape is {values.shape}")
    return values


def _whole(name: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, not {value!r}")
    return int(value)
