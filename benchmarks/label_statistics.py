"""How fast the statistics are, as ratios against the obvious way, measured in the same run.

    python benchmarks/label_statistics.py

- Average precision of 5,000 x 80 against scikit-learn's ``average_precision_score``.
- Bootstrap of 2,500 x 20 with 200 resamples against average precision on every resample (scikit-learn, timed on 5).
- Coverage and ranking loss of 5,000 x 80 against scikit-learn's ``coverage_error`` and ``label_ranking_loss``.
- F1 along 256 thresholds of 5,000 x 80 against scikit-learn's ``f1_score`` at every one (timed on 4).
- What a page asks of the scores of 112,120 x 14 and of 5,000 x 1,203, in seconds.
- Co-occurrence of 112,120 x 14 and of 5,000 x 80 against a pandas product of the label table with itself.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, coverage_error, f1_score, label_ranking_loss

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core.metrics import (
    average_precision,
    bootstrap_intervals,
    break_even_thresholds,
    calibration_report,
    confusions,
    extreme_images,
    held_out_report,
    label_ranking,
    threshold_curves,
)
from dbl_core.stats import cooccurrence

REPEATS = 5
TIMED_RESAMPLES, RESAMPLES = 5, 200
TIMED_THRESHOLDS, THRESHOLDS = 4, 256


def seconds(call: Callable[[], object]) -> float:
    """The best of a few calls: what is left is the work, not the neighbours."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def case(n_samples: int, n_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Targets with shares from 0.5 down to 0.01, and scores that know a little about them."""
    rng = np.random.default_rng(0)
    targets = rng.random((n_samples, n_labels)) < np.geomspace(0.5, 0.01, n_labels)
    return targets, targets + rng.normal(size=targets.shape)


def report(what: str, ours: float, rival: str, theirs: float) -> None:
    """One line: the ratio first."""
    print(f"{theirs / ours:6.1f} x   {what}: {1000 * ours:.1f} ms against {1000 * theirs:.1f} ms of {rival}")


def score_measures() -> None:
    """Ranking of labels and thresholds against scikit-learn; then the time of every measure on large score matrices."""
    targets, scores = case(5_000, 80)
    report(
        "coverage and ranking loss 5,000 x 80",
        seconds(lambda: label_ranking(targets, scores)),
        "scikit-learn",
        seconds(lambda: (coverage_error(targets, scores), label_ranking_loss(targets, scores))),
    )
    cuts = np.linspace(-1, 2, TIMED_THRESHOLDS)
    one_by_one = seconds(lambda: [f1_score(targets, scores >= cut, average=None) for cut in cuts])
    report(
        f"F1 along {THRESHOLDS} thresholds 5,000 x 80",
        seconds(lambda: threshold_curves(targets, scores, np.full(80, 100), n_points=THRESHOLDS)),
        "scikit-learn at every threshold",
        one_by_one * THRESHOLDS / TIMED_THRESHOLDS,
    )
    for n_samples, n_labels in ((112_120, 14), (5_000, 1_203)):
        targets, scores = case(n_samples, n_labels)
        scores, counts = scores.astype(np.float32), targets.sum(axis=0)
        calls = {
            "threshold curves": lambda t=targets, s=scores, c=counts: threshold_curves(t, s, c),
            "held-out thresholds": lambda t=targets, s=scores, c=counts: held_out_report(t, s, c),
            "calibration": lambda t=targets, s=scores, c=counts: calibration_report(t, s, c, kind="logit"),
            "confusions": lambda t=targets, s=scores: confusions(t, s, thresholds=break_even_thresholds(t, s)),
            "extreme images": lambda t=targets, s=scores: extreme_images(t, s, 0),
            "label ranking": lambda t=targets, s=scores: label_ranking(t, s),
        }
        for what, call in calls.items():
            print(f"{seconds(call):6.2f} s   {what} {n_samples:,} x {n_labels:,}")


def main() -> None:
    """Measure and print."""
    targets, scores = case(5_000, 80)
    report(
        "average precision 5,000 x 80",
        seconds(lambda: average_precision(targets, scores)),
        "scikit-learn",
        seconds(lambda: average_precision_score(targets, scores, average=None)),
    )
    targets, scores = case(2_500, 20)
    drawn = np.random.default_rng(1).integers(0, len(targets), (TIMED_RESAMPLES, len(targets)))
    one_by_one = seconds(lambda: [average_precision_score(targets[r], scores[r], average=None) for r in drawn])
    report(
        f"bootstrap 2,500 x 20, {RESAMPLES} resamples",
        seconds(lambda: bootstrap_intervals(targets, scores, np.full(20, 100), n_resamples=RESAMPLES)),
        "scikit-learn on every resample",
        one_by_one * RESAMPLES / TIMED_RESAMPLES,
    )
    score_measures()
    for n_samples, n_labels in ((112_120, 14), (5_000, 80)):
        labels, _ = case(n_samples, n_labels)
        table = pd.DataFrame(labels.astype(np.int64))
        report(
            f"co-occurrence {n_samples:,} x {n_labels}",
            seconds(lambda labels=labels: cooccurrence(labels)),
            "pandas",
            seconds(lambda table=table: table.T @ table),
        )


if __name__ == "__main__":
    main()
