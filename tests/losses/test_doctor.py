"""The doctor speaks when a setting does nothing or traps, and is silent at the published settings."""

import re

import numpy as np
import pytest
import torch

from dbl_core.losses import LOSSES, PRESETS, build_loss, check_options, preset_options
from dbl_core.losses.doctor import Hint, hints, pair_hint, positive_ratios

SUMMED = {name for name, about in LOSSES.items() if about.native_reduction == "sum"}


@pytest.fixture(scope="module")
def labels(voc_labels):
    return voc_labels


def sentences(*arguments, **named):
    return tuple(hint.sentence for hint in hints(*arguments, **named))


@pytest.mark.parametrize("name", LOSSES)
def test_defaults_need_no_doctor(name, labels):
    """But a full inverse frequency is a larger learning rate, and what its authors sum the lab averages.

    The published beta of cb_ntr, 0.9, makes all classes of 40 images and more alike.
    """
    found = sentences(name, {}, labels=labels)
    odd = {"weighted_bce": "The mean weight is 74", "cb_ntr": "have the same weight within 5 %"}
    odd |= dict.fromkeys(SUMMED, "The authors' code sums over")
    assert len(found) == (name in odd), found
    assert all(odd[name] in sentence for sentence in found)


def oddities(name, options):
    """What must be said of a published setting on VOC-MLT, and nothing else."""
    odd = ["The authors' code sums over"] if name in SUMMED else []
    odd += ["learning rate 74 times as large"] if options.get("power") == 1 else []
    return odd + (["same weight within 5 %"] if options.get("beta") == 0.9 else [])


def test_published_settings_are_silent_except_where_they_are_odd(labels):
    for key, preset in PRESETS.items():
        for name in preset.losses if key != "off" else ():
            options = preset_options(key, name)
            found, odd = sentences(name, options, labels=labels), oddities(name, options)
            assert len(found) == len(odd), (key, name, found)
            assert all(any(words in sentence for sentence in found) for words in odd), (key, name, found)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("db", {"alpha": 9}, r"from 9\.0\d to 10, so re-balancing changes next to nothing; lower alpha \(9\) towards"),
        ("db", {"beta": 0}, "from 0.6 to 0.6, so re-balancing changes next to nothing; raise beta"),
        ("r_bce", {"mu": 10}, r"lower mu \(10\) towards 0.3"),
        ("r_bce", {"alpha": 10, "beta": 0.1, "mu": 10}, "go back to alpha 0.1, beta 10 and mu 0.3"),
        ("r_bce_focal", {"mu": 1.1}, "mu 1.1 lies above the r of every positive"),
        ("db_focal", {"mu": 0}, "mu 0 lies below the r of every positive"),
        ("ntr", {"lam": 1, "kappa": 0}, "switch the tolerance off"),
        ("ntr_focal", {"lam": 0.5}, "lambda 0.5 is below 1"),
        ("ntr", {"kappa": 0.005}, "which bias official divides by lambda: kappa 0.005 has no effect"),
        ("cb_focal", {"beta": 0}, "at most 1 images, and even the rarest"),
        ("cb_focal", {"beta": 0.9}, r"\d+ of 20 classes, all from \d+ images on, have the same weight within 5 %"),
        ("weighted_bce", {"power": 0}, "plain cross-entropy"),
        ("weighted_bce", {"power": 0.9}, r"mean weight is \d+.*with 0\.5 the mean is 7\.18"),
        ("focal", {"gamma": 0, "focal_scale": 1}, "gamma 0 switches focusing off; this is bce"),
        ("db_focal", {"gamma": 0, "focal_scale": 1}, "this is db"),
        ("db_focal", {"focal_scale": 10}, r"factor is 2\.5 .*learning rate 2\.5 times.*focal_scale 4 starts"),
        ("logit_adjust", {"tau": 0}, "tau 0 leaves nothing of this loss"),
        ("ldam", {"max_margin": 0}, "it is plain cross-entropy"),
        ("focal", {"gamma": 5}, r"factor is 0\.0625 .* focal_scale 32 starts"),
    ],
)
def test_a_setting_without_effect_is_named_and_its_button_repairs_it(name, options, words, labels):
    (hint,) = hints(name, options, labels=labels)
    assert re.search(words, hint.sentence), hint.sentence
    assert hint.label
    cured = {} if hint.loss else check_options(name, options)
    assert hints(hint.loss or name, cured | hint.repair, labels=labels) == ()


@pytest.mark.parametrize("name", LOSSES)
def test_extreme_options_and_labels_raise_no_warning(name, labels):
    for corner in ("minimum", "maximum"):
        options = {option.name: getattr(option, corner) for option in LOSSES[name].options if option.kind == "float"}
        for matrix in (labels, labels[:0], np.zeros((3, 2)), np.ones((3, 2)), np.eye(4)):
            assert all(isinstance(hint, Hint) for hint in hints(name, options, labels=matrix))


def test_equal_counts_are_no_fault_of_beta():
    assert hints("cb_focal", {}, labels=np.eye(6)) == ()


def test_absent_classes_are_named_where_counts_matter():
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert sentences("db", {}, labels=labels, label_names=["a", "b", "c"])[-1].startswith(
        "Without any training image: c;"
    )
    assert hints("focal", {}, labels=labels) == ()


def test_two_traps_in_one_setting_are_both_named(labels):
    found = sentences("focal", {"gamma": 0}, labels=labels)
    assert len(found) == 1
    assert "focal_scale 2 only makes the loss larger" in found[0]
    tolerance, focal = hints("db_focal", {"lam": 1, "kappa": 0, "gamma": 0, "focal_scale": 1}, labels=labels)
    assert tolerance.repair == {"lam": 5.0, "kappa": 0.05}
    assert (focal.loss, focal.label) == ("db", "Take db instead")
    assert set(focal.repair) == set(LOSSES["db"].defaults)


@pytest.mark.parametrize("name", LOSSES)
def test_counts_alone_say_what_depends_on_counts(name, labels):
    options = {option.name: option.minimum for option in LOSSES[name].options if option.kind == "float"}
    counts = {"label_counts": labels.sum(0), "n_samples": len(labels)}
    of_rows, of_counts = hints(name, options, labels=labels), hints(name, options, **counts)
    assert [hint for hint in of_rows if "r of every positive" not in hint.sentence and "All positives" not in
            hint.sentence] == list(of_counts)  # fmt: skip


def test_sums_of_the_authors_are_translated_into_a_learning_rate(labels):
    for name in SUMMED:
        factor = {"cell": "640", "image": "32", "batch": "1"}[LOSSES[name].unit]
        assert f"must be {factor} times as large" in sentences(name, {}, labels=labels)[0]


def test_totals_are_not_compared_where_sizes_differ():
    hint = pair_hint(["db", "bce"], [0.1, 0.7])
    assert "a factor of 7" in hint.sentence
    assert hint.relative
    assert pair_hint(["db", "bce"], [0.6, 0.7]) is None
    assert pair_hint(["db", "bce"], [None, 0.7]) is None
    assert pair_hint(["db"], [0.1]) is None


def test_r_of_positives_is_that_of_the_training_module(labels):
    loss = build_loss("db", label_counts=labels.sum(0), n_samples=len(labels))
    targets = torch.tensor(labels)
    ratio = loss.terms(torch.zeros(labels.shape), targets)["r"][targets].numpy()
    assert positive_ratios(labels) == pytest.approx(ratio, rel=1e-5)
    assert positive_ratios(labels).mean() == pytest.approx(len(labels) / labels.sum())  # one over labels an image


def test_bad_input_is_refused(labels):
    with pytest.raises(ValueError, match="no option 'nu'"):
        hints("db", {"nu": 1}, labels=labels)
    with pytest.raises(ValueError, match="labels must have the shape"):
        hints("db", {}, labels=labels[0])
    with pytest.raises(ValueError, match="give either labels, or label_counts together with n_samples"):
        hints("db", {}, label_counts=[3, 4])
    with pytest.raises(ValueError, match=r"from 0 to n_samples \(3\)"):
        hints("db", {}, label_counts=[3, 4], n_samples=3)
