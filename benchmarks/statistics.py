"""How fast the statistics are, as ratios against the obvious way, measured in the same run.

    python benchmarks/statistics.py

- Average precision of 5,000 x 80 against scikit-learn's ``average_precision_score``.
- Bootstrap of 2,500 x 20 with 200 resamples against average precision on every resample (scikit-learn, timed on 5).
- Co-occurrence of 112,120 x 14 and of 5,000 x 80 against a pandas product of the label table with itself.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core.metrics import average_precision, bootstrap_intervals
from dbl_core.stats import cooccurrence

REPEATS = 5
TIMED_RESAMPLES, RESAMPLES = 5, 200


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
