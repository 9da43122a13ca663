"""How well the labels of one image are ranked among each other: one-error, coverage, ranking loss.

Average precision per label ranks images within a label; these rank labels within an image, so they ask whether scores
of different labels are comparable. All three are small where it is good.
"""

from dataclasses import dataclass

import numpy as np

from dbl_core.metrics.ranking import check_pair

CONVENTIONS = ("defined", "sklearn")
_CELLS = 2_000_000


@dataclass(frozen=True)
class LabelRanking:
    """Means over images.

    Attributes:
        one_error: share of images whose highest-scored label is wrong, in [0, 1].
        coverage: how far down the ranking the last true label stands; see the convention.
        ranking_loss: share of pairs of a true and a false label in which the false one is not below, in [0, 1].
        n_images: images in all.
        without_labels: images without any true label: none of the three is defined for them.
        with_all_labels: images that carry every label: the ranking loss is not defined for them.
    """

    one_error: float
    coverage: float
    ranking_loss: float
    n_images: int
    without_labels: int
    with_all_labels: int


def label_ranking(targets: object, scores: object, *, convention: str = "defined") -> LabelRanking:
    """Return one-error, coverage and ranking loss.

    With true labels Y and false labels Z of an image:

        one_error     the highest-scored label is not in Y; of several with the highest score, the share that is not
        coverage      number of labels scored at least as high as the lowest of Y, minus 1
        ranking_loss  |{(y, z): s_z >= s_y}| / (|Y| |Z|)

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        scores: (n_samples, n_labels) finite numbers, comparable between labels.
        convention: "defined" averages over the images for which a measure is defined, and coverage counts from 0, as
            in the literature. "sklearn" gives what ``coverage_error`` and ``label_ranking_loss`` give: coverage counts
            from 1, and both count an undefined image as 0. Scikit-learn has no one-error; it is the same under both.

    Returns:
        :class:`LabelRanking`; NaN where no image is defined. Equal scores count against the model: constant scores have
        ranking loss 1.

    Raises:
        ValueError: as :func:`dbl_core.metrics.average_precision`; an unknown convention.

    Schapire and Singer, BoosTexter, 2000 (one-error, coverage, ranking loss); Tsoumakas, Katakis and Vlahavas, Mining
    Multi-label Data, 2010, section 7.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"unknown convention {convention!r}; allowed: {', '.join(CONVENTIONS)}")
    targets, scores = check_pair(targets, scores)
    n_images, n_labels = targets.shape
    step = max(1, _CELLS // n_labels)
    parts = [_rows(targets[at : at + step], scores[at : at + step]) for at in range(0, n_images, step)]
    one_error, last_place, loss = (np.concatenate(column) for column in zip(*parts, strict=True))
    if convention == "sklearn":
        coverage, loss = np.nan_to_num(last_place), np.nan_to_num(loss)
    else:
        coverage = last_place - 1
    carried = targets.sum(axis=1)
    return LabelRanking(
        one_error=_mean(one_error),
        coverage=_mean(coverage),
        ranking_loss=_mean(loss),
        n_images=n_images,
        without_labels=int((carried == 0).sum()),
        with_all_labels=int((carried == n_labels).sum()),
    )


def _rows(targets: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return one-error, last place of a true label (from 1) and ranking loss of some images; NaN where undefined."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranked = np.take_along_axis(scores, order, axis=1)
    true = np.take_along_axis(targets, order, axis=1)
    last_of_tie = _last_of_tie(ranked)
    n_true = true.sum(axis=1)
    n_false = true.shape[1] - n_true
    false_above = np.take_along_axis(np.cumsum(~true, axis=1), last_of_tie, axis=1)
    wrong = np.where(true, false_above, 0).sum(axis=1, dtype=np.float64)
    last_place = np.where(true, last_of_tie + 1, 0).max(axis=1).astype(np.float64)
    at_top = last_of_tie[:, 0] + 1
    one_error = false_above[:, 0] / at_top
    defined = n_true > 0
    pairs = n_true * n_false
    loss = np.divide(wrong, pairs, out=np.full(wrong.shape, np.nan), where=pairs > 0)
    return np.where(defined, one_error, np.nan), np.where(defined, last_place, np.nan), loss


def _last_of_tie(ranked: np.ndarray) -> np.ndarray:
    """Return for every place the last place that has the same score; ranked falls along the rows."""
    n_labels = ranked.shape[1]
    ends = np.full(ranked.shape, n_labels - 1, dtype=np.int64)
    ends[:, :-1] = np.where(ranked[:, :-1] != ranked[:, 1:], np.arange(n_labels - 1), n_labels - 1)
    return np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]


def _mean(values: np.ndarray) -> float:
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if defined.size else float("nan")
