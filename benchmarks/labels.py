"""How fast subsets, co-occurrence and label measures are, as ratios against the obvious way, in the same run.

    python benchmarks/labels.py            COCO sizes
    python benchmarks/labels.py --large    adds Open Images: 1.7 million images x 600 labels, sparse, about 2 GB

Labels are drawn: COCO-like ones with 2.9 labels an image, a most frequent label on half of the images and shares that
fall by rank; Open-Images-like ones with 8 an image. The obvious ways:

- co-occurrence: a pandas product of the label table with itself; at Open Images size that table would take 8 GB, so
  there it is the product of the sparse matrix in float64, as scikit-learn's vectorizers give it.
- measures: pandas groupby for label sets, numpy row by row for SCUMBLE (timed on a part of the rows and scaled).
- subset: images added at random as long as no label is full, then the random walk of the public script (add or remove
  a random image of a label that misses its count), with as much time as ours takes; compared by the distance left.
- split: scikit-learn's shuffled split; compared by the labels that some part lost.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.model_selection import train_test_split

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core.longtail import longtail_subset, stratified_split
from dbl_core.stats import cooccurrence, label_measures, label_shares, pooled, worst_pairs

REPEATS = 3
ROW_BY_ROW = 2_000


def seconds(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """The best of a few calls: what is left is the work, not the neighbours."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def drawn_labels(n_samples: int, n_labels: int, cardinality: float) -> sparse.csr_array:
    """Labels with shares that fall by rank, in company: an image has a theme, and labels of the theme are likelier."""
    rng = np.random.default_rng(0)
    share = 1 / np.arange(1, n_labels + 1) ** 0.9
    share = np.minimum(0.5, share * cardinality / share.sum())
    theme_of_label, theme = rng.integers(0, 12, n_labels), rng.integers(0, 12, n_samples)
    columns, rows = [], []
    for label in range(n_labels):
        chance = np.where(theme == theme_of_label[label], 4 * share[label], 0.73 * share[label])
        found = np.flatnonzero(rng.random(n_samples) < chance)
        rows.append(found)
        columns.append(np.full(found.size, label))
    cells = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_array((np.ones(cells[0].size, dtype=bool), cells), shape=(n_samples, n_labels))


def report(what: str, ours: float, rival: str, theirs: float) -> None:
    """One line: the ratio first."""
    print(
        f"{theirs / ours:7.1f} x   {what}: {1000 * ours:,.0f} ms against {1000 * theirs:,.0f} ms of {rival}", flush=True
    )


def slow_measures(labels: np.ndarray) -> float:
    """Seconds for label sets by pandas and SCUMBLE row by row, the latter scaled from a part of the rows."""
    started = time.perf_counter()
    pd.DataFrame(labels).groupby(list(range(labels.shape[1]))).size()
    sets = time.perf_counter() - started
    counts = labels.sum(axis=0)
    ratios = counts.max() / np.maximum(counts, 1)
    started = time.perf_counter()
    for row in labels[:ROW_BY_ROW]:
        active = ratios[row]
        _ = 1 - np.prod(active) ** (1 / active.size) / active.mean() if active.size else 0.0
    return sets + (time.perf_counter() - started) * len(labels) / ROW_BY_ROW


def random_walk(labels: np.ndarray, asked: np.ndarray, budget: float) -> float:
    """Share of the asked positives that a random walk misses after budget seconds."""
    rng = np.random.default_rng(0)
    chosen = np.zeros(len(labels), dtype=bool)
    achieved = np.zeros_like(asked)
    holders = [np.flatnonzero(labels[:, label]) for label in range(labels.shape[1])]
    best, started = 1.0, time.perf_counter()
    while time.perf_counter() - started < budget:
        missed = np.flatnonzero(achieved != asked)
        if missed.size == 0:
            return 0.0
        label = rng.choice(missed)
        wanted = achieved[label] < asked[label]
        pool = holders[label][chosen[holders[label]] != wanted]
        if pool.size:
            row = rng.choice(pool)
            chosen[row] = wanted
            achieved += labels[row] if wanted else -labels[row].astype(np.int64)
            best = min(best, np.abs(achieved - asked).sum() / asked.sum())
    return best


def dense_case(n_samples: int) -> None:
    """Co-occurrence, measures, subset and split of COCO-like labels."""
    labels = drawn_labels(n_samples, 80, 2.9).toarray()
    size = f"{n_samples:,} x 80"
    table = pd.DataFrame(labels.astype(np.int64))
    report(f"co-occurrence {size}", seconds(lambda: cooccurrence(labels)), "pandas", seconds(lambda: table.T @ table))
    report(f"measures {size}", seconds(lambda: label_measures(labels)), "pandas and a loop", slow_measures(labels))
    largest = min(1200, int(labels.sum(axis=0).max()) // 3)
    started = time.perf_counter()
    subset = longtail_subset(labels, ratio=100, max_count=largest)
    spent = time.perf_counter() - started
    off = np.abs(subset.achieved - subset.asked).sum() / subset.asked.sum()
    walk = random_walk(labels, subset.asked, spent)
    print(f"            subset {size}, ratio 100: {100 * off:.2f} % off in {spent:.1f} s; "
          f"a random walk of the same time stays {100 * walk:.2f} % off")  # fmt: skip
    small = labels[subset.rows]
    lost = []
    for parts in (stratified_split(small, (0.8, 0.2)), train_test_split(np.arange(len(small)), test_size=0.2)):
        lost.append(int(sum((small[part].sum(axis=0) == 0).sum() for part in parts)))
    print(f"            split {len(small):,} x 80 at 80/20: {lost[0]} labels lost, a shuffled split loses {lost[1]}")


def large_case(n_samples: int, n_labels: int) -> None:
    """Co-occurrence, measures and sampling of Open-Images-like labels, sparse."""
    labels = drawn_labels(n_samples, n_labels, 8.0)
    size = f"{n_samples:,} x {n_labels} sparse"
    report(
        f"co-occurrence {size}",
        seconds(lambda: cooccurrence(labels), 1),
        "a float product",
        seconds(lambda: (labels.astype(np.float64).T @ labels.astype(np.float64)).toarray(), 1),
    )
    for what, call in (
        ("measures", lambda: label_measures(labels)),
        ("shares of class-aware sampling", lambda: label_shares(labels)),
        ("split in two that keeps rare labels", lambda: stratified_split(labels, (0.8, 0.2))),
        ("subset of ratio 100 and 2,000", lambda: longtail_subset(labels, ratio=100, max_count=2000)),
        ("worst pairs and pooled lift", lambda: (worst_pairs(labels), pooled(cooccurrence(labels, "lift"), 60))),
    ):
        print(f"            {what} {size}: {seconds(call, 1):.1f} s")
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"            largest memory of this process, drawing the labels included: {gigabytes:.2f} GB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="add Open Images size")
    parser.add_argument("--images", type=int, default=1_700_000, help="images of the large case")
    args = parser.parse_args()
    if args.large:
        large_case(args.images, 600)
    for n_samples in (5_000, 117_000):
        dense_case(n_samples)


if __name__ == "__main__":
    main()
