"""What samplers show: the paper's numbers, and the real sampler as an oracle."""

import math

import numpy as np
import pytest
from scipy import sparse

from dbl_core.samplers import SAMPLERS
from dbl_core.stats import cooccurrence, label_shares


def test_class_aware_sampling_does_not_balance_voc_mlt(voc_mlt):
    assert label_shares(voc_mlt, "uniform").max_min == pytest.approx(193.75)
    assert label_shares(voc_mlt).max_min == pytest.approx(15.3, abs=0.05)


def test_class_aware_sampling_does_not_balance_coco_mlt(coco_mlt):
    assert label_shares(coco_mlt, "uniform").max_min == pytest.approx(188)
    assert label_shares(coco_mlt).max_min == pytest.approx(49.9, abs=0.05)


@pytest.mark.parametrize("sampler", ["uniform", "class_aware"])
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
    for sampler in ("uniform", "class_aware"):
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


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="unknown sampler 'square'; allowed: uniform, class_aware"):
        label_shares([[1]], "square")
    with pytest.raises(ValueError, match="labels hold no positive"):
        label_shares([[0]])
