"""The fused form of the Distribution-Balanced family is the plain form: value and gradient, whatever comes in."""

import numpy as np
import pytest
import torch
from plain_losses import FAMILY, plain_cells

from dbl_core.losses import LOSSES, build_loss, check_options
from dbl_core.losses.distribution_balanced import _are_hard

COUNTS, N_SAMPLES, N_LABELS = [700, 330, 90, 33, 21, 7, 2, 0, 1000], 1000, 9
GIVEN = {"counts": COUNTS, "n_samples": N_SAMPLES}
EXACT = 2e-6  # the class constants are float32 in float64 too
TOLERANCES = {torch.float64: EXACT, torch.float32: 1e-4}


def build(name, reduction="none", **options):
    return build_loss(name, label_counts=COUNTS, n_samples=N_SAMPLES, reduction=reduction, **options)


def random_options(name, rng):
    """Any point of the sliders."""
    options = {
        option.name: str(rng.choice(option.choices))
        if option.kind == "choice"
        else float(np.float32(rng.uniform(option.low, option.high)))
        for option in LOSSES[name].options
    }
    return check_options(name, options)


def batch(rng, *, soft=False, shape=(12, N_LABELS)):
    """Logits with some of +-90, targets with an empty and a full row."""
    logits = rng.normal(0, 4, shape)
    logits.flat[:: max(logits.size // 8, 1)] = 90
    logits.flat[1 :: max(logits.size // 8, 1)] = -90
    targets = (rng.random(shape) < 0.3).astype(float)
    targets[..., 0, :], targets[..., 1, :] = 0, 1
    if soft:
        targets = np.where(rng.random(shape) < 0.5, rng.random(shape), targets)
    return torch.tensor(logits), torch.tensor(targets)


def value_and_gradient(loss, logits, upstream):
    logits = logits.detach().clone().requires_grad_()
    value = loss(logits)
    return value.detach(), torch.autograd.grad(value, logits, upstream.to(value.dtype))[0]


def assert_equal(found, expected, tolerance):
    """Relative to each entry, and absolutely to the part of the largest one that cannot matter."""
    for ours, theirs in zip(found, expected, strict=True):
        largest = theirs.abs().max().item()
        torch.testing.assert_close(ours.double(), theirs.double(), rtol=tolerance, atol=1e-3 * tolerance * largest)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_fused_is_plain(name, soft, dtype, seed):
    rng = np.random.default_rng([seed, FAMILY.index(name)])
    options = random_options(name, rng) if seed else check_options(name, {})
    logits, targets = batch(rng, soft=soft)
    logits, targets = logits.to(dtype), targets.to(dtype)
    upstream = torch.tensor(rng.normal(size=logits.shape))
    loss = build(name, **options)
    found = value_and_gradient(lambda z: loss(z, targets), logits, upstream)
    assert found[0].dtype == found[1].dtype == dtype
    expected = value_and_gradient(
        lambda z: plain_cells(name, z, targets, options=options, **GIVEN), logits.double(), upstream
    )
    assert_equal(found, expected, TOLERANCES[dtype])


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
@pytest.mark.parametrize("shape", [(12, N_LABELS), (3, 4, N_LABELS), (2, 3, 4, N_LABELS)])
def test_every_reduction_is_that_of_the_values(name, soft, shape):
    rng = np.random.default_rng(len(shape))
    logits, targets = batch(rng, soft=soft, shape=shape)
    options = check_options(name, {})

    def cells(z):
        return plain_cells(name, z, targets, options=options, **GIVEN)

    cases = {
        "mean": (build(name, "mean"), lambda z: cells(z).mean()),
        "sum": (build(name, "sum"), lambda z: cells(z).sum()),
        "none": (build(name, "none"), cells),
        "batches": (build(name).batch_means, lambda z: cells(z).mean((-2, -1))),
    }
    for fused, plain in cases.values():
        upstream = torch.tensor(rng.normal(size=plain(logits).shape))
        found = value_and_gradient(lambda z, fused=fused: fused(z, targets), logits, upstream)
        assert_equal(found, value_and_gradient(plain, logits, upstream), EXACT)


@pytest.mark.parametrize("name", FAMILY)
def test_one_soft_cell_among_many_hard_ones_is_soft(name):
    rng = np.random.default_rng(2)
    logits, targets = batch(rng)
    targets[5, 3] = 0.01
    found = build(name)(logits, targets)
    assert_equal([found], [plain_cells(name, logits, targets, options=check_options(name, {}), **GIVEN)], EXACT)


@pytest.mark.parametrize("value", [1e-30, 1e-6, 0.5, 1 - 2**-24, float("nan")])
def test_no_value_between_0_and_1_is_overlooked(value):
    targets = torch.zeros(600, 1200)
    targets[::7] = 1
    assert _are_hard(targets)
    targets[300, 700] = value
    assert not _are_hard(targets)
    assert _are_hard(targets.bool())


@pytest.mark.parametrize("name", FAMILY)
def test_where_the_targets_cannot_be_looked_at_both_sides_are_computed(name, monkeypatch):
    """What a GPU and a compiled loss do, on hard targets."""
    logits, targets = batch(np.random.default_rng(3))
    loss, upstream = build(name, "sum"), torch.ones(())
    expected = value_and_gradient(lambda z: loss(z, targets), logits, upstream)
    monkeypatch.setattr("dbl_core.losses.distribution_balanced._are_hard", lambda targets: False)
    assert_equal(value_and_gradient(lambda z: loss(z, targets), logits, upstream), expected, 1e-12)


@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_memory_layout_does_not_matter(soft):
    logits, targets = batch(np.random.default_rng(4), soft=soft)
    loss, upstream = build("db_focal"), torch.ones(logits.shape)
    expected = value_and_gradient(lambda z: loss(z, targets), logits, upstream)
    for strided in (lambda x: x.T.contiguous().T, lambda x: torch.stack([x, x], -1)[..., 0]):
        assert not strided(logits).is_contiguous()
        found = value_and_gradient(lambda z, strided=strided: loss(strided(z), strided(targets)), logits, upstream)
        assert_equal(found, expected, 1e-12)
    broadcast = value_and_gradient(lambda z: loss(z, targets[:1].expand_as(targets)), logits, upstream)
    assert_equal(broadcast, value_and_gradient(lambda z: loss(z, targets[:1].repeat(12, 1)), logits, upstream), 1e-12)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_gradcheck_with_options_off_the_beaten_track(name, soft):
    rng = np.random.default_rng(5)
    logits, targets = batch(rng, soft=soft, shape=(4, N_LABELS))
    logits = logits.clamp(-6, 6).requires_grad_()
    loss = build(name, **random_options(name, rng))
    assert torch.autograd.gradcheck(lambda z: loss(z, targets), (logits,))
    assert torch.autograd.gradcheck(lambda z: loss.batch_means(z, targets), (logits,))


def test_the_gradient_can_be_asked_for_twice_and_scaled():
    logits, targets = batch(np.random.default_rng(6))
    logits.requires_grad_()
    value = build("db_focal", "mean")(logits, targets)
    (first,) = torch.autograd.grad(value, logits, retain_graph=True)
    (second,) = torch.autograd.grad(value, logits, torch.tensor(3.0, dtype=torch.float64))
    torch.testing.assert_close(second, 3 * first)


def test_a_second_derivative_is_refused_instead_of_wrong():
    logits, targets = batch(np.random.default_rng(7))
    logits.requires_grad_()
    with pytest.raises(RuntimeError, match="no second derivative"):
        torch.autograd.grad(build("db", "mean")(logits, targets), logits, create_graph=True)


def test_targets_get_no_gradient():
    logits, targets = batch(np.random.default_rng(8), soft=True)
    targets.requires_grad_()
    build("db_focal", "mean")(logits.requires_grad_(), targets).backward()
    assert targets.grad is None


def test_nan_in_a_target_is_not_taken_for_hard():
    logits, targets = batch(np.random.default_rng(9))
    targets[3, 3] = float("nan")
    assert build("bce")(logits, targets)[3, 3].isnan()


@pytest.mark.parametrize("name", FAMILY)
def test_terms_rebuild_the_loss_and_its_gradient(name):
    """What the Loss Lab writes beside a cell is what trains: the terms multiply to the loss, gradient included."""
    logits, targets = batch(np.random.default_rng(10))
    logits.requires_grad_()
    loss = build(name)
    terms = loss.terms(logits, targets)
    step = torch.where(targets == 1, -1.0, check_options(name, {}).get("lam", 1.0))
    plain = terms["weight"] * terms["focal"] * torch.nn.functional.softplus(step * terms["shifted"]) / step.abs()
    upstream = torch.ones_like(logits)
    (expected,) = torch.autograd.grad(plain, logits, upstream)
    (found,) = torch.autograd.grad(terms["loss"], logits, upstream)
    assert_equal([terms["loss"], found], [plain, expected], 1e-6)
