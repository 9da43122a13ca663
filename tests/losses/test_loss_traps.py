"""One test a trap that public copies of this loss fell into, and the edges of legal input."""

import pytest
import torch
from five_classes import build

from dbl_core.losses import LOSSES
from dbl_core.losses.weights import prior_logits

REDUCTIONS = ("mean", "sum", "none")


def assert_finite(loss, logits, targets):
    logits = logits.clone().requires_grad_()
    value = loss(logits, targets)
    value.sum().backward()
    assert value.isfinite().all()
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("name", LOSSES)
def test_trap_changing_the_callers_logits_in_place(name, batch):
    before = [tensor.clone() for tensor in batch]
    loss = build(name)
    loss(*batch)
    loss.terms(*batch)
    assert all(torch.equal(now, then) for now, then in zip(batch, before, strict=True))


@pytest.mark.parametrize("name", LOSSES)
def test_trap_a_focal_branch_that_ignores_the_reduction(name, batch):
    mean, total, cells = (build(name, reduction=reduction)(*batch) for reduction in REDUCTIONS)
    assert mean.shape == total.shape == ()
    assert cells.shape == {"cell": (16, 5), "image": (16,), "batch": ()}[LOSSES[name].unit]
    torch.testing.assert_close(total, cells.sum())
    torch.testing.assert_close(mean, cells.mean())


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("counts", [[0, 30, 12, 5, 1], [100, 30, 12, 5, 1], [0, 100, 0, 100, 100], [0] * 5])
def test_trap_nan_when_a_class_has_no_sample_or_every_sample(name, counts, batch):
    assert_finite(build(name, counts=counts), *batch)


def test_a_class_without_images_counts_as_one_and_a_full_class_as_missing_from_one(batch):
    assert (
        prior_logits(torch.tensor([0.0, 100.0]), 100).tolist() == prior_logits(torch.tensor([1.0, 99.0]), 100).tolist()
    )
    empty, one = (build("db_focal", counts=[60, 30, 12, 5, n])(*batch) for n in (0, 1))
    assert empty == one


@pytest.mark.parametrize("name", LOSSES)
def test_trap_a_constructor_that_needs_cuda(name, monkeypatch, batch):
    def refuse(*args, **kwargs):
        raise AssertionError("the constructor touched CUDA")

    monkeypatch.setattr(torch.Tensor, "cuda", refuse)
    monkeypatch.setattr(torch.nn.Module, "cuda", refuse)
    assert build(name)(*batch).device.type == "cpu"


@pytest.mark.parametrize("bias", ["official", "paper"])
def test_trap_ntr_without_reweighting_crashes_or_loses_its_division_by_lambda(bias):
    loss = build("ntr", lam=4.0, kappa=0.0, bias=bias, reduction="none")
    logits, negatives = torch.full((1, 5), 3.0), torch.zeros(1, 5)
    expected = torch.nn.functional.softplus(4 * logits) / 4
    torch.testing.assert_close(loss(logits, negatives), expected)


def test_trap_constructor_defaults_that_switch_rebalancing_off():
    for name in ("r_bce", "r_bce_focal", "db", "db_focal"):
        defaults = LOSSES[name].defaults
        assert (defaults["alpha"], defaults["beta"], defaults["mu"]) == (0.1, 10.0, 0.3)
        weights = build(name).weights(torch.ones(1, 5))
        assert weights.max() / weights.min() > 3


def test_trap_alpha_and_mu_swapped():
    loss = build("r_bce", alpha=0.7, beta=8.0, mu=0.2)
    targets = torch.tensor([[1.0, 0, 0, 0, 0], [1, 0, 0, 0, 1]])
    ratio = torch.tensor([1.0, (1 / 60) / (1 / 60 + 1)])
    torch.testing.assert_close(loss.weights(targets)[:, 0], 0.7 + torch.sigmoid(8 * (ratio - 0.2)))


@pytest.mark.parametrize("name", [name for name in LOSSES if "focal" in name])
def test_trap_a_focal_probability_computed_from_the_mean_of_the_batch(name, batch):
    loss = build(name, reduction="none")
    together = loss(*batch)
    one_by_one = torch.cat([loss(*(tensor[k : k + 1] for tensor in batch)) for k in range(len(together))])
    torch.testing.assert_close(together, one_by_one)


@pytest.mark.parametrize("name", ["r_bce", "r_bce_focal", "db", "db_focal"])
def test_trap_an_image_without_any_positive_is_legal_and_weighs_alpha_plus_1(name):
    nothing = torch.zeros(2, 5)
    assert_finite(build(name), torch.randn(2, 5), nothing)
    torch.testing.assert_close(build(name, alpha=0.25).weights(nothing), torch.full((2, 5), 1.25))


def test_an_image_without_any_positive_takes_the_mean_class_weight_under_average_w():
    weights = build("cb_focal", beta=0.9, mode="average_w").weights(torch.zeros(1, 5))
    expected = build("cb_focal", beta=0.9).weights(torch.zeros(1, 5)).mean()
    torch.testing.assert_close(weights, expected.expand(1, 5))


def extremes(name):
    """The defaults, and every option at each end of its allowed range."""
    yield {}
    for option in LOSSES[name].options:
        yield from ({option.name: value} for value in option.choices or (option.minimum, option.maximum))


@pytest.mark.parametrize("name", LOSSES)
def test_logits_of_90_and_options_at_their_limits_stay_finite(name):
    logits = torch.tensor([[90.0, -90.0, 90.0, -90.0, 0.0]] * 3)
    targets = torch.tensor([[1.0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
    for options in extremes(name):
        assert_finite(build(name, **options), logits, targets)
    if "gamma" in LOSSES[name].defaults:
        assert_finite(build(name, gamma=0.3), logits * 5, targets)
