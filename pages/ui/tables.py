"""Tables that pages show and figures draw, made from a data set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.class_counts import ClassCounts
from dbl_core.longtail import group_of


def label_table(dataset: MultiLabelDataset | ClassCounts, convention: str = "db") -> pd.DataFrame:
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


def chosen_rows(dataset: MultiLabelDataset) -> pd.DataFrame:
    """Return one row a training image: its row number, its id, its labels separated by spaces."""
    labels = dataset.labels[dataset.train_rows]
    names = np.array(dataset.label_names, dtype=object)
    return pd.DataFrame(
        {
            "row": dataset.train_rows,
            "id": dataset.ids[dataset.train_rows],
            "labels": [" ".join(names[carried]) for carried in labels],
        }
    )


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
    """Return what a row of the data set is called: a drawn "scene", an "image", or a "row" where it has no image.

    What class counts count are images.
    """
    if dataset.name == "picto-voc":
        return "scene"
    return "row" if dataset.has_rows and not dataset.has_images else "image"


def pair_facts(dataset: MultiLabelDataset, first: str, second: str) -> dict[str, float]:
    """Return what is known of two labels among the training images.

    Keys: first, second, both (counts), second_given_first, first_given_second (shares, NaN without any image of the
    condition), expected (how many images would carry both if the labels were independent).
    """
    labels = dataset.labels[dataset.train_rows]
    one, other = (labels[:, dataset.label_names.index(name)] for name in (first, second))
    n_one, n_other, n_both = (int(column.sum()) for column in (one, other, one & other))
    return {
        "first": n_one,
        "second": n_other,
        "both": n_both,
        "second_given_first": n_both / n_one if n_one else np.nan,
        "first_given_second": n_both / n_other if n_other else np.nan,
        "expected": n_one * n_other / max(dataset.n_train, 1),
    }


def most_common_pair(together: np.ndarray, label_names: tuple[str, ...]) -> tuple[str, str]:
    """Return the two labels that share most images, the more frequent one first.

    Args:
        together: (n_labels, n_labels) co-occurrence counts.
        label_names: (n_labels,) names; at least one. A single label is paired with itself.
    """
    counts = together.astype(np.int64, copy=True)
    np.fill_diagonal(counts, -1)
    first, second = divmod(int(counts.argmax()), len(label_names))
    if together[second, second] > together[first, first]:
        first, second = second, first
    return label_names[first], label_names[second]
