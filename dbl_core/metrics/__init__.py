"""Quality of scores per label and per group: ranking, thresholds, calibration, confusions; with intervals."""

from dbl_core.metrics.bootstrap import BootstrapIntervals, Interval, bootstrap_intervals, paired_intervals
from dbl_core.metrics.calibration import (
    CalibrationReport,
    GroupCalibration,
    Reliability,
    calibration_report,
    probabilities,
    reliability,
    wilson_interval,
)
from dbl_core.metrics.confusions import Confusions, ExtremeImages, confusions, extreme_images, worst_confusions
from dbl_core.metrics.multilabel_ranking import LabelRanking, label_ranking
from dbl_core.metrics.ranking import average_precision
from dbl_core.metrics.report import REPORT_KEYS, group_report
from dbl_core.metrics.summary import score_summary
from dbl_core.metrics.threshold import (
    AVERAGES,
    MOST_POINTS,
    ThresholdCurves,
    ThresholdReport,
    threshold_curves,
    threshold_report,
)
from dbl_core.metrics.threshold_choice import (
    LEAST_POSITIVES,
    ChosenThresholds,
    break_even_thresholds,
    choose_thresholds,
    held_out_report,
)

__all__ = [
    "AVERAGES",
    "LEAST_POSITIVES",
    "MOST_POINTS",
    "REPORT_KEYS",
    "BootstrapIntervals",
    "CalibrationReport",
    "ChosenThresholds",
    "Confusions",
    "ExtremeImages",
    "GroupCalibration",
    "Interval",
    "LabelRanking",
    "Reliability",
    "ThresholdCurves",
    "ThresholdReport",
    "average_precision",
    "bootstrap_intervals",
    "break_even_thresholds",
    "calibration_report",
    "choose_thresholds",
    "confusions",
    "extreme_images",
    "group_report",
    "held_out_report",
    "label_ranking",
    "paired_intervals",
    "probabilities",
    "reliability",
    "score_summary",
    "threshold_curves",
    "threshold_report",
    "wilson_interval",
    "worst_confusions",
]
