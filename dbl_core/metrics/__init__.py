"""Ranking quality per label and per group, with intervals."""

from dbl_core.metrics.bootstrap import BootstrapIntervals, Interval, bootstrap_intervals, paired_intervals
from dbl_core.metrics.ranking import average_precision
from dbl_core.metrics.report import REPORT_KEYS, group_report

__all__ = [
    "REPORT_KEYS",
    "BootstrapIntervals",
    "Interval",
    "average_precision",
    "bootstrap_intervals",
    "group_report",
    "paired_intervals",
]
