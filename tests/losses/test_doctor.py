"""The doctor speaks when a setting does nothing or traps, and is silent at the published settings."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from dbl_core.losses import LOSSES, PRESETS, build_loss, preset_options
from dbl_core.losses.doctor import hints, positive_ratios

LABEL_SETS = Path(__file__).resolve().parents[2] / "data" / "voc_mlt_train_labelsets.csv"


@pytest.fixture(scope="module")
def labels():
    with LABEL_SETS.open(encoding="utf-8", newline="") as file:
        sets = [(row["labels"].split("|"), int(row["images"])) for row in csv.DictReader(file)]
    names = sorted({name for names, _ in sets for name in names})
    return np.array([[name in carried for name in names] for carried, images in sets for _ in range(images)])


@pytest.mark.parametrize("name", LOSSES)
def test_defaults_need_no_doctor(name, labels):
    """Except the published beta of cb_ntr, 0.9: to it all classes of 40 images and more are alike."""
    found = hints(name, {}, labels=labels)
    assert len(found) == (name == "cb_ntr"), found
    assert all("have the same weight within 5 %" in sentence for sentence in found)


def test_published_settings_are_silent_except_the_flat_weights_of_cb_focal(labels):
    for key, preset in PRESETS.items():
        for name in preset.losses:
            found = hints(name, preset_options(key, name), labels=labels)
            assert bool(found) == (key == "cb-db-code"), (key, name, found)


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
        ("focal", {"gamma": 0}, "focal_scale 2 only makes the loss larger"),
    ],
)
def test_a_setting_without_effect_is_named(name, options, words, labels):
    (sentence,) = hints(name, options, labels=labels)
    assert re.search(words, sentence), sentence


@pytest.mark.parametrize("name", LOSSES)
def test_extreme_options_and_labels_raise_no_warning(name, labels):
    for corner in ("minimum", "maximum"):
        options = {option.name: getattr(option, corner) for option in LOSSES[name].options if option.kind == "float"}
        for matrix in (labels, labels[:0], np.zeros((3, 2)), np.ones((3, 2)), np.eye(4)):
            assert all(isinstance(sentence, str) for sentence in hints(name, options, labels=matrix))


def test_equal_counts_are_no_fault_of_beta():
    assert hints("cb_focal", {}, labels=np.eye(6)) == ()


def test_absent_classes_are_named_where_counts_matter():
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert hints("db", {}, labels=labels, label_names=["a", "b", "c"])[-1].startswith("Without any training image: c;")
    assert hints("focal", {}, labels=labels) == ()


def test_r_of_positives_is_that_of_the_training_module(labels):
    loss = build_loss("db", label_counts=labels.sum(0), n_samples=len(labels))
    targets = torch.tensor(labels)
    ratio = loss.terms(torch.zeros(labels.shape), targets)["r"][targets].numpy()
    assert positive_ratios(labels) == pytest.approx(ratio, rel=1e-5)


def test_bad_input_is_refused(labels):
    with pytest.raises(ValueError, match="no option 'nu'"):
        hints("db", {"nu": 1}, labels=labels)
    with pytest.raises(ValueError, match="labels must have the shape"):
        hints("db", {}, labels=labels[0])
