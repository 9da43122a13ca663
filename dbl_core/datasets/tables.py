"""A data set as the pages and the reports show it: a row a label, and the numbers of its card."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.longtail import Convention, group_of


def label_table(dataset: MultiLabelDataset | ClassCounts, convention: str | Convention = "db") -> pd.DataFrame:
    """Return one row a label, most frequent first (ties in column order).

    Columns: label, column (in the label matrix), group, count (training images), share (of the training images, 0..1),
    test (test images; not of class counts), and asked (target count) where the training set was built for a profile.
    """
    counts = dataset.label_counts
    table = pd.DataFrame(
        {
            "label": list(dataset.label_names),
            "column": np.arange(dataset.n_labels),
            "group": group_of(counts, convention),
            "count": counts,
            "share": counts / max(dataset.n_train, 1),
        }
    )
    if dataset.has_rows:
        table["test"] = dataset.labels[dataset.test_rows].sum(axis=0)
    if dataset.asked is not None:
        table["asked"] = dataset.asked
    return table.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def facts(dataset: MultiLabelDataset | ClassCounts) -> dict[str, float]:
    """Return the numbers of a data set's card: n_train, n_test, n_labels, n_absent, cardinality, ratio.

    n_absent is the number of labels without a training image; cardinality the mean number of labels of a training
    image; ratio largest over smallest count of the labels that have one, NaN if none has (absent labels are left out
    of imbalance ratios everywhere in the lab).
    """
    counts = dataset.label_counts
    present = counts[counts > 0]
    return {
        "n_train": dataset.n_train,
        "n_test": len(dataset.test_rows) if dataset.has_rows else 0,
        "n_labels": dataset.n_labels,
        "cardinality": float(counts.sum() / max(dataset.n_train, 1)),
        "n_absent": len(counts) - len(present),
        "ratio": float(present.max() / present.min()) if len(present) else float("nan"),
    }


def noun(dataset: MultiLabelDataset | ClassCounts) -> str:
    """Return what a row of the data set is called: an "image", or a "row" where it has none.

    What class counts count are images.
    """
    return "row" if dataset.has_rows and not dataset.has_images else "image"
