"""The drawings: every class has one, inside its box, told apart by its outline alone, in colours that tell nothing."""

import random

import numpy as np
import pytest
from PIL import Image

from dbl_core.datasets.picto import LABEL_NAMES
from dbl_core.datasets.pictograms import PICTOGRAMS, pictogram, sketch
from dbl_core.datasets.pictograms.palette import random_palette
from dbl_core.datasets.pictograms.pen import TONES, Pen, band, box, curve, inflated, oval, ring

BACKGROUND = (255, 0, 255)


def silhouette(label_name: str, *, turn: float = 0.0) -> np.ndarray:
    """(48, 48) bool, where the pictogram is."""
    image = Image.fromarray(pictogram(label_name, 192, background="#ff00ff"))
    image = image.rotate(turn, Image.Resampling.NEAREST, fillcolor=BACKGROUND)
    return (np.asarray(image) != BACKGROUND).any(axis=2)[::4, ::4]


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return (a & b).sum() / (a | b).sum()


def area(outline) -> float:
    rolled = outline[1:] + outline[:1]
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(outline, rolled, strict=True))) / 2


def test_every_class_has_a_pictogram_and_no_other():
    assert tuple(PICTOGRAMS) == LABEL_NAMES


@pytest.mark.parametrize("label_name", LABEL_NAMES)
def test_pictogram_fills_its_box_and_has_inner_details(label_name):
    drawing = sketch(label_name)
    low, high = drawing.points.min(axis=0), drawing.points.max(axis=0)
    assert (low > -0.05).all()
    assert (high < 1.05).all()
    assert (high - low).max() > 0.9
    assert drawing.ends[-1] == len(drawing.points)
    assert len(drawing.ends) == len(drawing.tones)
    assert len(set(drawing.tones)) >= 4
    assert 0.1 < silhouette(label_name).mean() < 0.75


def test_a_turned_outline_is_nearest_to_its_own_class():
    templates = {(name, turn): silhouette(name, turn=turn) for name in LABEL_NAMES for turn in (-10, 0, 10)}
    for name in LABEL_NAMES:
        for turn in (-14, -5, 5, 14):
            seen = silhouette(name, turn=turn)
            assert max(templates, key=lambda key: overlap(seen, templates[key]))[0] == name


def test_no_two_outlines_are_alike():
    templates = [silhouette(name) for name in LABEL_NAMES]
    alike = [overlap(a, b) for k, a in enumerate(templates) for b in templates[:k]]
    assert max(alike) < 0.85


@pytest.mark.parametrize("size", [8, 24, 64, 256])
def test_sizes(size):
    image = pictogram("cow", size)
    assert image.shape == (size, size, 3)
    assert image.dtype == np.uint8
    assert image.std() > 10


def test_seed_changes_colours_only():
    first, second = pictogram("bus", 64, seed=1), pictogram("bus", 64, seed=2)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, pictogram("bus", 64, seed=1))
    assert np.array_equal(first[0, 0], second[0, 0])


def test_unknown_label_and_size():
    with pytest.raises(ValueError, match="no pictogram is called 'unicorn'; there are aeroplane, bicycle"):
        pictogram("unicorn")
    for size in (0, 7, 4096):
        with pytest.raises(ValueError, match=f"size is {size}, must be from 8 to 2048"):
            pictogram("cow", size)


def test_palette_has_all_tones_and_fades_with_detail():
    full = random_palette(random.Random(3), saturation=(0.2, 0.9), detail=1.0)
    flat = random_palette(random.Random(3), saturation=(0.2, 0.9), detail=0.0)
    assert set(full) == set(TONES)
    assert set(flat.values()) == {full["body"]}
    assert all(0 <= channel <= 255 for colour in full.values() for channel in colour)


def test_unknown_tone():
    with pytest.raises(ValueError, match="unknown tone 'red'; allowed are body, shade"):
        Pen().fill("red", box(0, 0, 1, 1))


def test_outlines_have_the_areas_geometry_gives_them():
    assert area(box(0, 0, 0.5, 0.2)) == pytest.approx(0.1)
    assert area(box(0, 0, 0.5, 0.2, corner=0.05)) == pytest.approx(0.1 - (4 - np.pi) * 0.05**2, rel=0.01)
    assert area(oval(0.5, 0.5, 0.3, 0.2, turn=30)) == pytest.approx(np.pi * 0.06, rel=0.02)
    assert area(band((0, 0), (1, 0), width=0.1)) == pytest.approx(0.1 + np.pi * 0.05**2, rel=0.02)
    assert area(ring(0.5, 0.5, 0.4, 0.1)) == pytest.approx(np.pi * (0.4**2 - 0.3**2), rel=0.02)
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    assert area(curve(*corners)) > 1.0
    assert area(inflated(corners, 0.1)) == pytest.approx(1.44)
    assert area(inflated(corners[::-1], 0.1)) == pytest.approx(1.44)


def test_contour_lies_below_all_parts_of_a_solid():
    pen = Pen()
    pen.solid("body", box(0, 0, 0.5, 0.5), box(0.4, 0.4, 1, 1))
    assert pen.sketch().tones == ("edge", "edge", "body", "body")
