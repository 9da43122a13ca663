"""Scenes are a pure function of seed, row, labels and style; labels are really in them."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from dbl_core.datasets.scenes import DEFAULT_STYLE, SceneStyle, draw_scene


def test_pure_function():
    first = draw_scene(1, 5, ("cow", "person"))
    assert first.shape == (64, 64, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, draw_scene(1, 5, ("person", "cow")))
    assert not np.array_equal(first, draw_scene(2, 5, ("person", "cow")))
    assert not np.array_equal(first, draw_scene(1, 6, ("person", "cow")))


@pytest.mark.parametrize(
    "label_names", [(), ("cat",), ("bottle", "chair", "person", "pottedplant", "sofa", "tvmonitor")]
)
def test_any_number_of_labels(label_names):
    scene = draw_scene(0, 0, label_names)
    assert scene.std() > 5


def test_a_label_changes_the_scene_where_it_lies():
    plain = replace(DEFAULT_STYLE, noise=0.0, contrast=(1.0, 1.0), brightness=(1.0, 1.0), occluders=(0, 0))
    for row in range(20):
        changed = (draw_scene(0, row, (), plain) != draw_scene(0, row, ("bus",), plain)).any(axis=2)
        assert 0.03 < changed.mean() < 0.6


def test_pictograms_of_a_crowd_are_smaller():
    plain = replace(DEFAULT_STYLE, noise=0.0, contrast=(1.0, 1.0), brightness=(1.0, 1.0), place_tries=1)
    none = replace(plain, crowding=0.0)
    names = ("bus", "car", "cow", "dog")

    def covered(style: SceneStyle) -> float:
        return np.mean([(draw_scene(0, row, (), style) != draw_scene(0, row, names, style)).mean() for row in range(8)])

    assert covered(plain) < covered(none)


@pytest.mark.parametrize(
    "change",
    [
        {"size": (0.3, 0.4)}, {"turn": 0.0}, {"stretch": 0.0}, {"shear": 0.0}, {"mirror": 1.0}, {"overhang": 0.4},
        {"place_tries": 1}, {"saturation": (0.0, 0.0)}, {"detail": (0.2, 0.2)}, {"opacity": (0.5, 0.5)},
        {"blobs": (9, 9)}, {"distractors": (9, 9)}, {"strokes": (9, 9)}, {"bands": (9, 9)}, {"occluders": (9, 9)},
        {"contrast": (0.3, 0.3)}, {"brightness": (0.5, 0.5)}, {"noise": 60.0}, {"oversampling": 2},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_every_setting_of_the_style_acts(change):
    style = replace(DEFAULT_STYLE, **change)
    assert any(
        not np.array_equal(
            draw_scene(0, row, ("dog", "sofa"), DEFAULT_STYLE), draw_scene(0, row, ("dog", "sofa"), style)
        )
        for row in range(4)
    )


def test_style_sets_the_size_of_the_picture_and_cannot_be_changed():
    assert draw_scene(0, 0, ("dog",), SceneStyle(pixels=32)).shape == (32, 32, 3)
    with pytest.raises(FrozenInstanceError):
        DEFAULT_STYLE.noise = 0.0


def test_unknown_label():
    with pytest.raises(ValueError, match="no pictogram is called 'unicorn'"):
        draw_scene(0, 0, ("unicorn",))
