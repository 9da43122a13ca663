"""Tables of the Labels page: the companions of a label, the worst pairs, what samplers keep, every label's measures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dbl_core import stats
from dbl_core.datasets import MultiLabelDataset
from dbl_core.samplers import SAMPLERS
from pages.ui.labels_cache import SamplerView

MOST_COMPANIONS = 12


def companion_table(
    counts: np.ndarray, lift: np.ndarray, label: int, labels: pd.DataFrame, *, number: int = MOST_COMPANIONS
) -> pd.DataFrame:
    """Return the labels that come along with one label, the most frequent companion first.

    Args:
        counts: (n_labels, n_labels) images with both labels.
        lift: (n_labels, n_labels) their lift.
        label: column of the label.
        labels: the label table, see ``tables.label_table``.
        number: companions at most.

    Returns:
        Columns: label, column, group, share (of the label's images), both, lift. Empty where it always stands alone.
    """
    best = stats.top_companions(counts, label, number)
    best = best[counts[label, best] > 0]
    known = labels.set_index("column").loc[best]
    return pd.DataFrame(
        {
            "label": known["label"].to_numpy(),
            "column": best,
            "group": known["group"].to_numpy(),
            "share": counts[label, best] / max(counts[label, label], 1),
            "both": counts[label, best],
            "lift": lift[label, best],
        }
    )


def worst_table(counts: np.ndarray, data: MultiLabelDataset, *, number: int = 20, least: int = 1) -> pd.DataFrame:
    """Return the minority labels that drag majority labels along, the worst pair first; see ``stats.worst_pairs``."""
    found = stats.worst_pairs_from_counts(counts, data.n_train, number, least)
    names = np.array(data.label_names, dtype=object)
    return pd.DataFrame({**found, "rare": names[found["rare"]], "frequent": names[found["frequent"]]})


def sampler_table(views: Mapping[str, SamplerView]) -> pd.DataFrame:
    """Return one row a sampler: title, promised and kept (largest over smallest rate), what an epoch repeats."""
    return pd.DataFrame(
        {
            "title": SAMPLERS[name].title,
            "promised": view.shares.promised_max_min,
            "kept": view.shares.max_min,
            "rarest_repeats": view.epoch.rarest_repeats,
            "most_repeats": view.epoch.most_repeats,
            "never": view.epoch.never,
        }
        for name, view in views.items()
    )


def leak_table(view: SamplerView, data: MultiLabelDataset, number: int = 12) -> pd.DataFrame:
    """Return the labels that are shown more often than promised, the largest surplus first.

    Columns: label, promised and shown (chance that a drawn image has it), times (shown over promised).
    """
    shares = view.shares
    order = np.argsort(-shares.leak, kind="stable")
    order = order[shares.leak[order] > 1e-9][:number]
    promised, shown = shares.promised_rates[order], shares.rates[order]
    names = [data.label_names[column] for column in order]
    times = np.divide(shown, promised, out=np.full(len(order), np.nan), where=promised > 0)
    return pd.DataFrame({"label": names, "promised": promised, "shown": shown, "times": times})


def ride_table(view: SamplerView, data: MultiLabelDataset) -> pd.DataFrame:
    """Return which frequent labels ride along with which rare ones, see ``stats.leaking_pairs``."""
    names = np.array(data.label_names, dtype=object)
    pairs = view.pairs
    return pd.DataFrame({**pairs, "rare": names[pairs["rare"]], "frequent": names[pairs["frequent"]]})


def label_sheet(labels: pd.DataFrame, each: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return one row a label, most frequent first: label, group and the keys of ``stats.LABEL_MEASURES``."""
    columns = labels["column"].to_numpy()
    return labels[["label", "group"]].assign(**{key: values[columns] for key, values in each.items()})


def measure_rows(values: Mapping[str, float], convention: str, scumble: str) -> pd.DataFrame:
    """Return one row a measure, for a file: key, title, value, definitions used, formula, reading, source, rival."""
    found = [stats.MEASURES[key] for key in stats.MEASURES if key in values]
    return pd.DataFrame(
        {
            "key": one.key,
            "title": one.title,
            "value": values[one.key],
            "convention": convention,
            "scumble_root": scumble,
            "formula": one.formula,
            "reading": one.reading,
            "source": one.source,
            "rival": one.rival,
        }
        for one in found
    )
