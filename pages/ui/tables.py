"""Tables that pages show and figures draw, made from a data set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.tables import facts, label_table, noun

__all__ = ["chosen_rows", "facts", "in_percent", "label_table", "most_common_pair", "noun", "pair_facts"]


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


PERCENT_FORMAT = "%.1f %%"
"""How a column made by :func:`in_percent` is written: as many digits in every row."""


def in_percent(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return a table whose columns of shares (0..1) are per cent, for ``PERCENT_FORMAT``; what it lacks is left out."""
    return table.assign(**{column: 100 * table[column] for column in columns if column in table})


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
