"""The losses outside the Distribution-Balanced family: their terms, the ends of their options, and stacks of them."""

from itertools import product

import numpy as np
import pytest
import torch
from five_classes import COUNTS, N_SAMPLES, build, unreduced, value_and_gradient
from torch.nn.functional import binary_cross_entropy_with_logits

from dbl_core.losses import LOSSES, check_options
from dbl_core.losses.assembly import assemble

OTHERS = ["asl", "hill", "two_way", "zlpr", "ral", "mfm", "poly", "ldam", "logit_adjust", "cb_ntr"]


@pytest.mark.parametrize("name", ["hill", "ldam", "logit_adjust"])
def test_terms_show_the_shift(name, batch):
    logits, targets = batch
    terms = unreduced(name).terms(logits, targets)
    expected = {
        "hill": targets,
        "ldam": targets * 0.5 * torch.tensor([60, 30, 12, 5, 1.0]) ** -0.25,
        "logit_adjust": -torch.log(torch.tensor([60 / 40, 30 / 70, 12 / 88, 5 / 95, 1 / 99])).expand(16, 5),
    }[name]
    torch.testing.assert_close(terms["nu"], expected)
    torch.testing.assert_close(terms["shifted"], logits - expected)


@pytest.mark.parametrize("name", [name for name in OTHERS if LOSSES[name].unit == "cell" and name != "cb_ntr"])
def test_terms_rebuild_the_loss(name, batch):
    logits, targets = (tensor.double() for tensor in batch)
    terms = unreduced(name).terms(logits, targets)
    plain = binary_cross_entropy_with_logits(terms["shifted"], targets, reduction="none")
    torch.testing.assert_close(terms["weight"] * terms["focal"] * plain, terms["loss"])
    if name in ("ldam", "logit_adjust"):
        torch.testing.assert_close(terms["focal"], torch.ones_like(logits))
    saturated = unreduced(name).terms(torch.full((1, 5), -300.0), torch.zeros(1, 5))
    assert all(values.isfinite().all() for values in terms.values())
    assert all(values.isfinite().all() for values in saturated.values())


def test_mfm_shows_its_class_weight(batch):
    h = (1 - torch.log(torch.tensor([60, 30, 12, 5, 1]) / 60)) ** (1 / 3)
    torch.testing.assert_close(unreduced("mfm", weighting="official").terms(*batch)["weight"], h.expand(16, 5))
    assert (unreduced("mfm").terms(*batch)["weight"] == 1).all()


@pytest.mark.parametrize("name", ["asl", "hill", "ral", "mfm", "poly", "ldam", "logit_adjust"])
def test_a_soft_target_mixes_the_terms_of_a_positive_and_a_negative(name, batch):
    logits, _ = batch
    loss, ones = unreduced(name), torch.ones(16, 5)
    mixed = 0.3 * loss(logits, ones) + 0.7 * loss(logits, 0 * ones)
    torch.testing.assert_close(loss(logits, 0.3 * ones), mixed, rtol=1e-5, atol=1e-6)


def corners(name):
    """Every combination of the ends of the allowed ranges and of the words."""
    options = LOSSES[name].options
    ends = [option.choices or (option.minimum, option.maximum) for option in options]
    for values in product(*ends):
        yield dict(zip([option.name for option in options], values, strict=True))


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("counts", [COUNTS, [0, 100, 0, 100, 100]], ids=["usual", "empty and full classes"])
def test_every_corner_of_the_options_stays_finite(name, counts):
    logits = torch.tensor([[90.0, -90.0, 400.0, -400.0, 0.0]] * 3)
    targets = torch.tensor([[1.0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
    for options in corners(name):
        value, gradient = value_and_gradient(unreduced(name, counts=counts, **options), logits, targets)
        assert value.isfinite().all(), options
        assert gradient.isfinite().all(), options


@pytest.mark.parametrize("gamma_neg", [0.0, 0.01, 0.3, 1.0])
def test_a_negative_below_the_margin_of_asl_has_no_gradient_and_no_nan(gamma_neg):
    logits = torch.tensor([[-300.0, -90.0, -10.0, -3.0, 300.0]])
    value, gradient = value_and_gradient(unreduced("asl", gamma_neg=gamma_neg), logits, torch.zeros(1, 5))
    assert (value[0, :4] == 0).all()
    assert (gradient[0, :4] == 0).all()
    assert value[0, 4] == pytest.approx(0.95**gamma_neg * -np.log(0.05), rel=1e-5)


@pytest.mark.parametrize("name", OTHERS)
def test_a_stack_with_options_of_its_own_is_its_losses_one_by_one(name, batch):
    """All numbers are tensors (n_stack, 1, 1), as the heads of a sweep are trained together."""
    rng = np.random.default_rng(7)
    settings = [
        check_options(
            name,
            {
                option.name: rng.uniform(option.low, option.high)
                for option in LOSSES[name].options
                if not option.choices
            },
        )
        for _ in range(3)
    ]
    stacked = {
        option.name: settings[0][option.name]
        if option.choices
        else torch.tensor([one[option.name] for one in settings])[:, None, None]
        for option in LOSSES[name].options
    }
    loss = assemble(name, stacked, counts=COUNTS, n_samples=N_SAMPLES)
    logits = torch.stack([batch[0], -batch[0], batch[0].flip(0)]).requires_grad_()
    targets = torch.stack([batch[1], batch[1], batch[1].flip(1)])
    means = loss.batch_means(logits, targets)
    means.sum().backward()
    assert means.shape == (3,)
    for k, one in enumerate(settings):
        alone = build(name, "mean", **one)
        value, gradient = value_and_gradient(alone, logits[k].detach(), targets[k])
        torch.testing.assert_close(means[k].detach(), value, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(logits.grad[k], gradient, rtol=1e-4, atol=1e-7)
        terms = loss.terms(logits, targets)
        torch.testing.assert_close(terms["loss"][k], alone.terms(logits[k], targets[k])["loss"], rtol=1e-5, atol=1e-6)
    buffers = {name for name, _ in loss.named_buffers()}
    assert buffers or not settings[0], "tensor options are buffers, so that they follow the module to a device"
