"""What must be equal when a term is switched off."""

import numpy as np
import pytest
import torch
from five_classes import COUNTS, N_SAMPLES, build
from torch.nn.functional import binary_cross_entropy_with_logits

from dbl_core.losses import LOSSES, build_loss

FLAT = {"alpha": 0.5, "beta": 0.0}


def cells(name, logits, targets, **options):
    return build(name, "none", **options)(logits, targets)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("bce", {}),
        ("weighted_bce", {"power": 0}),
        ("focal", {"gamma": 0, "focal_scale": 1}),
        ("cb_focal", {"beta": 0, "gamma": 0, "focal_scale": 1}),
        ("r_bce", FLAT),
        ("r_bce_focal", {**FLAT, "gamma": 0, "focal_scale": 1}),
        ("ntr", {"lam": 1, "kappa": 0}),
        ("ntr_focal", {"lam": 1, "kappa": 0, "gamma": 0, "focal_scale": 1}),
        ("db", {**FLAT, "lam": 1, "kappa": 0}),
        ("db_focal", {**FLAT, "lam": 1, "kappa": 0, "gamma": 0, "focal_scale": 1}),
        ("asl", {"gamma_pos": 0, "gamma_neg": 0, "clip": 0}),
        ("mfm", {"gamma_pos": 0, "gamma_neg": 0, "tail_pos": 0, "tail_neg": 0, "clip": 0}),
        ("poly", {"epsilon": 0, "gamma": 0}),
        ("ldam", {"max_margin": 0}),
        ("logit_adjust", {"tau": 0}),
        ("cb_ntr", {"beta": 0, "lam": 1, "kappa": 0, "gamma": 0, "focal_scale": 1}),
    ],
)
def test_every_loss_with_its_terms_off_is_bce(name, options, batch):
    expected = binary_cross_entropy_with_logits(*batch, reduction="none")
    torch.testing.assert_close(cells(name, *batch, **options), expected, rtol=2e-6, atol=1e-6)


def test_the_list_above_is_complete():
    parametrized = test_every_loss_with_its_terms_off_is_bce.pytestmark[0].args[1]
    never_bce = {"hill", "ral", "two_way", "zlpr"}  # whatever their options
    assert {name for name, _ in parametrized} == set(LOSSES) - never_bce


def test_focal_with_gamma_0_is_its_scale_times_bce(batch):
    torch.testing.assert_close(cells("focal", *batch, gamma=0, focal_scale=3), 3 * cells("bce", *batch))


@pytest.mark.parametrize("suffix", ["", "_focal"])
def test_db_is_the_weight_of_r_bce_on_ntr(suffix, batch):
    weight = build("r_bce").terms(*batch)["weight"]
    torch.testing.assert_close(cells(f"db{suffix}", *batch), weight * cells(f"ntr{suffix}", *batch))


@pytest.mark.parametrize("name", ["ntr", "ntr_focal", "db", "db_focal"])
def test_the_two_forms_of_the_bias_agree_at_lambda_1_only(name, batch):
    official, paper = (cells(name, *batch, lam=1, bias=bias) for bias in ("official", "paper"))
    torch.testing.assert_close(official, paper)
    official, paper = (cells(name, *batch, lam=5, bias=bias) for bias in ("official", "paper"))
    assert not torch.allclose(official, paper)


def test_the_paper_form_is_the_official_one_with_lambda_times_kappa(batch):
    torch.testing.assert_close(
        cells("db", *batch, lam=5, kappa=0.05, bias="paper"), cells("db", *batch, lam=5, kappa=0.25, bias="official")
    )


def test_class_balanced_weights_reach_the_inverse_count_as_beta_reaches_1(batch):
    options = {"gamma": 0, "focal_scale": 1}
    near_one = cells("cb_focal", *batch, beta=0.9999999, **options)
    torch.testing.assert_close(near_one, cells("bce", *batch) / torch.tensor(COUNTS), rtol=1e-4, atol=1e-9)


def test_average_w_is_by_class_for_an_images_only_label():
    logits, targets = torch.randn(5, 5), torch.eye(5)
    by_class, average = (cells("cb_focal", logits, targets, beta=0.9, mode=m) for m in ("by_class", "average_w"))
    torch.testing.assert_close(by_class.diagonal(), average.diagonal())


@pytest.mark.parametrize("name", LOSSES)
def test_soft_targets_of_0_and_1_are_hard_targets_and_types_do_not_matter(name, batch):
    logits, targets = batch
    expected = cells(name, logits, targets)
    for kind in (torch.bool, torch.uint8, torch.int64, torch.float64, torch.float16):
        torch.testing.assert_close(cells(name, logits, targets.to(kind)), expected, rtol=0, atol=0)


def test_a_soft_target_mixes_the_terms_of_a_positive_and_a_negative(batch):
    logits, _ = batch
    ones, zeros = torch.ones_like(logits), torch.zeros_like(logits)
    for name in ("focal", "ntr_focal"):
        mixed = 0.3 * cells(name, logits, ones) + 0.7 * cells(name, logits, zeros)
        torch.testing.assert_close(cells(name, logits, 0.3 * ones), mixed)


def test_label_counts_may_be_any_sequence(batch):
    read_only = np.array(COUNTS, dtype=np.int32)
    read_only.setflags(write=False)
    values = [
        build_loss("db_focal", label_counts=counts, n_samples=N_SAMPLES)(*batch).item()
        for counts in (COUNTS, tuple(COUNTS), read_only, torch.tensor(COUNTS))
    ]
    assert len(set(values)) == 1
