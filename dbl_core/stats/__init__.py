"""What a label matrix is like before any training: imbalance, co-occurrence, and what samplers make of it."""

from dbl_core.stats.catalog import COOCCURRENCE_MEASURES, LABEL_MEASURES, MEASURES, MeasureDescription
from dbl_core.stats.chances import repeat_factors
from dbl_core.stats.cooccurrence import cooccurrence, cooccurrence_from_counts, order_labels
from dbl_core.stats.measures import (
    count_measures,
    effective_numbers,
    label_measures,
    per_label_count_measures,
    per_label_measures,
)
from dbl_core.stats.pairs import (
    Pooled,
    label_window,
    pooled,
    supported,
    top_companions,
    worst_pairs,
    worst_pairs_from_counts,
)
from dbl_core.stats.sampling import SamplingShares, label_shares, leaking_pairs

__all__ = [
    "COOCCURRENCE_MEASURES",
    "LABEL_MEASURES",
    "MEASURES",
    "MeasureDescription",
    "Pooled",
    "SamplingShares",
    "cooccurrence",
    "cooccurrence_from_counts",
    "count_measures",
    "effective_numbers",
    "label_measures",
    "label_shares",
    "label_window",
    "leaking_pairs",
    "order_labels",
    "per_label_count_measures",
    "per_label_measures",
    "pooled",
    "repeat_factors",
    "supported",
    "top_companions",
    "worst_pairs",
    "worst_pairs_from_counts",
]
