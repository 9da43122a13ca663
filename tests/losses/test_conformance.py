"""The battery for somebody's own loss: sound ones pass it, every slip fails the check that is meant for it."""

import functools

import broken_losses
import numpy as np
import pytest
import torch
from broken_losses import BROKEN, FORMULA, Sound
from check_reports import failed, found
from slow_losses import slow_cells
from timm_losses import timm_loss

from dbl_core.losses import LOSSES, build_loss
from dbl_core.losses.catalog import check_options
from dbl_core.losses.conformance import BATTERY, check_loss, voc_mlt
from dbl_core.losses.conformance.closed_form import DEVIATIONS, Claim, closed_form
from dbl_core.losses.conformance.oracle import DB_FAMILY

TRAINING_SET = voc_mlt()
OTHER_OPTIONS = {
    "alpha": 0.4, "mu": 0.15, "lam": 2.5, "kappa": 0.3, "bias": "paper", "gamma": 1.3, "focal_scale": 1.0,
    "power": 0.5, "mode": "average_w",
}  # fmt: skip


def options_of(name, changed):
    picked = {option.name: changed[option.name] for option in LOSSES[name].options if option.name in changed}
    return check_options(name, picked)


@pytest.fixture
def cells():
    random = np.random.default_rng(4)
    return random.normal(size=TRAINING_SET.rows.shape) * 4, TRAINING_SET.rows.astype(float)


@pytest.mark.parametrize("name", DB_FAMILY)
@pytest.mark.parametrize("changed", [{}, OTHER_OPTIONS])
def test_the_closed_form_agrees_with_the_formulas_written_slowly_and_with_the_labs_own_loss(name, changed, cells):
    options = options_of(name, changed)
    values, slopes = closed_form(Claim(name, options), TRAINING_SET, *cells)
    facts = {"counts": TRAINING_SET.label_counts, "n_samples": TRAINING_SET.n_samples}
    np.testing.assert_allclose(values, slow_cells(name, *cells, options=options, **facts), rtol=1e-11)
    logits, targets = (torch.tensor(array) for array in cells)
    logits.requires_grad_()
    facts = {"label_counts": TRAINING_SET.label_counts, "n_samples": TRAINING_SET.n_samples}
    loss = build_loss(name, reduction="sum", **facts, **options)(logits, targets)
    loss.backward()
    assert loss.item() == pytest.approx(values.sum(), rel=2e-6)
    np.testing.assert_allclose(logits.grad.numpy(), slopes, rtol=2e-5, atol=2e-6 * abs(slopes).max())


@pytest.mark.parametrize("deviation", [None, *sorted(set(DEVIATIONS) - {"focal detached"})])
def test_slopes_are_those_of_the_sum_of_the_values(deviation, cells):
    claim = Claim("db_focal", check_options("db_focal"), frozenset({deviation} - {None}))
    logits, targets = cells
    slopes = closed_form(claim, TRAINING_SET, *cells)[1]
    for image, label in ((0, 0), (3, 1), (5, 19), (23, 19), (9, 4)):
        step = np.zeros_like(logits)
        step[image, label] = 1e-5
        ends = [closed_form(claim, TRAINING_SET, logits + sign * step, targets)[0] for sign in (1, -1)]
        assert slopes[image, label] == pytest.approx((ends[0] - ends[1]).sum() / 2e-5, rel=1e-5, abs=1e-9)


def test_every_deviation_changes_the_values_or_the_slopes(cells):
    claim = Claim("db_focal", check_options("db_focal"))
    right = closed_form(claim, TRAINING_SET, *cells)
    for deviation in DEVIATIONS:
        wrong = closed_form(Claim(claim.name, claim.options, frozenset({deviation})), TRAINING_SET, *cells)
        assert not np.allclose(wrong, right, rtol=1e-3), deviation


@pytest.mark.parametrize("name", LOSSES)
def test_the_labs_own_losses_pass(name):
    report = check_loss(functools.partial(build_loss, name), claims=name, options=options_of(name, OTHER_OPTIONS))
    assert [(check.name, check.found) for check in report.checks if check.outcome != "pass"] == []
    assert [check.name for check in report.checks] == [row.name for row in BATTERY]


def timm_db_loss():
    return timm_loss("distribution_balanced_loss", "DistributionBalancedLoss")


def test_timms_loss_passes():
    report = check_loss(timm_db_loss())
    assert [(check.name, check.found) for check in report.checks if check.outcome != "pass"] == []
    assert report.built == (
        "DistributionBalancedLoss(class_counts=…, num_samples=1142, reduction='mean', map_alpha=0.1, map_beta=10.0, "
        "map_mu=0.3, neg_scale=5.0, init_bias=0.05, focal_gamma=2.0, focal_balance=2.0)"
    )


def test_timms_loss_without_its_terms_is_focal_loss():
    assert check_loss(timm_db_loss(), claims="focal", options={"focal_scale": 1.5}).passed


def test_timms_loss_has_the_official_bias_and_the_report_says_so():
    report = check_loss(timm_db_loss(), options={"bias": "paper"})
    assert failed(report) == FORMULA
    assert found(report, "value, float32").endswith("it has the public code's form of the bias, divided by lambda")


@pytest.mark.parametrize(
    ("file", "loss", "claim", "options"),
    [
        ("asymmetric_loss", "AsymmetricLossMultiLabel", "asl", {"gamma_neg": 3.0, "clip": 0.1}),
        ("zlpr_loss", "ZlprLoss", "zlpr", {}),
        ("two_way_loss", "TwoWayLoss", "two_way", {"t_pos": 3.0}),
        ("poly_loss", "PolyBinaryCrossEntropy", "poly", {"epsilon": 0.5}),
    ],
)
def test_timms_other_losses_pass_as_what_they_are(file, loss, claim, options):
    thing = timm_loss(file, loss)
    assert failed(check_loss(thing, claims=claim, options=options)) == set()
    wrong = check_loss(thing, claims="focal" if claim != "zlpr" else "bce")
    assert failed(wrong) >= FORMULA


def test_a_sum_and_a_value_of_images_are_named_as_such():
    def times(logits, targets):
        return 3 * build_loss("zlpr", label_counts=[1] * 20, n_samples=2, reduction="sum")(logits, targets)

    report = check_loss(times, claims="zlpr")
    assert failed(report) == {"scale"}
    assert found(report, "scale") == "3 times the sum over all images"


def test_a_sound_loss_passes():
    report = check_loss(Sound)
    assert [(check.name, check.found) for check in report.checks if check.outcome != "pass"] == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_every_slip_fails_its_own_check_and_no_other(broken):
    report = check_loss(broken)
    assert failed(report) == BROKEN[broken]
    assert not report.passed
    assert all("\n" not in check.found for check in report.checks)


@pytest.mark.parametrize(
    ("broken", "check", "words"),
    [
        ("SwappedAlphaAndMu", "value, float64", "alpha and mu are swapped"),
        ("PublicDefaults", "value, float64", "alpha 10, beta 0.2, mu 0.1, at which re-balancing hardly acts"),
        ("PaperBias", "value, float32", "it has the paper's form of the bias, not divided by lambda"),
        ("ReversedShift", "value, float32", "the shift nu has the wrong sign"),
        ("PaperBiasAndPublicDefaults", "value, float64", "the paper's form of the bias, not divided by lambda and it"),
        ("WithoutDivision", "value, float64", "negatives are not divided by lambda"),
        ("BatchMeanInFocal", "value, float64", "the focal p_t comes from the mean loss of the batch"),
        ("DetachedFocal", "gradient", "the focal factor is cut out of the gradient"),
        ("CutOff", "gradient", "cut out of the graph"),
        ("Twice", "scale", "2 times the mean over all cells"),
        ("SumsOnly", "scale", "the sum over all cells"),
        ("IgnoresReduction", "scalar output", "a tensor of shape (24, 20)"),
        ("IgnoresReduction", "reductions", "mean returned the shape (24, 20), sum returned the shape (24, 20)"),
        ("ChangesLogits", "arguments left alone", "it changed the caller's logits in place"),
        ("NaNWithoutImages", "empty class", "nan"),
        ("NeedsCuda", "no CUDA needed", "(.cuda())"),
        ("NeedsCudaByName", "no CUDA needed", "the device 'cuda:0'"),
        ("StaysOnCpu", "device", "a part of it stays on the CPU"),
        ("ReturnsTuple", "scalar output", "a tuple of 2"),
        ("WithoutDivision", "gradient", "class bottle (n = 154, negative): 0.02586 where 0.005172 is right"),
    ],
)
def test_the_report_says_what_is_wrong(broken, check, words):
    assert words in found(check_loss(getattr(broken_losses, broken)), check)


def test_a_missing_focal_scale_is_named():
    report = check_loss(
        functools.partial(Sound, focal_scale=1.0), options={"focal_scale": 2.0}, extra={"focal_scale": 1}
    )
    assert failed(report) == {"scale"}
    assert found(report, "scale") == "0.5 times the mean over all cells, the focal scale is missing"


def test_another_loss_of_the_catalogue_is_recognised():
    def other(counts, n_images):
        return build_loss("r_bce_focal", label_counts=counts, n_samples=n_images)

    report = check_loss(other)
    assert failed(report) == FORMULA
    assert found(report, "value, float64").endswith("it is the loss r_bce_focal (Re-balanced focal loss)")
    report = check_loss(Sound, claims="db")
    assert failed(report) == FORMULA
    assert "it is the loss db_focal" in found(report, "value, float32")


WARNED = {
    "BreaksTheGraph": ("torch.compile", "not as one graph"),
    "SaturatesLogits": ("logits of 90 and -90", "plainly wrong answers have no gradient any more"),
    "SubtractsTargets": ("int and bool targets", "bool is refused"),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_is_safe_but_has_a_cost_is_a_warning(name):
    report = check_loss(getattr(broken_losses, name))
    warned = {check.name: check.found for check in report.checks if check.outcome == "warning"}
    check, words = WARNED[name]
    assert list(warned) == [check]
    assert words in warned[check]
    assert report.passed


def test_a_loss_that_returns_no_tensor_fails_without_a_crash():
    report = check_loss(broken_losses.ReturnsNumber)
    assert "it returned a float, not a tensor" in found(report, "value, float32")
    assert not report.passed


def test_a_loss_that_always_raises_fails_every_check_that_calls_it():
    def loss(logits, targets):
        raise KeyError("no such\nthing")

    report = check_loss(loss, claims="bce")
    calls = {check.name for check in report.checks if check.outcome == "pass"}
    assert calls == {"no CUDA needed"}
    assert found(report, "empty row") == "it raised KeyError: 'no such\\nthing'"
