"""False alarms beside other labels against counting by hand; the best and worst images of a label."""

import numpy as np
import pytest

from dbl_core.metrics import confusions, extreme_images, worst_confusions


def random_case(seed, n_samples=120, n_labels=6):
    rng = np.random.default_rng(seed)
    targets = rng.random((n_samples, n_labels)) < np.linspace(0.6, 0.05, n_labels)
    return targets, rng.normal(size=targets.shape) + targets


@pytest.mark.parametrize("seed", range(4))
def test_counts_are_those_of_a_loop(seed):
    targets, scores = random_case(seed)
    found = confusions(targets, scores, thresholds=0.5, least=4)
    for i in range(6):
        absent = ~targets[:, i]
        said = scores[:, i] >= 0.5
        assert found.false_alarms[i] == (said & absent).sum()
        assert found.base_rate[i] == pytest.approx(said[absent].mean())
        for j in range(6):
            both = absent & targets[:, j]
            assert found.chances[i, j] == both.sum()
            assert found.alarms[i, j] == (said & both).sum()
            if both.sum() < 4:
                assert np.isnan(found.lift[i, j])
                assert np.isnan(found.excess[i, j])
            else:
                assert found.lift[i, j] == pytest.approx(said[both].mean() / said[absent].mean(), rel=1e-5)
                assert found.excess[i, j] == pytest.approx(
                    (said & both).sum() - both.sum() * said[absent].mean(), abs=1e-4
                )
    off = ~np.eye(6, dtype=bool)
    assert found.n_masked == (found.chances[off] < 4).sum()


def test_a_model_that_sees_a_label_wherever_its_companion_is():
    rng = np.random.default_rng(0)
    targets = rng.random((400, 4)) < 0.3
    scores = np.where(targets, 1.0, -1.0)
    scores[targets[:, 2], 0] = 1.0
    worst = worst_confusions(confusions(targets, scores, thresholds=0))
    assert (worst["seen"][0], worst["beside"][0]) == (0, 2)
    assert worst["rate"][0] == 1
    assert worst["lift"][0] == pytest.approx(1 / worst["base_rate"][0], rel=1e-5)
    assert set(worst["seen"]) == {0}


def test_orders_and_the_number_of_pairs():
    found = confusions(*random_case(5), thresholds=0.3, least=3)
    by_excess, by_lift = (worst_confusions(found, n_pairs=5, by=by) for by in ("excess", "lift"))
    assert (np.diff(by_excess["excess"]) <= 0).all()
    assert (np.diff(by_lift["lift"]) <= 0).all()
    assert by_lift["lift"][0] == np.nanmax(found.lift)
    assert len(by_lift["seen"]) == 5
    every = worst_confusions(found, n_pairs=100)
    assert (every["excess"] > 0).all()
    of_one = worst_confusions(found, n_pairs=100, label=2)
    assert of_one["beside"].tolist() == every["beside"][every["seen"] == 2].tolist() != []


def test_without_false_alarms_there_is_no_confusion():
    targets, _ = random_case(6)
    found = confusions(targets, targets * 1.0, thresholds=0.5)
    assert found.false_alarms.sum() == 0
    assert np.isnan(found.lift).all()
    assert worst_confusions(found)["seen"].size == 0


def test_all_positive_absent_and_single_rows():
    targets = np.array([[1, 0, 1]])
    found = confusions(targets, [[1.0, 1, 1]], thresholds=0, least=0)
    assert np.isnan(found.base_rate[[0, 2]]).all()
    assert found.base_rate[1] == 1
    assert found.lift[1, 0] == 1
    assert np.isnan(found.lift[0]).all()
    assert found.n_masked == 0


def test_best_and_worst_images():
    targets = np.array([[1], [1], [1], [0], [0], [0]])
    scores = np.array([[0.9], [0.2], [0.2], [0.8], [0.1], [0.9]])
    found = extreme_images(targets, scores, 0, n_images=2)
    assert {kind: rows.tolist() for kind, rows in found.rows.items()} == {
        "best_positives": [0, 1],
        "worst_positives": [1, 2],
        "worst_negatives": [5, 3],
    }
    assert found.scores["worst_negatives"].tolist() == [0.9, 0.8]
    assert found.places["best_positives"].tolist() == [1, 4]
    assert found.places["worst_negatives"].tolist() == [1, 3]


@pytest.mark.parametrize("value", [0, 1])
def test_a_label_of_one_kind_has_no_images_of_the_other(value):
    found = extreme_images(np.full((3, 1), value), np.zeros((3, 1)), 0)
    sizes = {kind: len(rows) for kind, rows in found.rows.items()}
    assert sizes == {"best_positives": 3 * value, "worst_positives": 3 * value, "worst_negatives": 3 - 3 * value}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda y, s: confusions(y, s, thresholds=0, least=-1), "least must be a whole number >= 0, not -1"),
        (lambda y, s: confusions(y, s, thresholds=[1, 2]), "one number or 6 numbers"),
        (lambda y, s: worst_confusions(confusions(y, s, thresholds=0), by="rate"), "allowed: excess, lift"),
        (lambda y, s: worst_confusions(confusions(y, s, thresholds=0), label=9), "a column from 0 to 5, not 9"),
        (lambda y, s: worst_confusions(confusions(y, s, thresholds=0), n_pairs=0), "n_pairs must be .* not 0"),
        (lambda y, s: extreme_images(y, s, 6), "label must be a column from 0 to 5, not 6"),
        (lambda y, s: extreme_images(y, s, 0, n_images=0), "n_images must be a whole number >= 1, not 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(*random_case(0))
