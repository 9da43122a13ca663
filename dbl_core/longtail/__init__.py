"""Long-tailed training sets: target profiles, subsets that meet them, splits, head/medium/tail groups."""

from dbl_core.longtail.groups import (
    CONVENTIONS,
    GROUPS,
    Convention,
    GroupConvention,
    TercileConvention,
    convention_named,
    custom_convention,
    group_of,
)
from dbl_core.longtail.matrix import label_matrix
from dbl_core.longtail.profiles import PROFILES, ProfileDescription, target_counts
from dbl_core.longtail.splits import check_split, stratified_split
from dbl_core.longtail.subset import LongTailSubset, longtail_subset

__all__ = [
    "CONVENTIONS",
    "GROUPS",
    "PROFILES",
    "Convention",
    "GroupConvention",
    "LongTailSubset",
    "ProfileDescription",
    "TercileConvention",
    "check_split",
    "convention_named",
    "custom_convention",
    "group_of",
    "label_matrix",
    "longtail_subset",
    "stratified_split",
    "target_counts",
]
