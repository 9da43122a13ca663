"""How the battery builds somebody's own loss: from a class, a factory, a function, or by its name."""

import functools
import sys
import warnings

import broken_losses
import numpy as np
import pytest
import torch
from broken_losses import FORMULA, Sound
from check_reports import failed, found

from dbl_core.losses import build_loss
from dbl_core.losses.conformance import CannotCheckError, check_loss, load, of_counts


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
