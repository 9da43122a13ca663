"""The battery for somebody's own loss: sound ones pass it, every slip fails the check that is meant for it."""

import functools
import sys
import warnings

import broken_losses
import numpy as np
import pytest
import torch
from broken_losses import BROKEN, FORMULA, Sound
from slow_losses import slow_cells
from timm_losses import timm_loss

from dbl_core.losses import LOSSES, build_loss
from dbl_core.losses.catalog import check_options
from dbl_core.losses.conformance import BATTERY, CannotCheckError, check_loss, load, of_counts, voc_mlt
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


def failed(report):
    return {check.name for check in report.checks if check.outcome == "fail"}


def found(report, name):
    return next(check.found for check in report.checks if check.name == name)


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


# How a loss is built


def factory(label_counts, n_samples):
    return Sound(label_counts, n_samples)


def factory_with_options(label_counts, n_samples, **options):
    options.pop("bias")
    return Sound(label_counts, n_samples, **options)


class NestedSettings(Sound):
    """The signature that the paper's code and its descendants for text have."""

    def __init__(
        self, use_sigmoid=False, reduction="mean", loss_weight=1.0,
        focal=dict(focal=False, balance_param=9.0, gamma=9), map_param=dict(alpha=10.0, beta=0.2, gamma=0.1),  # noqa: B006, C408
        CB_loss=dict(CB_beta=0.9, CB_mode="average_w"), logit_reg=dict(neg_scale=9.0, init_bias=0.9),  # noqa: B006, C408, N803
        reweight_func=None, class_freq=None, train_num=None,
    ):  # fmt: skip
        assert use_sigmoid
        assert reweight_func == "rebalance"
        assert focal["focal"]
        super().__init__(
            torch.from_numpy(np.asarray(class_freq)).float().cuda(), train_num, reduction=reduction,
            alpha=map_param["alpha"], beta=map_param["beta"], mu=map_param["gamma"], lam=logit_reg["neg_scale"],
            kappa=logit_reg["init_bias"], gamma=focal["gamma"], focal_scale=focal["balance_param"],
        )  # fmt: skip


class WantsArray(Sound):
    def __init__(self, cls_num_list, num_images):
        super().__init__(torch.from_numpy(cls_num_list), num_images)


class WantsTensor(Sound):
    def __init__(self, samples_per_cls, N):  # noqa: N803
        super().__init__(samples_per_cls.clone(), N)


class WantsNegatives(Sound):
    def __init__(self, class_freq, neg_class_freq, num_classes):
        assert len(class_freq) == num_classes
        super().__init__(class_freq, class_freq[0] + neg_class_freq[0])


def test_the_two_betas_are_kept_apart():
    built = check_loss(NestedSettings).built
    assert "map_param={'alpha': 0.1, 'beta': 10.0, 'gamma': 0.3}" in built
    assert "CB_loss" not in built
    told = {}

    def balanced(counts, n_samples, CB_loss={"CB_beta": 0.9, "CB_mode": "x"}, map_param={"beta": 0.2}):  # noqa: B006, N803
        told.update(CB_loss, **map_param)
        return build_loss("cb_focal", label_counts=counts, n_samples=n_samples)

    report = check_loss(balanced, claims="cb_focal")
    assert failed(report) == set()
    assert told == {"CB_beta": 0.9999, "CB_mode": "by_class", "beta": 0.2}


@pytest.mark.parametrize(
    "thing", [factory, WantsArray, WantsTensor, WantsNegatives, lambda counts, n_images: Sound(counts, n_images)]
)
def test_counts_are_given_under_any_name_and_in_the_form_that_is_wanted(thing):
    assert failed(check_loss(thing)) == set()


@pytest.mark.parametrize("thing", [Sound, factory_with_options, functools.partial(Sound, gamma=7.0), NestedSettings])
def test_options_are_told_where_there_is_a_parameter_for_them(thing):
    options = {"alpha": 0.2, "mu": 0.5, "lam": 3.0, "kappa": 0.1, "gamma": 1.5, "focal_scale": 1.0}
    report = check_loss(thing, options=options)
    assert failed(report) == ({"no CUDA needed"} if thing is NestedSettings else set())
    assert report.notes == ()


def test_a_device_that_can_be_chosen_is_not_a_demand_for_cuda():
    class OnDevice(Sound):
        def __init__(self, class_freq, train_num, device="cuda"):
            super().__init__(torch.tensor(class_freq, device=device), train_num)

    class WhereThereIsOne(Sound):
        def __init__(self, class_freq, train_num):
            device = "cuda" if torch.cuda.is_available() else "cpu"
            super().__init__(torch.tensor(class_freq).to(device), train_num)

    assert failed(check_loss(OnDevice)) == failed(check_loss(WhereThereIsOne)) == set()


def test_on_a_gpu_a_sound_loss_follows_and_one_with_loose_constants_does_not():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    assert "the same value on" in found(check_loss(Sound), "device")
    assert failed(check_loss(broken_losses.StaysOnCpu)) == {"device"}


def test_what_cannot_be_told_is_noted():
    report = check_loss(WantsTensor)
    assert report.notes == (
        "it cannot be told alpha, beta, mu, lam, kappa, gamma, focal_scale: its own values must be those",
    )
    assert "the preset paper-coco" in found(
        check_loss(lambda counts, n_total: Sound(counts, n_total, mu=0.2, lam=2.0)), "value, float64"
    )


def test_more_arguments_win_over_guessed_ones():
    assert failed(check_loss(Sound, extra={"alpha": 0.9})) == FORMULA
    assert failed(check_loss(Sound, extra={"reduction": "sum"})) == set()
    assert failed(check_loss(Sound, extra={"reduction": "none"})) == set()
    assert failed(check_loss(functools.partial(build_loss), extra={"name": "db_focal"})) == set()


def test_a_ready_made_loss_is_checked_for_the_training_set_that_it_was_built_for():
    training_set = of_counts([40, 12, 3, 0, 50], 50)
    ready = Sound(training_set.label_counts, training_set.n_samples)
    report = check_loss(ready, training_set=training_set)
    skipped = {check.name for check in report.checks if check.outcome == "skipped"}
    assert failed(report) == set()
    assert skipped == {"reductions", "empty class", "full class"}
    with pytest.raises(CannotCheckError, match=r"for which training set\? Give --stats"):
        check_loss(ready)


def test_a_function_that_needs_no_counts_needs_no_training_set():
    report = check_loss(torch.nn.functional.binary_cross_entropy_with_logits, claims="bce")
    assert failed(report) == set()
    assert "int64 is refused" in found(report, "int and bool targets")


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (3, "an object of type int is not a loss"),
        (lambda label_counts: (1, 2), "returned a tuple, not a loss that can be called"),
        (lambda label_counts: Sound, "returned a type, not a loss"),
        (lambda label_counts: torch.zeros(()), "returned a Tensor, not a loss"),
        (lambda label_counts, flavour: 1, "asks for flavour, which check-loss cannot guess: use --set flavour="),
        (lambda: 1 / 0, r"cannot be built \(ZeroDivisionError: division by zero\); write a factory"),
        (lambda: sys.exit(3), r"cannot be built \(SystemExit: 3\)"),
    ],
)
def test_what_cannot_be_built_says_how_to_write_a_factory(thing, words):
    with pytest.raises(CannotCheckError, match=words) as caught:
        check_loss(thing)
    assert "\n" not in str(caught.value)


def test_prints_and_warnings_are_kept_out_of_the_way_and_mentioned(capfd):
    def noisy(label_counts, n_samples):
        for line in range(1000):
            sys.stdout.write(f"loading {line}\n")
        warnings.warn("old\nway", UserWarning, stacklevel=1)
        return Sound(label_counts, n_samples)

    report = check_loss(noisy)
    assert capfd.readouterr() == ("", "")
    assert report.passed
    assert "it printed 'loading 0' and" in report.notes[-1]
    assert "it warned 'old way'" in report.notes[-1]


@pytest.mark.parametrize(("counts", "n_samples"), [([], 10), ([1, 2], 1), ([3, 11], 10), ([[1]], 10), ([-1], 10)])
def test_impossible_counts_are_refused(counts, n_samples):
    with pytest.raises(ValueError, match="one number a class, from 0 to n_samples"):
        of_counts(counts, n_samples)


def test_drawn_rows_show_every_class_and_leave_no_image_empty():
    training_set = of_counts([900, 400, 90, 20, 5, 1], 1000)
    assert training_set.rows.any(0).all()
    assert training_set.rows.any(1).all()
    assert (training_set.rows.sum(1) > 1).any()


def test_the_rows_of_voc_mlt_show_every_class():
    assert TRAINING_SET.rows.any(0).all()
    assert TRAINING_SET.rows.any(1).all()
    assert (TRAINING_SET.label_counts.max(), TRAINING_SET.n_samples, TRAINING_SET.n_labels) == (775, 1142, 20)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("broken_losses", "is not package.module:Thing"),
        (":Sound", "is not package.module:Thing"),
        ("losses/broken.py:Sound", "name the module: losses.broken:Sound"),
        ("no_such_module_anywhere:Sound", "cannot be imported from .*: ModuleNotFoundError"),
        ("broken_losses:Soud", "has no Soud; it has .*BatchMeanInFocal"),
        ("broken_losses:Sound.nothing", "has no Sound.nothing"),
    ],
)
def test_a_target_that_is_not_there_is_refused_in_one_sentence(target, words):
    with pytest.raises(CannotCheckError, match=words) as caught:
        load(target)
    assert "\n" not in str(caught.value)


def test_a_nested_thing_is_found():
    assert load("broken_losses:Sound.reduced") is Sound.reduced
