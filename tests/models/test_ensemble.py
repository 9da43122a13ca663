"""A stack of heads is the heads: their weights, their logits, their gradients, each for itself."""

import pytest
import torch

from dbl_core.models import MultiLabelHead
from dbl_core.models.ensemble import HeadStack

N_FEATURES, N_LABELS, HIDDEN, ROWS = 6, 3, 8, 5


def heads(count: int = 3) -> list[MultiLabelHead]:
    return [
        MultiLabelHead(N_FEATURES, N_LABELS, hidden=HIDDEN, generator=torch.Generator().manual_seed(seed))
        for seed in range(count)
    ]


def batch(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def autograd(
    head: MultiLabelHead, inputs: torch.Tensor, weight: torch.Tensor, mask: torch.Tensor
) -> list[torch.Tensor]:
    """Gradients of sum(weight * logits) in the order of a stack's parameters, by torch itself."""
    hidden = head[1](head[0](inputs)) * mask
    (head[3](hidden) * weight).sum().backward()
    first, first_bias, last, last_bias = (parameter.grad for parameter in head.parameters())
    return [first.T, first_bias[None], last.T, last_bias[None]]


def test_weights_are_copied_and_come_back_bit_for_bit():
    originals = heads()
    stack = HeadStack(originals)
    for number, head in enumerate(originals):
        for name, tensor in head.state_dict().items():
            assert torch.equal(stack.state_dict(number)[name], tensor), name
    stack.parameters[0].zero_()
    assert originals[0][0].weight.abs().sum() > 0


def test_an_exported_head_gives_the_same_logits():
    stack = HeadStack(heads())
    inputs = batch(ROWS, N_FEATURES)
    logits = stack.predict(inputs)
    for number in range(3):
        alone = MultiLabelHead(N_FEATURES, N_LABELS, hidden=HIDDEN).eval()
        alone.load_state_dict(stack.state_dict(number))
        assert torch.allclose(alone(inputs), logits[number], atol=1e-6)
    assert torch.allclose(stack.forward(inputs.expand(3, -1, -1)).logits, logits, atol=1e-6)


def test_more_rows_than_are_held_at_once(monkeypatch):
    stack, inputs = HeadStack(heads()), batch(ROWS, N_FEATURES)
    whole = stack.predict(inputs)
    monkeypatch.setattr("dbl_core.models.ensemble.EVALUATION_ROWS", 2)
    assert torch.allclose(stack.predict(inputs), whole, atol=1e-6)


@pytest.mark.parametrize("shared", [True, False])
def test_gradients_are_those_of_autograd(shared):
    originals = heads()
    stack = HeadStack(originals)
    inputs = batch(ROWS, N_FEATURES).expand(3, -1, -1) if shared else batch(3, ROWS, N_FEATURES)
    weight = batch(3, ROWS, N_LABELS, seed=1)
    mask = 2 * batch(1 if shared else 3, ROWS, HIDDEN, seed=2).gt(0).float()
    gradient = stack.gradient(stack.forward(inputs, mask), weight.clone())
    products = [torch.bmm(left.mT, right) for left, right in gradient.factors]
    for number, head in enumerate(originals):
        expected = autograd(head, inputs[number], weight[number], mask.expand(3, -1, -1)[number])
        for product, wanted in zip(products, expected, strict=True):
            assert torch.allclose(product[number], wanted, atol=1e-6)
        norm = torch.stack([tensor.square().sum() for tensor in expected]).sum().sqrt()
        assert gradient.norm()[number] == pytest.approx(float(norm), rel=1e-5)
        assert gradient.norm_bound()[number] >= norm


def test_without_dropout_too():
    originals = heads(1)
    inputs, weight = batch(1, ROWS, N_FEATURES), batch(1, ROWS, N_LABELS, seed=1)
    stack = HeadStack(originals)
    gradient = stack.gradient(stack.forward(inputs), weight.clone())
    expected = autograd(originals[0], inputs[0], weight[0], torch.ones(ROWS, HIDDEN))
    for (left, right), wanted in zip(gradient.factors, expected, strict=True):
        assert torch.allclose(torch.bmm(left.mT, right)[0], wanted, atol=1e-6)


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_infinite_numbers_stay_in_their_head(poison):
    clean, spoilt = HeadStack(heads()), HeadStack(heads())
    spoilt.parameters[0][1, 0, 0] = poison
    inputs, weight = batch(ROWS, N_FEATURES).expand(3, -1, -1), batch(3, ROWS, N_LABELS, seed=1)
    for stack in (clean, spoilt):
        gradient = stack.gradient(stack.forward(inputs), weight.clone())
        gradient.scale((1 / gradient.norm())[:, None, None])
        for parameter, (left, right) in zip(stack.parameters, gradient.factors, strict=True):
            parameter.baddbmm_(left.mT, right)
    for ours, theirs in zip(clean.parameters, spoilt.parameters, strict=True):
        assert torch.equal(ours[[0, 2]], theirs[[0, 2]])
    assert not torch.isfinite(spoilt.forward(inputs).logits[1]).all()
