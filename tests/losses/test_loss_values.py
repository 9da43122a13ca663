"""Values and gradients against the reference, timm, stored values and a slow re-derivation."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from slow_losses import slow_gradient, slow_values
from timm_losses import timm_loss

from dbl_core.losses import LOSSES, build_loss, check_options

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))
IN_THE_REFERENCE = ("bce", "weighted_bce", "focal", "cb_focal", "r_bce", "r_bce_focal", "db", "db_focal")
RENAMED = {
    "rw_inv": ("weighted_bce", {"power": 1.0}),
    "rw_sqrt_inv": ("weighted_bce", {"power": 0.5}),
    "cb_by_class_focal": ("cb_focal", {"beta": 0.9999, "mode": "by_class"}),
    "cb_average_w_focal": ("cb_focal", {"beta": 0.9, "mode": "average_w"}),
}


def value_and_gradient(loss, logits, targets):
    logits = torch.tensor(np.asarray(logits), dtype=torch.float64, requires_grad=True)
    value = loss(logits, torch.tensor(np.asarray(targets)))
    value.backward()
    return value.item(), logits.grad.numpy()


def assert_close(found, expected, tolerance=1e-5):
    """Relative for the value, relative to the largest entry for the gradient, as float32 weights allow."""
    assert found[0] == pytest.approx(expected[0], rel=tolerance)
    np.testing.assert_allclose(found[1], expected[1], rtol=0, atol=tolerance * np.abs(expected[1]).max())


def test_reference_file(shared_dir):
    with np.load(shared_dir / "reference" / "loss_reference.npz", allow_pickle=False) as file:
        cases = json.loads(str(file["meta"]))
        assert {RENAMED.get(case["loss"], (case["loss"],))[0] for case in cases} == set(IN_THE_REFERENCE)
        for k, case in enumerate(cases):
            name, renamed = RENAMED.get(case["loss"], (case["loss"], {}))
            given = {**case, "gamma": case["focal_gamma"], "bias": "official", **renamed}
            counts, n_samples = file[f"{case['dataset']}_class_freq"], int(file[f"{case['dataset']}_num_images"])
            options = {key: given[key] for key in LOSSES[name].defaults}
            loss = build_loss(name, label_counts=counts, n_samples=n_samples, **options)
            found = value_and_gradient(loss, file[f"logits_{k}"], file[f"targets_{k}"])
            assert_close(found, (case["value"], file[f"grad_{k}"]))


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["loss"])
def test_stored_values(case):
    loss = build_loss(
        case["loss"], label_counts=GOLDEN["label_counts"], n_samples=GOLDEN["n_samples"], **case["options"]
    )
    found = value_and_gradient(loss, GOLDEN["logits"], GOLDEN["targets"])
    assert_close(found, (case["value"], np.array(case["gradient"])), 1e-6)


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(5)
    counts = np.array([700, 330, 90, 33, 21, 7, 2])
    targets = rng.random((30, 7)) < 0.3
    targets[~targets.any(1), 0] = True
    return counts, rng.normal(0, 4, targets.shape), targets


def random_options(name, rng):
    """Any point of the sliders."""
    return {
        option.name: str(rng.choice(option.choices))
        if option.kind == "choice"
        else rng.uniform(option.low, option.high)
        for option in LOSSES[name].options
    }


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", range(3))
def test_slow_rederivation(name, seed, sample):
    counts, logits, targets = sample
    options = check_options(name, random_options(name, np.random.default_rng(seed)))
    if "focus_gradient" in options:  # a detached gradient is no derivative of the value; tested on its own
        options["focus_gradient"] = "full"
    loss = build_loss(name, label_counts=counts, n_samples=1000, **options)
    given = {"counts": counts, "n_samples": 1000, "options": options}
    expected = slow_values(name, logits, targets, **given).mean(), slow_gradient(name, logits, targets, **given)
    assert_close(value_and_gradient(loss, logits, targets), expected)


@pytest.mark.parametrize("name", ["r_bce", "r_bce_focal", "db", "db_focal"])
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_timm(name, soft, sample):
    counts, logits, targets = sample
    targets = targets.astype(float)
    if soft:
        targets = 0.7 * targets + 0.3 * targets[::-1]
    ours = check_options(name, {})
    theirs = timm_loss("distribution_balanced_loss", "DistributionBalancedLoss")(
        counts.tolist(),
        1000,
        map_alpha=ours["alpha"],
        map_beta=ours["beta"],
        map_mu=ours["mu"],
        neg_scale=ours.get("lam", 1.0),
        init_bias=ours.get("kappa", 0.0),
        focal_gamma=ours.get("gamma", 0.0),
        focal_balance=ours.get("focal_scale", 1.0),
    )
    found = value_and_gradient(build_loss(name, label_counts=counts, n_samples=1000, **ours), logits, targets)
    assert_close(found, value_and_gradient(theirs, logits, targets))


@pytest.mark.parametrize("name", LOSSES)
def test_gradcheck(name, sample):
    counts, logits, targets = sample
    loss = build_loss(name, label_counts=counts, n_samples=1000, reduction="none")
    logits = torch.tensor(logits[:4], requires_grad=True)
    targets = torch.tensor(targets[:4], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: loss(x, targets), (logits,), eps=1e-6, atol=1e-6)
