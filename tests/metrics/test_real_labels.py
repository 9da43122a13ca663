"""The measures on the labels of 112,120 chest X-rays, most of them without a finding, against scikit-learn."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, coverage_error, f1_score, label_ranking_loss

from dbl_core.datasets.files import read_label_file
from dbl_core.metrics import (
    average_precision,
    break_even_thresholds,
    calibration_report,
    choose_thresholds,
    confusions,
    label_ranking,
    threshold_report,
    worst_confusions,
)


@pytest.fixture(scope="module")
def split(shared_dir):
    """Labels, and scores in steps of 1/8 that know a little about them: ties everywhere."""
    labels = read_label_file(shared_dir / "data/chestxray14/chestxray14_labels.csv.gz").labels
    noise = np.random.default_rng(0).normal(size=labels.shape)
    return labels, (np.round(8 * (1.5 * labels + noise - 2)) / 8).astype(np.float32)


def test_ranking(split):
    labels, scores = split
    np.testing.assert_allclose(average_precision(labels, scores), average_precision_score(labels, scores, average=None))
    found = label_ranking(labels, scores, convention="sklearn")
    assert found.coverage == pytest.approx(coverage_error(labels, scores))
    assert found.ranking_loss == pytest.approx(label_ranking_loss(labels, scores))
    assert found.without_labels == 60_412
    assert label_ranking(labels, scores).coverage > found.coverage  # images without a finding define none


def test_thresholds(split):
    labels, scores = split
    chosen = choose_thresholds(labels, scores)
    found = threshold_report(labels, scores, labels.sum(axis=0), thresholds=chosen.thresholds)
    said = scores >= chosen.thresholds
    assert found.groups["total"]["micro_f1"] == pytest.approx(f1_score(labels, said, average="micro"))
    assert found.groups["total"]["macro_f1"] == pytest.approx(f1_score(labels, said, average="macro"))
    even = threshold_report(labels, scores, labels.sum(axis=0), thresholds=break_even_thresholds(labels, scores))
    assert (found.f1 >= even.f1).all()


def test_calibration_and_confusions(split):
    labels, scores = split
    found = calibration_report(labels, scores, labels.sum(axis=0), kind="logit", n_bins=10).groups["total"]
    for table, strategy in ((found.reliability, "uniform"), (found.reliability_mass, "quantile")):
        share, mean = calibration_curve(labels.ravel(), expit(scores).ravel(), n_bins=10, strategy=strategy)
        np.testing.assert_allclose(table.share[table.count > 0], share, rtol=1e-6)
        np.testing.assert_allclose(table.mean_probability[table.count > 0], mean, rtol=1e-6)
    worst = worst_confusions(confusions(labels, scores, thresholds=0.0))
    assert (worst["lift"] < 1.5).all()  # noise that ignores the other findings
