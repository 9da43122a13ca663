"""The names and shapes that other people's scripts rely on; a change here breaks them, so only add."""

import numpy as np
import pytest
import torch
from scipy import sparse

from dbl_core.datasets import load_dataset
from dbl_core.longtail import longtail_subset
from dbl_core.losses import LOSSES, build_loss
from dbl_core.metrics import average_precision, group_report
from dbl_core.stats import cooccurrence, label_measures

LABELS = np.random.default_rng(0).random((400, 6)) < np.array([0.6, 0.4, 0.3, 0.2, 0.1, 0.05])
COUNTS = LABELS.sum(0)


def test_load_dataset():
    dataset = load_dataset("picto-voc")
    assert dataset.labels.shape == (len(dataset.ids), len(dataset.label_names))
    assert dataset.labels[dataset.train_rows].sum(0).max() == 775
    assert not set(dataset.train_rows) & set(dataset.test_rows)


def test_longtail_subset():
    subset = longtail_subset(LABELS, ratio=10, profile="pareto", max_count=None, seed=0)
    assert subset.rows.dtype == np.int64
    assert subset.asked.shape == subset.achieved.shape == (6,)
    assert (LABELS[subset.rows].sum(0) == subset.achieved).all()
    assert subset.ratio_achieved == pytest.approx(subset.achieved.max() / subset.achieved.min())


def test_label_measures():
    measures = label_measures(LABELS, n_inputs=None)
    names = "n_samples n_labels labelsets single_labelsets cardinality density mean_ir max_ir cvir scumble scumble_cv"
    assert set((names + " tcs gini absent_labels").split()) <= set(measures)
    assert np.isnan(measures["tcs"])
    assert label_measures(LABELS, convention="mldr")["n_labels"] == 6


@pytest.mark.parametrize("measure", ["count", "conditional", "lift", "npmi", "jaccard", "phi"])
def test_cooccurrence(measure):
    dense = cooccurrence(LABELS, measure=measure)
    assert dense.shape == (6, 6)
    np.testing.assert_allclose(cooccurrence(sparse.csr_matrix(LABELS), measure=measure), dense)


def test_conditional_is_of_the_column_given_the_row():
    assert cooccurrence(LABELS, "conditional")[0, 1] == pytest.approx((LABELS[:, 0] & LABELS[:, 1]).sum() / COUNTS[0])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("bce", set()),
        ("weighted_bce", {"power"}),
        ("focal", {"gamma", "focal_scale"}),
        ("cb_focal", {"beta", "mode"}),
        ("r_bce", {"alpha", "beta", "mu"}),
        ("r_bce_focal", {"alpha", "beta", "mu", "gamma", "focal_scale"}),
        ("ntr", {"lam", "kappa", "bias"}),
        ("ntr_focal", {"lam", "kappa", "bias", "gamma", "focal_scale"}),
        ("db", {"alpha", "beta", "mu", "lam", "kappa", "bias"}),
        ("db_focal", {"alpha", "beta", "mu", "lam", "kappa", "bias", "gamma", "focal_scale"}),
    ],
)
def test_build_loss(name, options):
    assert options <= {option.name for option in LOSSES[name].options}
    logits, targets = torch.randn(8, 6, requires_grad=True), torch.from_numpy(LABELS[:8]).float()
    for reduction, shape in (("mean", ()), ("sum", ()), ("none", (8, 6))):
        loss = build_loss(name, label_counts=COUNTS, n_samples=400, reduction=reduction)
        assert loss(logits, targets).shape == shape
    with pytest.raises(ValueError, match="nonsense"):
        build_loss(name, label_counts=COUNTS, n_samples=400, nonsense=1)


def test_metrics():
    ap = average_precision(LABELS, np.random.default_rng(1).random(LABELS.shape))
    assert ap.dtype == np.float64
    assert set(group_report(ap, COUNTS, convention="db")) == {"total", "head", "medium", "tail"}
