"""The head: its start is the paper's, its dropout acts in training only."""

import math

import pytest
import torch
from torch.nn import functional as F

from dbl_core.models import MultiLabelHead
from dbl_core.models.heads import start_last_layer


def test_start_of_the_last_layer():
    head = MultiLabelHead(320, 200, generator=torch.Generator().manual_seed(0))
    last = head[-1]
    assert last.weight.shape == (200, 256)
    assert abs(last.weight.mean().item()) < 2e-4
    assert last.weight.std().item() == pytest.approx(0.01, rel=0.02)
    assert not last.bias.any()


def test_hidden_numbers_start_with_mean_square_one():
    head = MultiLabelHead(320, 20, generator=torch.Generator().manual_seed(0))
    hidden = torch.relu(head[0](torch.randn(512, 320, generator=torch.Generator().manual_seed(1))))
    assert hidden.square().mean().item() == pytest.approx(1.0, rel=0.05)
    assert not head[0].bias.any()


def test_every_label_starts_near_one_half():
    head = MultiLabelHead(320, 20, generator=torch.Generator().manual_seed(0)).eval()
    features = torch.randn(64, 320, generator=torch.Generator().manual_seed(1))
    loss = F.binary_cross_entropy_with_logits(head(features), torch.ones(64, 20))
    assert loss.item() == pytest.approx(math.log(2), abs=0.1)


def test_generator_decides_the_start():
    first, same, other = (MultiLabelHead(8, 3, generator=torch.Generator().manual_seed(s)) for s in (4, 4, 5))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), same.parameters(), strict=True))
    assert not torch.equal(first[0].weight, other[0].weight)


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    head = MultiLabelHead(8, 3)
    features = torch.randn(16, 8)
    assert not torch.equal(head(features), head(features))
    head.eval()
    assert torch.equal(head(features), head(features))
    torch.testing.assert_close(head(features)[:1], head(features[:1]))
    switched_off = MultiLabelHead(8, 3, dropout=0.0)
    assert torch.equal(switched_off(features), switched_off(features))


def test_empty_batch():
    assert MultiLabelHead(8, 3)(torch.zeros(0, 8)).shape == (0, 3)


@pytest.mark.parametrize("options", [{"hidden": 0}, {"dropout": 1.0}, {"dropout": -0.1}, {"dropout": math.nan}])
def test_values_out_of_range(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))} is"):
        MultiLabelHead(8, 3, **options)
    with pytest.raises(ValueError, match="n_labels is 0"):
        MultiLabelHead(8, 0)


def test_the_papers_neck_is_its_layers_in_their_order():
    head = MultiLabelHead(64, 20, neck="fc_bn", generator=torch.Generator().manual_seed(0))
    features = torch.randn(32, 64, generator=torch.Generator().manual_seed(1))
    assert head[0].weight.std().item() == pytest.approx((2 / 256) ** 0.5, rel=0.02)
    torch.manual_seed(5)
    logits = head.train()(features)
    hidden = F.linear(features, head[0].weight)
    hidden = (hidden - hidden.mean(0)) / (hidden.var(0, correction=0) + 1e-5).sqrt()
    torch.manual_seed(5)
    expected = F.linear(F.dropout(hidden, 0.5), head[-1].weight)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    assert head[-1].weight.std().item() == pytest.approx(0.01, rel=0.05)


def test_a_batch_of_one_is_normalised_by_the_running_statistics():
    head = MultiLabelHead(8, 3, neck="fc_bn", dropout=0.0)
    features = torch.randn(16, 8) + 4
    head(features)
    kept = head[1].running_mean.clone()
    one = head(features[:1])
    one.sum().backward()
    assert torch.equal(head[1].running_mean, kept)
    assert head[0].weight.grad.abs().sum() > 0
    torch.testing.assert_close(one, head.eval()(features[:1]))


def test_an_unknown_neck():
    with pytest.raises(ValueError, match=r"'fc_gn'.*fc_relu, fc_bn"):
        MultiLabelHead(8, 3, neck="fc_gn")


def test_autocast_leaves_the_digits_of_the_head():
    head, features = MultiLabelHead(8, 3, dropout=0.0), torch.randn(16, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert head(features.bfloat16()).dtype == torch.float32
    expected = head[3](torch.relu(head[0](features)))
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(head(features), expected)


def test_the_last_layer_starts_anew_on_a_device_that_is_not_the_generators():
    head, generator = MultiLabelHead(8, 3).to("meta"), torch.Generator().manual_seed(0)
    start_last_layer(head, generator=generator)  # on a GPU torch refuses a generator of the CPU
    drawn = torch.Generator().manual_seed(0)
    torch.empty(3, 256).normal_(generator=drawn)
    assert torch.equal(generator.get_state(), drawn.get_state())
