"""A stack is so many losses at once."""

import copy

import numpy as np
import pytest
import torch

from dbl_core.losses import LOSSES, build_loss
from dbl_core.losses.stack import build_stack

COUNTS, N_SAMPLES = [60, 30, 12, 5, 1], 100
DATA = {"label_counts": COUNTS, "n_samples": N_SAMPLES}
N_STACK = 4


def spread(name, *, only=None):
    """Settings of a stack: every number (or one of them) differs from head to head, words agree."""
    rng = np.random.default_rng(0)
    settings = []
    for _ in range(N_STACK):
        setting = {}
        for option in LOSSES[name].options:
            if option.kind == "float" and only in (None, option.name):
                setting[option.name] = float(rng.uniform(option.low, option.high))
        settings.append(setting)
    return settings


def batches(soft=False):
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(N_STACK, 16, 5, generator=generator) * 4
    targets = torch.rand(N_STACK, 16, 5, generator=generator)
    return logits, (targets if soft else (targets < 0.3).float())


def means_and_gradient(loss, logits, targets):
    logits = logits.clone().requires_grad_()
    means = loss(logits, targets)
    return means.detach(), torch.autograd.grad(means.sum(), logits)[0]


def assert_one_by_one(stack, name, settings, soft):
    logits, targets = batches(soft)
    means, gradient = means_and_gradient(stack.batch_means, logits, targets)
    assert means.shape == (N_STACK,)
    for k, setting in enumerate(settings):
        alone = means_and_gradient(build_loss(name, **DATA, **setting), logits[k], targets[k])
        torch.testing.assert_close(means[k], alone[0], rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(gradient[k], alone[1], rtol=1e-4, atol=1e-5 * alone[1].abs().max().item())


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_a_stack_is_its_losses_one_by_one(name, soft):
    settings = spread(name)
    assert_one_by_one(build_stack(name, settings, **DATA), name, settings, soft)


@pytest.mark.parametrize(
    ("name", "option"), [(name, o.name) for name in LOSSES for o in LOSSES[name].options if o.kind == "float"]
)
def test_every_number_alone_may_differ(name, option):
    settings = spread(name, only=option)
    assert_one_by_one(build_stack(name, settings, **DATA), name, settings, soft=False)


@pytest.mark.parametrize(
    ("name", "option"), [(name, o) for name in LOSSES for o in LOSSES[name].options if o.kind == "choice"]
)
def test_a_word_acts_on_the_whole_stack_and_may_not_differ(name, option):
    for word in option.choices:
        settings = [{**setting, option.name: word} for setting in spread(name)]
        assert_one_by_one(build_stack(name, settings, **DATA), name, settings, soft=False)
    with pytest.raises(ValueError, match=f"{option.name} must be the same in the whole stack") as caught:
        build_stack(name, [{option.name: word} for word in option.choices], **DATA)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", LOSSES)
def test_equal_settings_stay_numbers_and_serve_any_stack(name):
    logits, targets = batches()
    stack, alone = build_stack(name, [{}] * N_STACK, **DATA), build_loss(name, **DATA)
    torch.testing.assert_close(stack.batch_means(logits, targets), alone.batch_means(logits, targets), rtol=0, atol=0)


@pytest.mark.parametrize("name", LOSSES)
def test_a_stack_moves_and_copies_like_any_module(name):
    logits, targets = batches()
    stack = build_stack(name, spread(name), **DATA)
    expected = stack.batch_means(logits, targets)
    assert torch.equal(copy.deepcopy(stack).half().batch_means(logits, targets), expected)
    moved = stack.to("meta").batch_means(logits.to("meta"), targets.to("meta"))
    assert (moved.device.type, moved.shape) == ("meta", (N_STACK,))


def test_terms_of_a_stack():
    logits, targets = batches()
    settings = spread("db_focal")
    stacked = build_stack("db_focal", settings, **DATA).terms(logits, targets)
    for k, setting in enumerate(settings):
        for key, values in build_loss("db_focal", **DATA, **setting).terms(logits[k], targets[k]).items():
            torch.testing.assert_close(stacked[key][k], values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(16, 5), (3, 16, 5), (1, 16, 5), (2, N_STACK, 16, 5)])
def test_another_number_of_batches_is_refused(shape):
    stack = build_stack("db", spread("db"), **DATA)
    with pytest.raises(ValueError, match=rf"stacks of the shape \({N_STACK}, n_samples, 5\)"):
        stack(torch.zeros(shape), torch.zeros(shape))


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="at least one setting"):
        build_stack("db", [], **DATA)
    with pytest.raises(ValueError, match="mu must be a number"):
        build_stack("db", [{"mu": 0.3}, {"mu": -1}], **DATA)
    with pytest.raises(ValueError, match="no option 'gamma'"):
        build_stack("db", [{}, {"gamma": 2}], **DATA)
