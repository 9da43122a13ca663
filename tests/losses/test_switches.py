"""A term that is switched off leaves the member of the family that never had it."""

import pytest
import torch

from dbl_core.losses import LOSSES, build_loss
from dbl_core.losses.switches import SWITCHES, switched_off, switches_of


@pytest.mark.parametrize(
    ("name", "off", "left"),
    [
        ("db_focal", ["tolerance"], "r_bce_focal"),
        ("db_focal", ["weighting"], "ntr_focal"),
        ("db_focal", ["focal"], "db"),
        ("db_focal", ["weighting", "tolerance"], "focal"),
        ("db_focal", ["weighting", "tolerance", "focal"], "bce"),
        ("cb_focal", ["weighting"], "focal"),
        ("weighted_bce", ["weighting"], "bce"),
        ("ntr", ["focal"], "ntr"),
        ("bce", list(SWITCHES), "bce"),
    ],
)
def test_what_is_left_is_a_member_of_the_family(name, off, left):
    options = {key: value for key, value in {"gamma": 1.5, "mu": 0.6, "lam": 3.0}.items() if key in
               LOSSES[name].defaults}  # fmt: skip
    found, kept = switched_off(name, options, off)
    assert found == left
    assert set(kept) == set(LOSSES[left].defaults)
    assert {key: kept[key] for key in options if key in kept} == {k: v for k, v in options.items() if k in kept}


def test_class_balanced_without_focus_is_the_weight_alone(voc_labels):
    name, options = switched_off("cb_focal", {"mode": "by_class"}, ["focal"])
    counts, logits = voc_labels.sum(0), torch.zeros(8, 20)
    built = {"label_counts": counts, "n_samples": len(voc_labels), "reduction": "none"}
    loss = build_loss(name, **built, **options)
    targets = torch.tensor(voc_labels[:8])
    assert torch.allclose(loss(logits, targets), loss.weights(targets) * build_loss("bce", **built)(logits, targets))


@pytest.mark.parametrize("name", LOSSES)
def test_switching_off_leaves_nothing_to_switch(name):
    for switch in switches_of(name):
        left, options = switched_off(name, {}, [switch])
        assert switch not in switches_of(left) or options != LOSSES[name].defaults


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="no term 'nu' to switch off; choose among weighting, tolerance, focal"):
        switched_off("db", {}, ["nu"])
    with pytest.raises(ValueError, match="There is no loss"):
        switches_of("nothing")
