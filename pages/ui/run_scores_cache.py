"""What the page Runs computes from the kept scores of a run; kept by run, content and borders, never by arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st
from scipy.special import expit, logit

from dbl_core.config import RunConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.longtail.groups import group_of
from dbl_core.metrics import (
    CalibrationReport,
    ExtremeImages,
    LabelRanking,
    ThresholdCurves,
    ThresholdReport,
    break_even_thresholds,
    calibration_report,
    choose_thresholds,
    confusions,
    extreme_images,
    held_out_report,
    label_ranking,
    threshold_curves,
    threshold_report,
    worst_confusions,
)
from dbl_core.runs import store
from dbl_core.runs.kept_scores import KeptScores
from dbl_core.runs.kept_scores import kept_scores as read_kept
from dbl_core.runs.store import Run
from pages.ui import cache, launch
from pages.ui.labels_convention import convention

KEEP = {"ttl": 3600, "max_entries": 64, "show_spinner": "Reading the scores"}
FEW = {**KEEP, "max_entries": 8}
"""For results that grow with the number of classes."""
STEPS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07),
    *(round(0.05 * step, 2) for step in range(2, 19)),
    *(0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999),
)
"""Thresholds that the slider offers, as probabilities."""
CURVE_ENDS = logit(0.00005), logit(0.99995)
MOST_PAIRS = 20


class ScoresKey(NamedTuple):
    """What the scores of a run depend on: where it lies, when it was written, its data set, the borders of groups."""

    run_id: str
    runs_dir: str
    written: float
    data: str
    borders: str


class Strategy(NamedTuple):
    """A way to set thresholds: what it is called, and what it is worth."""

    title: str
    report: ThresholdReport


def key_of(run: Run) -> ScoresKey:
    """Return what names the scores of a run.

    Raises:
        DataError: its data set is not on this machine.
    """
    data = dataset_of(run.config)
    return ScoresKey(run.id, str(launch.runs_dir()), run.folder.stat().st_mtime, data.fingerprint, convention().name)


def dataset_of(config: RunConfig) -> MultiLabelDataset:
    """Return the data set of a run, the shared object of all pages."""
    return cache.dataset(config.dataset)


def kept(key: ScoresKey) -> KeptScores:
    """Read the scores; not kept in memory, as results are small and scores are not.

    Raises:
        RunError: they are missing, damaged, or of other images.
    """
    run = store.read_run(store.resolve(key.runs_dir, key.run_id))
    return read_kept(run.folder, dataset_of(run.config))


class ClassTable(NamedTuple):
    """The classes of a run: name, group by the user's borders, positives in training set and test split."""

    names: tuple[str, ...]
    groups: np.ndarray
    train_counts: np.ndarray
    test_positives: np.ndarray


@st.cache_resource(**KEEP)
def classes(key: ScoresKey) -> ClassTable:
    """Return the classes of a run."""
    scores = kept(key)
    counts = scores.label_counts
    return ClassTable(scores.label_names, group_of(counts, key.borders), counts, scores.targets.sum(axis=0))


@st.cache_resource(**KEEP)
def calibration(key: ScoresKey) -> CalibrationReport:
    """Return how well probabilities come true, per class and per group."""
    scores = kept(key)
    return calibration_report(scores.targets, scores.logits, scores.label_counts, kind="logit", convention=key.borders)


@st.cache_resource(**KEEP)
def ranking(key: ScoresKey) -> LabelRanking:
    """Return one-error, coverage and ranking loss."""
    scores = kept(key)
    return label_ranking(scores.targets, scores.logits)


@st.cache_resource(**FEW)
def curves(key: ScoresKey) -> ThresholdCurves:
    """Return precision, recall and F1 along a grid of logits that holds every step of the slider."""
    scores = kept(key)
    low, high = np.clip((scores.logits.min(), scores.logits.max()), *CURVE_ENDS)
    grid = np.unique(np.concatenate([np.linspace(low, high, 241), logit(STEPS)]))
    return threshold_curves(scores.targets, scores.logits, scores.label_counts, thresholds=grid, convention=key.borders)


@st.cache_resource(**FEW)
def strategies(key: ScoresKey) -> tuple[Strategy, ...]:
    """Return what a threshold of 0.5, one that all classes share, and one a class are worth."""
    scores = kept(key)
    split = scores.targets, scores.logits, scores.label_counts
    chosen = choose_thresholds(scores.targets, scores.logits)

    def at(thresholds: object) -> ThresholdReport:
        return threshold_report(*split, thresholds=thresholds, convention=key.borders)

    return (
        Strategy("0.5 for every class", at(0.0)),
        Strategy(f"{expit(chosen.shared):.2g} for every class (best micro F1 here)", at(chosen.shared)),
        Strategy("one a class, chosen on these images (too good to be true)", at(chosen.thresholds)),
        Strategy(
            "one a class, chosen on the other half of the images", held_out_report(*split, convention=key.borders)
        ),
    )


class ImageAnswer(NamedTuple):
    """The best and worst images of a class: places and scores, kind -> rows of the data set, number of test images."""

    found: ExtremeImages
    rows: dict[str, np.ndarray]
    n_test: int


@st.cache_resource(**KEEP)
def extremes(key: ScoresKey, label: int, n_images: int) -> ImageAnswer:
    """Return the best and worst test images of a class."""
    scores = kept(key)
    found = extreme_images(scores.targets, scores.logits, label, n_images=n_images)
    return ImageAnswer(found, {kind: scores.rows[rows] for kind, rows in found.rows.items()}, len(scores.rows))


class ConfusionAnswer(NamedTuple):
    """The worst pairs, see ``dbl_core.metrics.worst_confusions``; pairs that rest on too few images; false alarms."""

    pairs: dict[str, np.ndarray]
    n_masked: int
    n_alarms: int


@st.cache_resource(**KEEP)
def confused(key: ScoresKey, cut: float | None, by: str, least: int, *, label: int | None = None) -> ConfusionAnswer:
    """Return the pairs of classes that are confused most.

    Args:
        key: names the scores.
        cut: threshold as a probability; None predicts every class as often as it occurs.
        by: "excess" or "lift".
        least: images that a pair needs.
        label: column of the falsely seen class; None for all.
    """
    scores = kept(key)
    cuts = break_even_thresholds(scores.targets, scores.logits) if cut is None else float(logit(cut))
    found = confusions(scores.targets, scores.logits, thresholds=cuts, least=least)
    pairs = worst_confusions(found, n_pairs=MOST_PAIRS, by=by, label=label)
    return ConfusionAnswer(pairs, found.n_masked, int(found.false_alarms.sum()))
