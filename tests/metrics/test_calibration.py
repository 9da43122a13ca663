"""Reliability, expected calibration error and Brier score against scikit-learn; intervals against SciPy."""

import math

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from dbl_core.metrics import calibration_report, probabilities, reliability, wilson_interval

STRATEGIES = {"width": "uniform", "mass": "quantile"}


def random_case(seed, n_samples=300, n_labels=5, levels=None):
    rng = np.random.default_rng(seed)
    chances = rng.beta(0.6, 1.5, (n_samples, n_labels))
    chances = np.round(chances * levels) / levels if levels else chances
    return rng.random(chances.shape) < chances, chances


@pytest.mark.parametrize("binning", STRATEGIES)
@pytest.mark.parametrize("levels", [None, 10, 4])
@pytest.mark.parametrize("seed", range(5))
def test_filled_bins_are_those_of_scikit_learn(seed, levels, binning):
    targets, chances = random_case(seed, levels=levels)
    found = reliability(targets, chances, kind="probability", n_bins=10, binning=binning)
    share, mean = calibration_curve(targets.ravel(), chances.ravel(), n_bins=10, strategy=STRATEGIES[binning])
    filled = found.count > 0
    np.testing.assert_allclose(found.share[filled], share)
    np.testing.assert_allclose(found.mean_probability[filled], mean)
    assert found.count.sum() == targets.size
    assert np.isnan(found.share[~filled]).all()
    assert found.ece == pytest.approx(np.average(np.abs(share - mean), weights=found.count[filled]))


def test_bins_of_equal_mass_hold_equally_many():
    targets, chances = random_case(1)
    found = reliability(targets, chances, kind="probability", n_bins=10, binning="mass")
    assert found.count.max() - found.count.min() <= 1


def test_the_interval_is_wilsons():
    hits, count = np.array([0, 3, 10, 10, 700]), np.array([5, 10, 10, 400, 1000])
    low, high = wilson_interval(hits, count)
    for k, n, ours in zip(hits, count, zip(low, high, strict=True), strict=True):
        theirs = binomtest(int(k), int(n)).proportion_ci(0.95, method="wilson")
        assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert np.isnan(wilson_interval([0], [0])).all()


def test_every_label_and_group():
    targets, chances = random_case(2)
    counts = [500, 120, 50, 30, 8]
    found = calibration_report(targets, chances, counts, kind="probability", n_bins=12)
    for j in range(5):
        one = targets[:, [j]], chances[:, [j]]
        assert found.brier[j] == pytest.approx(brier_score_loss(one[0][:, 0], one[1][:, 0]))
        for binning, ece in (("width", found.ece), ("mass", found.ece_mass)):
            assert ece[j] == pytest.approx(
                reliability(*one, kind="probability", n_bins=12, binning=binning).ece, abs=1e-12
            )
    for key, columns in (("total", slice(None)), ("head", [0, 1]), ("medium", [2, 3]), ("tail", [4])):
        group = found.groups[key]
        part = targets[:, columns], chances[:, columns]
        for table, binning in ((group.reliability, "width"), (group.reliability_mass, "mass")):
            alone = reliability(*part, kind="probability", n_bins=12, binning=binning)
            np.testing.assert_array_equal(table.count, alone.count)
            np.testing.assert_allclose(table.share_low, alone.share_low)
            assert table.ece == pytest.approx(alone.ece, abs=1e-12)
        assert group.brier == pytest.approx(brier_score_loss(part[0].ravel(), part[1].ravel()))
        assert group.label_ece == pytest.approx(found.ece[columns].mean())
        assert group.mean_probability == pytest.approx(part[1].mean())
        assert group.share == pytest.approx(part[0].mean())
        assert group.n_labels == part[0].shape[1]


def test_errors_that_cancel_in_the_pool_do_not_cancel_by_label():
    targets = np.repeat([[1, 0]], 10, axis=0)
    found = calibration_report(targets, np.full((10, 2), 0.5), [200, 200], kind="probability").groups["total"]
    assert found.reliability.ece == 0
    assert found.label_ece == 0.5


def test_true_chances_are_nearly_calibrated_and_sharpened_ones_are_not():
    targets, chances = random_case(3, n_samples=40_000, n_labels=1)
    honest = reliability(targets, chances, kind="probability")
    assert honest.ece < 0.01
    inside = (honest.share_low <= honest.mean_probability) & (honest.mean_probability <= honest.share_high)
    assert inside.mean() >= 0.8
    sharp = expit(3 * np.log(chances / (1 - chances)))
    assert reliability(targets, sharp, kind="probability").ece > 0.1


def test_logits_are_read_through_the_sigmoid():
    targets, chances = random_case(4)
    logits = np.log(chances) - np.log1p(-chances)
    first, second = (
        calibration_report(targets, scores, [9] * 5, kind=kind)
        for scores, kind in ((chances, "probability"), (logits, "logit"))
    )
    np.testing.assert_allclose(first.ece, second.ece, atol=1e-9)
    assert probabilities([-1000.0, 0, 1000], "logit").tolist() == [0, 0.5, 1]


def test_the_edges_of_the_interval_and_constant_scores():
    assert reliability([[0, 1]], [[0.0, 1.0]], kind="probability", n_bins=4).count.tolist() == [1, 0, 0, 1]
    for binning in STRATEGIES:
        found = reliability([[1], [0], [0], [0]], [[0.25]] * 4, kind="probability", binning=binning)
        assert found.ece == 0
        assert found.count.max() == 4
    assert reliability([[1]], [[0.3]], kind="probability", binning="mass").ece == pytest.approx(0.7)


def test_labels_without_positives_are_kept_and_empty_groups_are_nan():
    found = calibration_report(np.zeros((4, 2)), np.full((4, 2), 0.1), [200, 200], kind="probability")
    assert found.ece.tolist() == pytest.approx([0.1, 0.1])
    tail = found.groups["tail"]
    assert tail.n_labels == 0
    assert all(map(math.isnan, (tail.reliability.ece, tail.reliability_mass.ece, tail.label_ece, tail.brier)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "score"}, "unknown kind of scores 'score'; allowed: logit, probability"),
        ({"kind": "probability"}, "must lie in .* but one is 3.0; are these logits"),
        ({"kind": "logit", "n_bins": 0}, "n_bins must be a whole number from 1 to 100, not 0"),
        ({"kind": "logit", "binning": "even"}, "unknown binning 'even'; allowed: width, mass"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        reliability([[1, 0]], [[3.0, 0.5]], **options)
