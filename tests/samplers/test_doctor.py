"""Sentences about samplers: settings that do nothing, promises that are not kept; and the epoch behind them."""

import csv
from pathlib import Path

import numpy as np
import pytest

from dbl_core.samplers import SAMPLERS, epoch_summary, sampler_hints

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def voc():
    with (DATA / "voc_mlt_train_labelsets.csv").open(newline="") as file:
        sets = [(row["labels"].split("|"), int(row["images"])) for row in csv.DictReader(file)]
    names = sorted({name for names, _ in sets for name in names})
    return np.array([[name in present for name in names] for present, images in sets for _ in range(images)]), names


def test_the_published_threshold_does_nothing_on_a_small_set(voc):
    labels, names = voc
    (hint,) = sampler_hints("repeat_factor", labels, label_names=names, threshold=0.001)
    assert hint == (
        "threshold 0.001 is not above the frequency of any label (the rarest, cow, has 0.0035), so no image is "
        "repeated and this is uniform sampling; it begins to act above 0.0035."
    )
    assert sampler_hints("repeat_factor", labels, label_names=names) == ()


def test_class_aware_promises_more_than_it_keeps(voc):
    labels, names = voc
    leak, heart = sampler_hints("class_aware", labels, label_names=names)
    assert leak.startswith(
        "It promises an imbalance of 1.0, but labels that ride along leave 15.3: person is shown 15.4 times"
    )
    assert "it is on 100 % of the images with boat" in leak
    assert heart.startswith("In an epoch of 3,875 draws, each of the 4 images of cow is shown about 50 times")


def test_uniform_sampling_has_nothing_to_explain(voc):
    assert sampler_hints("uniform", voc[0]) == ()


def test_balanced_labels_leave_nothing_to_do():
    labels = np.eye(3, dtype=bool).repeat(10, axis=0)
    for sampler in ("class_aware", "square_root", "progressive"):
        assert sampler_hints(sampler, labels) == (
            "The labels are balanced already (imbalance 1.00); this sampler has nothing to do.",
        )


def test_labels_that_always_come_together_defeat_it():
    labels = np.zeros((60, 2), dtype=bool)
    labels[:, 0] = labels[:30, 1] = True
    assert sampler_hints("repeat_factor", labels) == (
        "This sampler changes next to nothing: the imbalance goes from 2.0 to 1.8.",
    )


def test_a_sampler_that_makes_it_worse():
    labels = np.zeros((32, 8), dtype=bool)
    for label in range(6):
        labels[4 * label : 4 * label + 4, label] = labels[4 * label : 4 * label + 2, 6] = True
    labels[24:, 7] = True
    found = sampler_hints("class_aware", labels)
    assert found[0].startswith("This sampler makes the labels less even: the imbalance goes from 3.0 to 4.0")


def test_absent_labels_and_images_without_labels():
    labels = np.zeros((9, 3), dtype=bool)
    labels[:6, 0] = labels[6, 1] = True
    hints = sampler_hints("class_aware", labels, label_names=["a", "b", "c"])
    assert hints[0] == "1 label has no image, so no sampler can show one: c."
    assert "2 images without labels are never shown" in hints[-1]
    assert "never" not in " ".join(sampler_hints("repeat_factor", labels))


def test_the_epoch(voc):
    epoch = epoch_summary(voc[0], "class_aware")
    assert (epoch.n_draws, epoch.rarest_images, epoch.never) == (3875, 4, 0)
    assert epoch.rarest_repeats == pytest.approx(50.4, abs=0.1)
    assert epoch.passes == pytest.approx(3875 / 1142)
    uniform = epoch_summary(voc[0], "uniform", n_draws=1142)
    assert uniform.rarest_repeats == uniform.most_repeats == pytest.approx(1)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_streams_repeat_as_the_summary_says(voc, sampler):
    labels, _ = voc
    epoch = epoch_summary(labels, sampler)
    stream = SAMPLERS[sampler].draw(labels, n_draws=20 * epoch.n_draws, seed=3)
    times = np.bincount(stream, minlength=len(labels))[labels[:, epoch.rarest].any(axis=1)]
    assert times.mean() / 20 == pytest.approx(epoch.rarest_repeats, rel=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sampler_hints("coin", [[1]]), "unknown sampler 'coin'"),
        (lambda: sampler_hints("uniform", [[1]], label_names=["a", "b"]), "label_names must be 1 names"),
        (lambda: epoch_summary([[1]], "uniform", n_draws=0), "n_draws must be a whole number >= 1, not 0"),
        (lambda: epoch_summary([[0]], "uniform"), "labels hold no positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
