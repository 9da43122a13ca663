"""The drawn pictures: pure functions of seed and index, labels that match what is seen."""

import numpy as np

from dbl_core.pretrain.shapes import (
    MAX_SHAPES,
    NOTHING,
    UNSURE,
    draw_picture,
    draw_pictures,
    family_names,
    present_families,
)


def test_a_picture_is_a_function_of_seed_and_index():
    picture, places = draw_picture(5, seed=1)
    again, same_places = draw_picture(5, seed=1)
    other, _ = draw_picture(5, seed=2)
    assert picture.shape == (64, 64, 3)
    assert picture.dtype == np.uint8
    assert places.shape == (8, 8)
    assert np.array_equal(picture, again)
    assert np.array_equal(places, same_places)
    assert not np.array_equal(picture, other)


def test_order_is_the_same_whatever_the_pool():
    pictures, places = draw_pictures(260, seed=0, first=3, processes=1)
    pooled_pictures, pooled_places = draw_pictures(260, seed=0, first=3, processes=2)
    assert np.array_equal(pictures, pooled_pictures)
    assert np.array_equal(places, pooled_places)
    assert np.array_equal(pictures[7], draw_picture(10, seed=0)[0])


def test_labels_are_the_named_cells():
    _, places = draw_pictures(400, seed=0, processes=1)
    labels = present_families(places)
    assert labels.shape == (400, len(family_names()))
    assert places.min() >= UNSURE
    assert places.max() < len(family_names())
    assert 1 <= labels.sum(axis=1).min() <= labels.sum(axis=1).max() <= MAX_SHAPES
    assert labels.any(axis=0).mean() > 0.95
    assert not present_families(np.full((1, 8, 8), NOTHING)).any()
