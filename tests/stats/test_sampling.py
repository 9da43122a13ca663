"""What samplers show: the paper's numbers, and the real sampler as an oracle."""

import math

import numpy as np
import pytest
from scipy import sparse

from dbl_core.samplers import SAMPLERS
from dbl_core.stats import cooccurrence, label_shares, leaking_pairs, repeat_factors
from dbl_core.stats.chances import SHARES_OF, sampler_chances


def test_class_aware_sampling_does_not_balance_voc_mlt(voc_mlt):
    assert label_shares(voc_mlt, "uniform").max_min == pytest.approx(193.75)
    assert label_shares(voc_mlt).max_min == pytest.approx(15.3, abs=0.05)


def test_class_aware_sampling_does_not_balance_coco_mlt(coco_mlt):
    assert label_shares(coco_mlt, "uniform").max_min == pytest.approx(188)
    assert label_shares(coco_mlt).max_min == pytest.approx(49.9, abs=0.05)


def test_every_sampler_has_shares_and_a_stream():
    assert set(SHARES_OF) == set(SAMPLERS)


@pytest.mark.parametrize("sampler", SHARES_OF)
def test_the_real_stream_has_these_rates(voc_mlt, sampler):
    shares = label_shares(voc_mlt, sampler)
    stream = SAMPLERS[sampler].draw(voc_mlt, n_draws=1142 * 100, seed=0)
    np.testing.assert_allclose(voc_mlt[stream].mean(axis=0), shares.rates, rtol=0.03)


def test_rates_are_means_of_the_conditional_probabilities(labels):
    shares = label_shares(labels)
    conditional = cooccurrence(labels, "conditional")
    np.testing.assert_allclose(shares.rates, np.nanmean(conditional, axis=0) * labels.any(axis=0), atol=1e-12)
    assert shares.image_probability.sum() == pytest.approx(1)
    assert shares.shares.sum() == pytest.approx(1)
    assert shares.promised == pytest.approx(1 / labels.any(axis=0).sum())
    assert (shares.rates[labels.any(axis=0)] >= shares.promised - 1e-12).all()


def test_sparse_equals_dense(labels):
    for sampler in SHARES_OF:
        dense, thin = (label_shares(form, sampler) for form in (labels, sparse.csr_array(labels)))
        np.testing.assert_array_equal(dense.rates, thin.rates)


def test_without_co_occurrence_class_aware_sampling_balances():
    labels = np.eye(3, dtype=bool).repeat([90, 9, 1], axis=0)
    assert label_shares(labels).max_min == pytest.approx(1)
    uniform = label_shares(labels, "uniform")
    assert uniform.max_min == pytest.approx(90)
    assert math.isnan(uniform.promised)


def test_absent_labels_and_images_without_labels():
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]])
    shares = label_shares(labels)
    assert shares.image_probability == pytest.approx([0.25, 0.75, 0])
    assert shares.rates == pytest.approx([1, 0.75, 0])
    assert shares.max_min == pytest.approx(4 / 3)


@pytest.mark.parametrize("sampler", SHARES_OF)
def test_what_rides_along_is_the_difference_to_the_promise(labels, sampler):
    chances = sampler_chances(labels, sampler)
    shares = label_shares(labels, sampler)
    assert shares.image_probability.sum() == pytest.approx(1)
    assert (chances.rides.data >= 0).all()
    np.testing.assert_allclose(chances.rides.sum(axis=0), shares.rates - shares.promised_rates, atol=1e-12)
    np.testing.assert_allclose(shares.leak, shares.rates - shares.promised_rates, atol=1e-12)


@pytest.mark.parametrize("sampler", SHARES_OF)
def test_without_co_occurrence_every_promise_is_kept(sampler):
    shares = label_shares(np.eye(3, dtype=bool).repeat([90, 9, 1], axis=0), sampler)
    np.testing.assert_allclose(shares.rates, shares.promised_rates)
    assert shares.max_min == pytest.approx(shares.promised_max_min)
    assert leaking_pairs(np.eye(3), sampler)["rare"].size == 0


def test_square_root_is_the_root_without_co_occurrence():
    assert label_shares(np.eye(2, dtype=bool).repeat([100, 4], axis=0), "square_root").max_min == pytest.approx(5)


@pytest.mark.parametrize("threshold", [None, 0.01, 0.2, 1.0])
def test_repeat_factors_by_hand(labels, threshold):
    frequency = labels.mean(axis=0)
    t = np.median(frequency[frequency > 0]) if threshold is None else threshold
    of_label = [max(1.0, math.sqrt(t / f)) if f else 1.0 for f in frequency]
    of_image = [max([1.0] + [of_label[j] for j in np.flatnonzero(row)]) for row in labels]
    found = repeat_factors(labels, threshold)
    np.testing.assert_allclose(found[0], of_label)
    np.testing.assert_allclose(found[1], of_image)
    assert found[2] == pytest.approx(t)
    shares = label_shares(labels, "repeat_factor", threshold=threshold)
    np.testing.assert_allclose(shares.image_probability, np.array(of_image) / sum(of_image))


def test_progressive_runs_from_uniform_to_class_aware(labels):
    for progress, sampler in ((0, "uniform"), (1.0, "class_aware")):
        blended = label_shares(labels, "progressive", progress=progress)
        np.testing.assert_allclose(blended.rates, label_shares(labels, sampler).rates)
        np.testing.assert_allclose(blended.promised_rates, label_shares(labels, sampler).promised_rates)
    halves = (label_shares(labels, "uniform").rates + label_shares(labels).rates) / 2
    np.testing.assert_allclose(label_shares(labels, "progressive").rates, halves)


def test_the_pairs_that_leak(voc_mlt, labels):
    pairs = leaking_pairs(labels, n_pairs=1000)
    conditional = cooccurrence(labels, "conditional")
    counts = labels.sum(axis=0)
    n_present = (counts > 0).sum()
    wanted = {
        (i, j): conditional[i, j] / n_present
        for i in range(6)
        for j in range(6)
        if counts[j] > counts[i] > 0 and conditional[i, j] > 0
    }
    found = dict(zip(zip(pairs["rare"].tolist(), pairs["frequent"].tolist(), strict=True), pairs["rate"], strict=True))
    assert found == pytest.approx(wanted)
    assert (np.diff(pairs["rate"]) <= 0).all()
    np.testing.assert_allclose(pairs["together"], conditional[pairs["rare"], pairs["frequent"]])
    best = leaking_pairs(voc_mlt, n_pairs=5)
    assert (best["frequent"] == 14).all(), "person rides along with everything"
    assert best["share"][0] == pytest.approx(best["rate"][0] / label_shares(voc_mlt).rates[14])


def test_unlabelled_images_and_epochs():
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]])
    assert label_shares(labels, "square_root").image_probability[2] == 0
    assert label_shares(labels, "repeat_factor").image_probability[2] > 0
    assert label_shares(labels).repeats(40) == pytest.approx([10, 30, 0])


@pytest.mark.parametrize(
    ("sampler", "options", "message"),
    [
        ("uniform", {"threshold": 0.1}, "sampler uniform has no option 'threshold'; it has none"),
        ("repeat_factor", {"t": 0.1}, "sampler repeat_factor has no option 't'; it has threshold"),
        ("repeat_factor", {"threshold": 0}, "threshold must be a number above 0 to 1, not 0"),
        ("repeat_factor", {"threshold": float("nan")}, "threshold must be a number above 0 to 1, not nan"),
        ("progressive", {"progress": 1.1}, r"progress must be a number from 0 to 1, not 1\.1"),
        ("progressive", {"progress": "end"}, "progress must be a number from 0 to 1, not 'end'"),
    ],
)
def test_bad_options_are_named(sampler, options, message):
    with pytest.raises(ValueError, match=message):
        label_shares([[1, 0], [0, 1]], sampler, **options)
    with pytest.raises(ValueError, match="n_pairs must be a whole number >= 1, not 0"):
        leaking_pairs([[1]], n_pairs=0)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="unknown sampler 'square'; allowed: uniform, class_aware"):
        label_shares([[1]], "square")
    with pytest.raises(ValueError, match="labels hold no positive"):
        label_shares([[0]])
