"""Starting values on the label sets of the paper, near what its authors found, and sane everywhere else."""

import numpy as np
import pytest

from dbl_core.losses import LOSSES, check_options
from dbl_core.losses.doctor import hints
from dbl_core.losses.starting_values import NO_RULE, starting_values


def values(name, labels, **named):
    return {start.option: start.value for start in starting_values(name, labels=labels, **named)}


def reason(name, option, labels):
    return next(start.reason for start in starting_values(name, labels=labels) if start.option == option)


def test_voc_mlt_starts_near_the_authors_settings(voc_labels):
    assert values("db_focal", voc_labels) == {
        **{"alpha": 0.1, "beta": 10.0, "mu": 0.43, "lam": 5.0, "kappa": 0.05},
        **{"bias": "official", "gamma": 2.0, "focal_scale": 2.0},
    }
    assert "mean (0.49) and the median (0.38)" in reason("db", "mu", voc_labels)
    assert "89.7 % of your cells are negative, 8.74 for every positive" in reason("db", "lam", voc_labels)
    assert "5.7 of a logit" not in reason("db", "kappa", voc_labels)
    assert "0.28 of a logit" in reason("db", "kappa", voc_labels)


def test_coco_mlt_starts_near_the_authors_settings(coco_labels):
    found = values("db_focal", coco_labels)
    assert (found["mu"], found["lam"], found["kappa"]) == (0.18, 2.0, 0.05)
    assert "mean (0.23) and the median (0.12)" in reason("db", "mu", coco_labels)


def test_lambda_falls_with_the_share_of_negatives_between_what_was_published():
    found = []
    for n_labels in (3, 6, 12, 20, 24, 27, 32, 40, 100):
        labels = np.zeros((400, n_labels), dtype=bool)
        labels[:, 0] = True
        labels[:200, 1] = True
        found.append(values("ntr", labels)["lam"])
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (5.0, 2.0)
    assert 2 < found[4] < 5


def test_mu_falls_as_labels_per_image_rise():
    generator = np.random.default_rng(0)
    found = []
    for density in (0.02, 0.1, 0.3, 0.6):
        labels = generator.random((500, 20)) < density
        labels[np.arange(500), generator.integers(20, size=500)] = True
        found.append(values("r_bce", labels)["mu"])
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.8  # the text study took 0.9 at 1.24 labels an image
    assert found[-1] < 0.1  # and 0.05 at 12.3


def test_the_effective_number_is_that_of_the_largest_class(voc_labels):
    assert values("cb_focal", voc_labels)["beta"] == pytest.approx(774 / 775, abs=1e-6)
    assert "n = 775" in reason("cb_focal", "beta", voc_labels)
    assert "123 to 1" in reason("cb_focal", "beta", voc_labels)


@pytest.mark.parametrize("name", LOSSES)
def test_every_option_has_a_value_a_reason_and_a_source(name, voc_labels):
    found = starting_values(name, labels=voc_labels)
    assert [start.option for start in found] == [option.name for option in LOSSES[name].options]
    chosen = {start.option: start.value for start in found}
    assert check_options(name, chosen) == chosen
    for start in found:
        assert start.source
        assert (start.reason == NO_RULE) == (not start.from_data)
        assert start.from_data or start.value == LOSSES[name].defaults[start.option]
    if LOSSES[name].native_reduction == "mean":
        assert hints(name, chosen, labels=voc_labels) == ()


@pytest.mark.parametrize("name", LOSSES)
def test_counts_alone_give_values_too(name, voc_labels):
    found = starting_values(name, label_counts=voc_labels.sum(0), n_samples=len(voc_labels))
    assert {start.option: start.value for start in found} == values(name, voc_labels) | (
        {"mu": 0.49} if "mu" in LOSSES[name].defaults else {}
    )


@pytest.mark.parametrize("name", LOSSES)
def test_odd_label_sets_give_allowed_values_without_a_warning(name):
    for labels in (np.zeros((0, 3)), np.zeros((4, 2)), np.ones((4, 2)), np.eye(5), np.ones((2, 1))):
        chosen = values(name, labels)
        assert check_options(name, chosen) == chosen
