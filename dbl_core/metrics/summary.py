"""The final scores of a run in the numbers that papers report beside mAP."""

from __future__ import annotations

import dataclasses
from typing import Any

from dbl_core.longtail.groups import Convention
from dbl_core.metrics.calibration import calibration_report
from dbl_core.metrics.multilabel_ranking import label_ranking
from dbl_core.metrics.threshold import threshold_report

F_SCORES = ("micro_f1", "macro_f1", "cf1", "of1")


def score_summary(
    targets: object, logits: object, label_counts: object, *, convention: str | Convention = "db"
) -> dict[str, Any]:
    """Return F1, ranking of labels and calibration of a split, JSON-able.

    Args:
        targets: (n_samples, n_labels) bool or 0/1.
        logits: (n_samples, n_labels) finite numbers; their sigmoid is the probability.
        label_counts: (n_labels,) positives per label in the training set; they decide the groups.
        convention: group convention.

    Returns:
        - "f_scores": "threshold" (0.5, of the sigmoid), and for total, head, medium and tail a mapping with micro_f1,
          macro_f1, cf1 and of1; macro_f1 and cf1 leave out the labels without positives.
        - "label_ranking": the fields of :class:`dbl_core.metrics.LabelRanking`; coverage counts from 0.
        - "calibration": "n_bins", and for total, head, medium and tail a mapping with ece (bins of equal width),
          ece_mass (bins of equally many cells), label_ece (mean of every label's own) and brier.

        All fractions but coverage; NaN where undefined.

    Raises:
        ValueError: as :func:`dbl_core.metrics.average_precision` and group_report.
    """
    cut = threshold_report(targets, logits, label_counts, thresholds=0.0, convention=convention)
    calibrated = calibration_report(targets, logits, label_counts, kind="logit", convention=convention)
    return {
        "f_scores": {
            "threshold": 0.5,
            **{key: {name: values[name] for name in F_SCORES} for key, values in cut.groups.items()},
        },
        "label_ranking": dataclasses.asdict(label_ranking(targets, logits)),
        "calibration": {
            "n_bins": calibrated.n_bins,
            **{
                key: {
                    "ece": group.reliability.ece,
                    "ece_mass": group.reliability_mass.ece,
                    "label_ece": group.label_ece,
                    "brier": group.brier,
                }
                for key, group in calibrated.groups.items()
            },
        },
    }
