"""The losses outside the Distribution-Balanced family: against timm, and against each other."""

import numpy as np
import pytest
import torch
from five_classes import COUNTS, build, unreduced, value_and_gradient
from timm_losses import timm_loss
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from dbl_core.losses import LOSSES


def assert_same(ours, theirs, batch, **tolerance):
    for found, expected in zip(value_and_gradient(ours, *batch), value_and_gradient(theirs, *batch), strict=True):
        torch.testing.assert_close(found, expected, **({"rtol": 1e-5, "atol": 1e-6} | tolerance))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"gamma_pos": 0},
        {"gamma_neg": 2, "clip": 0.2},
        {"clip": 0},
        {"gamma_pos": 0, "gamma_neg": 0},
        {"focus_gradient": "detached"},
    ],
)
def test_asl_is_timms(given, batch):
    theirs = timm_loss("asymmetric_loss", "AsymmetricLossMultiLabel")(
        **{key: value for key, value in given.items() if key != "focus_gradient"},
        disable_torch_grad_focal_loss=given.get("focus_gradient") == "detached",
        reduction="none",
    )
    assert_same(unreduced("asl", **given), theirs, batch, rtol=1e-4)  # timm rounds 1 - p


def test_the_defaults_of_asl_are_timms_whose_focusing_is_differentiated(batch):
    theirs = timm_loss("asymmetric_loss", "AsymmetricLossMultiLabel")(reduction="sum")
    assert_same(build("asl", "sum"), theirs, batch)


@pytest.mark.parametrize(("epsilon", "gamma"), [(2.0, 0.0), (-1.0, 2.0), (1.0, 2.0), (0.0, 1.0)])
def test_poly_is_timms(epsilon, gamma, batch):
    theirs = timm_loss("poly_loss", "PolyBinaryCrossEntropy")(epsilon=epsilon, gamma=gamma, reduction="none")
    assert_same(unreduced("poly", epsilon=epsilon, gamma=gamma), theirs, batch)


def test_zlpr_is_timms(batch):
    assert_same(build("zlpr", "mean"), timm_loss("zlpr_loss", "ZlprLoss")(), batch)


@pytest.mark.parametrize("temperatures", [(4.0, 1.0), (1.0, 2.0), (0.5, 0.5)])
def test_two_way_is_timms(temperatures, batch):
    logits, targets = batch
    targets[3], targets[5], targets[:, 1] = 1, 0, 0  # an image with all labels, one with none, a class without images
    ours = unreduced("two_way", t_pos=temperatures[0], t_neg=temperatures[1])
    assert_same(ours, timm_loss("two_way_loss", "TwoWayLoss")(*temperatures), (logits, targets))


def test_two_way_ranks_only(batch):
    """The same number on all logits changes nothing, and a batch of one image leaves its classes nothing to compare."""
    logits, targets = batch
    loss = unreduced("two_way")
    torch.testing.assert_close(loss(logits + 7, targets), loss(logits, targets))
    one, labels = torch.tensor([[1.0, -2, 0, 3, 1]]), torch.tensor([[1.0, 0, 1, 0, 0]])
    negative, positive = torch.logsumexp(one[:, [1, 3, 4]], 1), 4 * torch.logsumexp(-one[:, [0, 2]] / 4, 1)
    torch.testing.assert_close(loss(one, labels), softplus(negative + positive)[0])
    assert loss(one, torch.zeros(1, 5)) == loss(one, torch.ones(1, 5)) == 0


def test_two_way_rounds_soft_targets(batch):
    logits, targets = batch
    loss = unreduced("two_way")
    torch.testing.assert_close(loss(logits, 0.8 * targets + 0.1), loss(logits, targets), rtol=0, atol=0)


def test_two_way_needs_a_batch():
    with pytest.raises(ValueError, match=r"A batch must have the shape \(n_samples, 5\), not \(5,\)"):
        unreduced("two_way")(torch.zeros(5), torch.zeros(5))


def test_zlpr_of_one_class_is_bce_and_soft_targets_weight_its_sums(batch):
    logits, targets = (tensor[:, :1] for tensor in batch)
    torch.testing.assert_close(
        unreduced("zlpr", counts=[3])(logits, targets),
        binary_cross_entropy_with_logits(logits, targets, reduction="none")[:, 0],
    )
    logits, targets = batch[0], 0.6 * batch[1] + 0.2
    soft = torch.log1p(((1 - targets) * logits.exp()).sum(1)) + torch.log1p((targets * (-logits).exp()).sum(1))
    torch.testing.assert_close(unreduced("zlpr")(logits, targets), soft)


def test_hill_leaves_a_confident_negative_alone():
    """With lambda 1.5 the slope in p is 3 p (1 - p), in z 3 p^2 (1 - p)^2."""
    logits = torch.linspace(-8, 8, 33, dtype=torch.float64)[:, None].expand(-1, 5)
    _, gradient = value_and_gradient(unreduced("hill"), logits, torch.zeros(33, 5))
    p = torch.sigmoid(logits)
    torch.testing.assert_close(gradient, 3 * p**2 * (1 - p) ** 2)


def test_positives_of_hill_are_focal_positives_of_the_lowered_logit(batch):
    logits, ones = batch[0], torch.ones(16, 5)
    torch.testing.assert_close(
        unreduced("hill", margin=0.7, gamma=1.5)(logits, ones),
        unreduced("focal", gamma=1.5, focal_scale=1)(logits - 0.7, ones),
    )


def test_ral_without_coefficients_is_asl_with_a_hill_on_negatives(batch):
    logits, targets = batch
    shared = {"gamma_pos": 0.5, "gamma_neg": 3, "clip": 0.1}
    asl = unreduced("asl", **shared)(logits, targets)
    p = torch.sigmoid(logits)
    hill = (1.5 - p) * p**2
    official = hill * (1.5 - (1 - p + 0.1).clamp(max=1))
    for form, factor in (("paper", hill), ("official", official)):
        ral = unreduced("ral", **shared, epsilon_1=0, epsilon_2=0, hill_factor=form)(logits, targets)
        torch.testing.assert_close(ral, torch.where(targets == 1, asl, asl * factor), rtol=1e-5, atol=1e-7)


def test_the_coefficients_of_ral_take_terms_of_the_logarithm_away():
    """-log p = q + q^2 / 2 + q^3 / 3 ..., q = 1 - p: with both coefficients 1 a near positive has q^3 / 3 left."""
    logits = torch.full((1, 5), 5.0, dtype=torch.float64)
    left = unreduced("ral", epsilon_1=1, epsilon_2=1)(logits, torch.ones(1, 5))
    q = torch.sigmoid(-logits)
    torch.testing.assert_close(left, q**3 / 3, rtol=0.02, atol=0)


@pytest.mark.parametrize("focus_gradient", ["full", "detached"])
@pytest.mark.parametrize("weighting", ["paper", "official"])
def test_mfm_is_asl_with_exponents_of_the_class(focus_gradient, weighting, batch):
    found = value_and_gradient(
        unreduced("mfm", tail_pos=0.5, tail_neg=2, power=0.5, weighting=weighting, focus_gradient=focus_gradient),
        *batch,
    )
    for i, n in enumerate(COUNTS):
        h = (1 - np.log(n / 60)) ** 0.5
        exponents = {"gamma_pos": 0 + 0.5 * h, "gamma_neg": 3 + 2 * h}
        expected = value_and_gradient(unreduced("asl", **exponents, focus_gradient=focus_gradient), *batch)
        weight = h if weighting == "official" else 1
        for ours, theirs in zip(found, expected, strict=True):
            torch.testing.assert_close(ours[:, i], weight * theirs[:, i], rtol=1e-5, atol=1e-6)


def test_mfm_of_balanced_classes_is_asl(batch):
    balanced = unreduced("mfm", counts=[7] * 5, tail_neg=1.0)
    assert_same(balanced, unreduced("asl", gamma_pos=0, gamma_neg=4), batch)


def test_a_detached_factor_changes_the_gradient_and_not_the_value(batch):
    full, detached = (
        value_and_gradient(unreduced("asl", focus_gradient=word), *batch) for word in ("full", "detached")
    )
    assert torch.equal(full[0], detached[0])
    p = torch.sigmoid(batch[0].double())
    positive = -(1 - p) * (1 - p)  # the factor times the slope of -log p
    shifted = (p - 0.05).clamp(min=0)
    negative = shifted**4 * p * (1 - p) / (1 - shifted) * (p > 0.05)
    expected = torch.where(batch[1] == 1, positive, negative).float()
    torch.testing.assert_close(detached[1], expected, rtol=1e-4, atol=1e-6)
    assert not torch.allclose(full[1], detached[1], rtol=1e-2)


def test_poly_without_its_term_is_focal(batch):
    for gamma in (0, 2):
        assert_same(unreduced("poly", epsilon=0, gamma=gamma), unreduced("focal", gamma=gamma, focal_scale=1), batch)


def test_ldam_lowers_positives_by_the_margin_of_their_class(batch):
    logits, targets = batch
    margins = 0.5 * torch.tensor([60, 30, 12, 5, 1.0]) ** -0.25  # the rarest class has one image
    expected = binary_cross_entropy_with_logits(logits - margins * targets, targets, reduction="none")
    torch.testing.assert_close(unreduced("ldam")(logits, targets), expected)
    assert torch.equal(unreduced("ldam", counts=[60, 30, 12, 5, 0])(*batch), unreduced("ldam")(*batch))


@pytest.mark.parametrize("tau", [0.3, 1.0])
def test_logit_adjustment_is_ntr_without_tolerance(tau, batch):
    """Both subtract nu = -tau log(n / (N - n)), positive for a rare class."""
    assert_same(unreduced("logit_adjust", tau=tau), unreduced("ntr", lam=1, kappa=tau, bias="paper"), batch)
    prior = torch.log(torch.tensor([60, 30, 12, 5, 1.0]) / torch.tensor([40, 70, 88, 95, 99.0]))
    expected = binary_cross_entropy_with_logits(batch[0] + tau * prior, batch[1], reduction="none")
    torch.testing.assert_close(unreduced("logit_adjust", tau=tau)(*batch), expected)


@pytest.mark.parametrize("mode", ["by_class", "average_w"])
def test_cb_ntr_is_cb_focal_with_tolerance(mode, batch):
    shared = {"beta": 0.99, "mode": mode, "gamma": 1.0, "focal_scale": 3.0}
    assert_same(unreduced("cb_ntr", **shared, lam=1, kappa=0), unreduced("cb_focal", **shared), batch)
    tolerance = {"lam": 2, "kappa": 0.1, "bias": "paper", "gamma": 1.0, "focal_scale": 3.0}
    assert_same(unreduced("cb_ntr", **tolerance, beta=0, mode=mode), unreduced("ntr_focal", **tolerance), batch)


def test_cb_ntr_has_the_settings_of_the_text_study():
    assert LOSSES["cb_ntr"].defaults == {
        **{"beta": 0.9, "mode": "by_class", "lam": 2.0, "kappa": 0.05, "bias": "paper"},
        **{"gamma": 2.0, "focal_scale": 5.0},
    }
