"""Index streams: balance, order, seeds, edges."""

import numpy as np
import pytest

from dbl_core.samplers import (
    SAMPLERS,
    class_aware_indices,
    epoch_length,
    progressive_indices,
    repeat_factor_indices,
    square_root_indices,
    uniform_indices,
)
from dbl_core.stats import label_shares, repeat_factors


def random_labels(seed=0, n_samples=200, n_labels=6):
    rng = np.random.default_rng(seed)
    return rng.random((n_samples, n_labels)) < np.linspace(0.6, 0.02, n_labels)


def test_uniform_shows_every_image_once_a_pass():
    stream = uniform_indices(30, 75, seed=1)
    assert stream.dtype == np.int64
    assert sorted(stream[:30]) == sorted(stream[30:60]) == list(range(30))
    assert len(set(stream[60:].tolist())) == 15
    assert (stream[:30] != stream[30:60]).any()


def test_class_aware_visits_every_class_once_a_pass():
    labels = np.eye(5, dtype=bool).repeat([50, 20, 9, 3, 1], axis=0)
    stream = class_aware_indices(labels, 500, seed=2)
    visited = labels[stream].argmax(axis=1).reshape(-1, 5)
    assert (np.sort(visited, axis=1) == np.arange(5)).all()
    assert len({tuple(turn) for turn in visited.tolist()}) > 20
    for label, n_images in enumerate([50, 20, 9, 3, 1]):
        dealt = stream[labels[stream, label]]
        repeats = np.bincount(dealt, minlength=len(labels))[labels[:, label]]
        assert repeats.max() - repeats.min() <= 1, "every class deals all its images before any comes again"
        assert len(set(dealt[:n_images].tolist())) == n_images


def test_class_aware_shares_are_what_the_theory_says():
    labels = random_labels()
    stream = class_aware_indices(labels, 60_000, seed=3)
    chance = (labels / labels.sum(axis=0)).sum(axis=1) / labels.shape[1]
    expected = chance @ labels
    assert labels[stream].mean(axis=0) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_seed_repeats_and_a_longer_stream_starts_with_the_shorter(name):
    labels = random_labels(1)
    labels[0] = True
    draw = SAMPLERS[name].draw
    whole = draw(labels, n_draws=1000, seed=7)
    assert (whole == draw(labels, n_draws=1000, seed=7)).all()
    assert (whole != draw(labels, n_draws=1000, seed=8)).any()
    assert whole.dtype == np.int64
    assert whole.flags.writeable
    if name != "progressive":
        assert (draw(labels, n_draws=151, seed=7) == whole[:151]).all()
    assert draw(labels, n_draws=0, seed=7).shape == (0,)
    assert draw(labels, n_draws=1, seed=7).shape == (1,)


@pytest.mark.parametrize("threshold", [None, 0.01, 0.3, 1.0])
def test_repeat_factor_passes_hold_every_image_as_often_as_its_factor(threshold):
    labels = random_labels(5)
    factors = repeat_factors(labels, threshold)[1]
    stream = repeat_factor_indices(labels, 100 * len(labels), seed=4, threshold=threshold)
    expected = 100 * len(labels) * factors / factors.sum()
    times = np.bincount(stream, minlength=len(labels))
    assert times.min() >= np.floor(expected.min()) - 15
    np.testing.assert_allclose(times, expected, atol=12)
    first = np.bincount(stream[: int(np.floor(factors).sum())], minlength=len(labels))
    assert (first <= np.floor(factors) + 1).all()


def test_repeat_factor_with_an_idle_threshold_is_uniform():
    stream = repeat_factor_indices(random_labels(), 400, threshold=1e-6)
    assert sorted(stream[:200]) == sorted(stream[200:]) == list(range(200))


@pytest.mark.parametrize("seed", range(3))
def test_square_root_asks_by_the_root_of_the_counts(seed):
    labels = np.eye(3, dtype=bool).repeat([400, 100, 25], axis=0)
    stream = square_root_indices(labels, 70_000, seed)
    assert labels[stream].mean(axis=0) == pytest.approx(np.array([20, 10, 5]) / 35, rel=0.02)
    times = np.bincount(stream, minlength=525)
    assert all(np.ptp(times[labels[:, label]]) <= 1 for label in range(3))


def test_progressive_moves_from_uniform_to_class_aware():
    labels = random_labels(2)
    labels[::5] = False
    stream = progressive_indices(labels, 200_000, seed=1)
    for progress, drawn in ((0.0, stream[:10_000]), (0.5, stream[90_000:110_000]), (1.0, stream[-10_000:])):
        expected = label_shares(labels, "progressive", progress=progress).rates
        np.testing.assert_allclose(labels[drawn].mean(axis=0), expected, atol=0.02)
    np.testing.assert_allclose(labels[stream].mean(axis=0), label_shares(labels, "progressive").rates, atol=0.01)


def test_classes_without_images_and_images_without_labels_are_skipped():
    labels = np.zeros((6, 3), dtype=bool)
    labels[1, 0] = labels[2, 2] = labels[3, 2] = True
    stream = class_aware_indices(labels, 100)
    assert set(stream.tolist()) == {1, 2, 3}
    assert (stream == 1).sum() == 50


def test_the_published_epochs():
    assert epoch_length([775] + [4] * 19) == 3875
    assert epoch_length(np.array([1128] + [6] * 79)) == 22_560
    assert epoch_length([1]) == 1


def test_every_sampler_is_described():
    for name, sampler in SAMPLERS.items():
        assert sampler.name == name
        assert sampler.title
        assert sampler.paper
        assert sampler.idea.endswith(".")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: uniform_indices(0, 1), "n_samples must be a whole number >= 1, not 0"),
        (lambda: uniform_indices(3, -1), "n_draws must be a whole number >= 0, not -1"),
        (lambda: uniform_indices(3, 2.5), "n_draws must be a whole number >= 0, not 2.5"),
        (lambda: class_aware_indices([[1]], 1, -3), "seed must be a whole number >= 0, not -3"),
        (lambda: class_aware_indices([[0], [0]], 1), "labels hold no positive at all"),
        (lambda: class_aware_indices([[0, 3]], 1), "row 0, column 1 holds 3"),
        (lambda: square_root_indices([[0], [0]], 1), "square-root sampling needs a class with an image"),
        (lambda: repeat_factor_indices([[0], [0]], 1), "repeat factors need a label that occurs"),
        (lambda: repeat_factor_indices([[1]], 1, threshold=0), "threshold must be a number above 0 to 1, not 0"),
        (lambda: repeat_factor_indices([[1]], 1, threshold=1.5), "threshold must be a number above 0 to 1, not 1.5"),
        (lambda: progressive_indices([[0], [0]], 9), "labels hold no positive at all"),
        (lambda: epoch_length([]), "at least one above 0"),
        (lambda: epoch_length([0, 0]), "at least one above 0"),
        (lambda: epoch_length([[1]]), "one number a label"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
