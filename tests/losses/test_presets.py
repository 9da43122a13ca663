"""Published settings: valid, told apart, with a source, and what their source says."""

import pytest
import torch
from five_classes import COUNTS, N_SAMPLES, build
from torch.nn.functional import binary_cross_entropy_with_logits

from dbl_core.losses import LOSSES, PRESETS, check_options, preset_options

EVERY = [(key, loss) for key, preset in PRESETS.items() for loss in preset.losses]


@pytest.mark.parametrize(("key", "loss"), EVERY)
def test_a_preset_is_valid_for_each_of_its_losses_and_leaves_nothing_of_them_unsaid(key, loss, batch):
    options = preset_options(key, loss)
    assert check_options(loss, options) == options
    if key != "off":
        assert set(LOSSES[loss].defaults) <= set(PRESETS[key].values)
    assert torch.isfinite(build(loss, **options)(*batch))


@pytest.mark.parametrize("loss", LOSSES)
def test_presets_of_a_loss_differ_in_what_they_compute(loss, batch):
    fitting = {key: preset_options(key, loss) for key, preset in PRESETS.items() if loss in preset.losses}
    values = [build(loss, **options)(*batch).item() for options in fitting.values()]
    gradients = []
    for options in fitting.values():
        logits = batch[0].clone().requires_grad_()
        build(loss, **options)(logits, batch[1]).backward()
        gradients.append(logits.grad)
    for first in range(len(values)):
        for second in range(first):
            assert not torch.allclose(gradients[first], gradients[second]), list(fitting)[second : first + 1]


def test_titles_are_unique_and_every_source_is_named_and_can_be_read():
    titles = [preset.title for preset in PRESETS.values()]
    assert len(set(titles)) == len(titles)
    for key, preset in PRESETS.items():
        assert preset.source
        assert preset.url.startswith("https://") or key == "off"
        assert not preset.note or preset.note.endswith(".")


@pytest.mark.parametrize("loss", PRESETS["off"].losses)
def test_every_term_off_leaves_plain_cross_entropy(loss, batch):
    cells = build(loss, **preset_options("off", loss), reduction="none")(*batch)
    torch.testing.assert_close(cells, binary_cross_entropy_with_logits(*batch, reduction="none"), rtol=2e-6, atol=1e-6)


def text_study(logits, targets, mu, counts=COUNTS, n=N_SAMPLES):
    """The distribution-balanced loss of the text study, step by step as its code computes it."""
    frequency = torch.tensor(counts, dtype=logits.dtype)
    ratio = (1 / frequency) / (targets / frequency).sum(1, keepdim=True)
    weight = torch.sigmoid(10.0 * (ratio - mu)) + 0.1
    shifted = logits - 0.05 * torch.log(n / frequency - 1)
    scaled = torch.where(targets > 0, shifted, 2.0 * shifted)
    weight = torch.where(targets > 0, weight, weight / 2.0)
    plain = binary_cross_entropy_with_logits(scaled, targets, reduction="none")
    return 0.5 * (1 - torch.exp(-plain)) ** 2 * weight * plain


@pytest.mark.parametrize(("key", "mu"), [("text-reuters", 0.9), ("text-pubmed", 0.05)])
def test_the_text_presets_are_the_loss_of_the_text_study(key, mu, batch):
    logits, targets = batch[0].double(), batch[1].double()
    targets[:, 0] = 1  # the study's documents all have a label
    cells = build("db_focal", **preset_options(key, "db_focal"), reduction="none")(logits, targets)
    torch.testing.assert_close(cells, text_study(logits, targets, mu), rtol=1e-5, atol=1e-8)


def asymmetric(logits, targets, gamma_pos):
    """The asymmetric loss as its public code computes it, with the gradient left out of the focusing."""
    p = torch.sigmoid(logits)
    negative = (1 - p + 0.05).clamp(max=1)
    loss = targets * torch.log(p.clamp(min=1e-8)) + (1 - targets) * torch.log(negative.clamp(min=1e-8))
    with torch.no_grad():
        certainty = p * targets + negative * (1 - targets)
        weight = (1 - certainty) ** (gamma_pos * targets + 4 * (1 - targets))
    return -loss * weight


def test_the_asl_presets_are_the_loss_of_its_code(batch):
    values, gradients = [], []
    for make in (
        lambda z: build("asl", **preset_options("asl-coco", "asl"), reduction="none")(z, batch[1].double()),
        lambda z: asymmetric(z, batch[1].double(), gamma_pos=0),
    ):
        logits = (batch[0].double() / 4).requires_grad_()
        cells = make(logits)
        cells.sum().backward()
        values.append(cells.detach())
        gradients.append(logits.grad)
    torch.testing.assert_close(*values, rtol=1e-5, atol=1e-8)
    torch.testing.assert_close(*gradients, rtol=1e-5, atol=1e-8)
    defaults = build("asl", **preset_options("asl-code", "asl"), reduction="none")(batch[0].double(), batch[1].double())
    torch.testing.assert_close(defaults, asymmetric(batch[0].double(), batch[1].double(), 1), rtol=1e-4, atol=1e-7)
