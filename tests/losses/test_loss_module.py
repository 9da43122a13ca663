"""The losses as torch modules: precision, state, shapes, compilation, terms."""

import copy

import pytest
import torch
from five_classes import N_SAMPLES, build

from dbl_core.losses import LOSSES, build_loss


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(name, dtype, batch):
    logits, targets = batch[0].to(dtype), batch[1].to(dtype)
    expected = build(name)(logits.float(), targets.float())
    loss = build(name).to(dtype)
    assert all(buffer.dtype == torch.float32 for buffer in loss.buffers())
    logits.requires_grad_()
    value = loss(logits, targets)
    value.backward()
    assert value.dtype == torch.float32
    assert value == expected
    assert logits.grad.dtype == dtype
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(build(name)(batch[0], batch[1]), build(name)(*batch))


@pytest.mark.parametrize("name", LOSSES)
def test_constants_are_buffers_and_travel_with_a_copy(name, batch):
    loss = build(name)
    assert not list(loss.parameters())
    assert torch.equal(copy.deepcopy(loss)(*batch), loss(*batch))
    other = build_loss(name, label_counts=[1] * 5, n_samples=N_SAMPLES)
    other.load_state_dict(loss.state_dict())
    assert torch.equal(other(*batch), loss(*batch))


@pytest.mark.parametrize("name", LOSSES)
def test_to_another_device_takes_every_constant_along(name):
    loss = build(name).to("meta")
    assert loss(torch.empty(3, 5, device="meta"), torch.empty(3, 5, device="meta")).device.type == "meta"


@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype:UserWarning")
def test_on_a_gpu_nothing_waits_for_the_device(batch):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    logits, targets = (tensor.cuda() for tensor in batch)
    logits.requires_grad_()
    for name in LOSSES:
        loss = build(name).cuda()
        torch.cuda.set_sync_debug_mode("error")
        try:
            value = loss(logits, targets)
            value.backward()
        finally:
            torch.cuda.set_sync_debug_mode("default")
        torch.testing.assert_close(value.cpu(), build(name)(*batch))


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # torch warns of its own doing
@pytest.mark.filterwarnings("ignore:.*script_method. is deprecated:DeprecationWarning")  # torch 2.11 does too
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiles_without_a_graph_break(name, backend, batch):
    torch.compiler.reset()
    loss = build(name)
    compiled = torch.compile(loss, fullgraph=True, backend=backend)
    torch.testing.assert_close(compiled(*batch), loss(*batch))
    logits = batch[0].clone().requires_grad_()
    (expected,) = torch.autograd.grad(loss(logits, batch[1]), logits)
    (found,) = torch.autograd.grad(compiled(logits, batch[1]), logits)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", LOSSES)
def test_forward_and_terms_are_the_same_computation(name, batch):
    terms = build(name).terms(*batch)
    values = build(name, "none")(*batch)
    missing = (None,) * (batch[0].ndim - values.ndim)
    assert torch.equal(terms["loss"], values[(..., *missing)].expand_as(batch[0]))
    assert {"weight", "nu", "shifted", "focal", "loss"} <= set(terms)
    assert ("r" in terms) == ("mu" in LOSSES[name].defaults)
    assert all(values.shape == batch[0].shape for values in terms.values())
    torch.testing.assert_close(terms["weight"], build(name).weights(batch[1]))


def test_terms_rebuild_the_loss(batch):
    terms = build("db_focal").terms(*batch)
    sign = torch.where(batch[1] == 1, -1.0, 5.0)
    plain = torch.nn.functional.softplus(sign * terms["shifted"]) / sign.abs()
    torch.testing.assert_close(terms["weight"] * terms["focal"] * plain, terms["loss"], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(terms["shifted"], batch[0] - terms["nu"])
    torch.testing.assert_close(terms["weight"], 0.1 + torch.sigmoid(10 * (terms["r"] - 0.3)))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_an_empty_batch_gives_0_and_moves_nothing(name, reduction):
    logits = torch.zeros(0, 5, requires_grad=True)
    value = build(name, reduction)(logits, torch.zeros(0, 5))
    value.backward()
    assert value == 0


def test_leading_axes_are_independent_batches(batch):
    loss = build("db_focal", "none")
    stacked = loss(torch.stack([batch[0], -batch[0]]), batch[1].expand(2, -1, -1))
    torch.testing.assert_close(stacked[1], loss(-batch[0], batch[1]))


@pytest.mark.parametrize("shapes", [((4, 5), (4, 6)), ((4, 6), (4, 6)), ((4, 5), (5,)), ((4, 5), (1, 5)), ((), ())])
def test_shapes_that_do_not_fit_are_refused_in_one_sentence(shapes):
    with pytest.raises(ValueError, match=r"both have the shape \(n_samples, 5\), not") as caught:
        build("db")(*(torch.zeros(shape) for shape in shapes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("counts", "n_samples", "words"),
    [
        ([3, -1], 10, "label 1 has -1"),
        ([3, 11], 10, "label 1 has 11"),
        ([float("nan"), 1], 10, "label 0 has nan"),
        ([], 10, "one number a label"),
        ([[1, 2]], 10, "one number a label"),
        ([1, 1], 1, "n_samples must be at least 2"),
        ([1, 1], float("nan"), "n_samples must be at least 2"),
    ],
)
def test_impossible_counts_are_refused(counts, n_samples, words):
    with pytest.raises(ValueError, match=words):
        build_loss("bce", label_counts=counts, n_samples=n_samples)


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match=r"one of mean, sum, none, not 'average'"):
        build("bce", "average")


def test_a_module_prints_its_settings():
    assert "reduction='sum'" in repr(build("db_focal", "sum"))
