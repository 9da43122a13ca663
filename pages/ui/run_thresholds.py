"""The threshold explorer of a finished run: precision, recall and F1 against the threshold, by group and by class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from scipy.special import logit

from dbl_core.metrics import LEAST_POSITIVES, REPORT_KEYS, ThresholdCurves
from dbl_core.runs.store import Run
from dbl_core.viz import thresholds as figures
from pages.ui import play_fields, run_data
from pages.ui import run_scores_cache as answers
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

AVERAGED = {
    "classes": ("class_precision", "class_recall", "macro_f1"),
    "cells": ("overall_precision", "overall_recall", "micro_f1"),
}
AVERAGED_TITLES = {"classes": "classes (macro)", "cells": "cells (micro)"}
COLUMNS = {
    "class_precision": "Precision",
    "class_recall": "Recall",
    "macro_f1": "Macro F1",
    "cf1": "CF1",
    "overall_precision": "Precision (cells)",
    "overall_recall": "Recall (cells)",
    "micro_f1": "Micro F1 = OF1",
}
NAMED = 8


def thresholds_view(run: Run) -> None:
    """Show the averages of every group along the threshold, what the chosen one is worth, and one class."""
    key = answers.key_of(run)
    curves = answers.curves(key)
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    at = left.select_slider(
        "Threshold: a class is predicted from this probability on",
        answers.STEPS,
        value=0.5,
        format_func=lambda step: f"{step:g}",
        key="runs_threshold",
        bind="query-params",
    )
    averaged = right.segmented_control(
        "Averaged over",
        list(AVERAGED),
        format_func=AVERAGED_TITLES.get,
        default="classes",
        required=True,
        wrap=True,
        key="runs_averaged",
        bind="query-params",
    )
    for column, measure in zip(st.columns(3), AVERAGED[averaged], strict=True):
        figure = figures.threshold_figure(curves, measure, at)
        show_figure(
            figure, place=column, key=f"runs_{measure}", alt=f"{figures.MEASURES[measure]} against the threshold"
        )
    _table(_at_threshold(curves, at), "Precision, recall and F1 at the chosen threshold")
    _left_out(curves, answers.classes(key).names)
    _strategies(key)
    _one_class(key, curves, at)


def _table(rows: list[dict[str, object]], alt: str) -> None:
    """Show rows whose first entry is a name and whose others are percentages."""
    formats = {name: st.column_config.NumberColumn(format="%.1f") for name in list(rows[0])[1:]}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=formats, placeholder="–", alt=alt)


def _at_threshold(curves: ThresholdCurves, at: float) -> list[dict[str, object]]:
    """One row a group: its averages at the threshold of the slider, in percent."""
    point = int(np.argmin(np.abs(curves.thresholds - logit(at))))
    rows = []
    for key in REPORT_KEYS:
        averages = curves.groups[key]
        rows.append({"Group": key} | {title: run_data.points(averages[name][point]) for name, title in COLUMNS.items()})
    return rows


def _left_out(curves: ThresholdCurves, names: tuple[str, ...]) -> None:
    words = (
        "In percent. Macro F1 is the mean of the F1 of every class; CF1 is the harmonic mean of mean precision and "
        "mean recall, usually higher. A class that is never predicted has precision 0 in the mean."
    )
    if curves.undefined:
        some = ", ".join(names[j] for j in curves.undefined[:NAMED])
        more = f" and {len(curves.undefined) - NAMED} more" if len(curves.undefined) > NAMED else ""
        words += f" Without a positive in the test split, so left out of means over classes: {literal(some)}{more}."
    st.caption(words)


def _strategies(key: answers.ScoresKey) -> None:
    """Compare ways to set thresholds; what is chosen on the test images is said to be."""
    st.markdown("**One threshold for all, or one a class?**")
    rows = []
    for strategy in answers.strategies(key):
        groups = strategy.report.groups
        rows.append(
            {"Thresholds": strategy.title}
            | {f"Macro F1 {name}": run_data.points(groups[name]["macro_f1"]) for name in REPORT_KEYS}
            | {"CF1": run_data.points(groups["total"]["cf1"]), "OF1": run_data.points(groups["total"]["micro_f1"])}
        )
    _table(rows, "F1 under different ways to set thresholds")
    st.caption(
        "Thresholds chosen on the test images are optimistic: they fit these very images, most of all for rare "
        "classes. The last row chooses on a random half of them and counts on the other, both ways. Classes with fewer "
        f"than {LEAST_POSITIVES} positives among the images that choose share one threshold with the others."
    )
    _ranking(key)


def _ranking(key: answers.ScoresKey) -> None:
    """Say whether scores of different classes can be compared, which a shared threshold needs."""
    found = answers.ranking(key)
    undefined = f" {found.without_labels:,} images without any class are left out." if found.without_labels else ""
    st.caption(
        f"Classes ranked within an image: one-error {run_data.percent(found.one_error)} % (the first class is wrong), "
        f"coverage {found.coverage:.2f} (classes to go down for all the true ones, from 0), ranking loss "
        f"{run_data.percent(found.ranking_loss)} % (a false class at or above a true one).{undefined}"
    )


def _one_class(key: answers.ScoresKey, curves: ThresholdCurves, at: float) -> None:
    label = class_picker(key, "One class", "runs_threshold_class")
    if label in curves.undefined:
        st.info("The test split has no positive of this class: only its false alarms could be counted.")
        return
    show_figure(
        figures.class_threshold_figure(curves, label, at),
        key="runs_class_curve",
        alt="Precision, recall and F1 of one class against the threshold",
    )


def class_picker(key: answers.ScoresKey, title: str, widget: str) -> int:
    """Draw a choice of a class, rarest in training first; return its column."""
    known = answers.classes(key)
    order = np.argsort(known.train_counts, kind="stable").tolist()

    def words(label: int) -> str:
        return (
            f"{known.names[label]} ({known.groups[label]}, {known.train_counts[label]:,} for training, "
            f"{known.test_positives[label]:,} in the test split)"
        )

    first = next((label for label in order if known.test_positives[label]), order[0])
    titles = {known.names[label]: words(label) for label in order}
    return known.names.index(play_fields.choice(widget, title, titles, known.names[first]))
