"""Scenes: every label of an image as a pictogram, somewhere over a cluttered ground.

A scene is a pure function of (seed, row, label names, style). All chance comes from ``random.Random`` seeded with a
string, whose stream is the same on every platform and Python version.
"""

import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from dbl_core.datasets.pictograms import paint, sketch
from dbl_core.datasets.pictograms.clutter import draw_background, draw_occluders
from dbl_core.datasets.pictograms.palette import random_palette

Range = tuple[float, float]


@dataclass(frozen=True)
class SceneStyle:
    """Everything that makes scenes easy or hard. Ranges are (lowest, highest), drawn uniformly.

    Attributes:
        pixels: side of the finished scene.
        oversampling: how many times larger it is drawn before it is reduced (smooth edges).
        size: side of a lone pictogram as a fraction of the scene.
        crowding: pictograms of a scene with n labels shrink by n ** -crowding; 0 keeps their size.
        smallest: no pictogram gets smaller than this fraction of the scene.
        turn: largest angle in degrees, either way.
        stretch: largest relative change of width against height.
        shear: largest slant, as a shift in x for a step in y.
        mirror: probability of a mirror image.
        overhang: how much of a pictogram may leave the scene at a side, as a fraction of it.
        place_tries: places tried for a pictogram; the one farthest from the others wins. 1 leaves it to chance.
        saturation: of all colours, 0 (grey) to 1.
        detail: how far inner details stand off from the body colour, 0 (flat) to 1.
        opacity: 1 paints pictograms fully; below, the ground shows through.
        bands, blobs, distractors, strokes: how many of each lie in the ground (whole numbers, both ends included).
        distractor_size: their radius as a fraction of the scene.
        occluders: how many small shapes lie over the pictograms.
        occluder_size: their radius as a fraction of the scene.
        contrast: of the finished picture; 1 leaves it.
        brightness: of the finished picture; 1 leaves it.
        noise: largest amplitude of the grain, in grey levels of 255.
    """

    pixels: int = 64
    oversampling: int = 3
    size: Range = (0.58, 0.84)
    crowding: float = 0.25
    smallest: float = 0.32
    turn: float = 8.0
    stretch: float = 0.06
    shear: float = 0.05
    mirror: float = 0.5
    overhang: float = 0.12
    place_tries: int = 4
    saturation: Range = (0.15, 0.9)
    detail: Range = (0.75, 1.0)
    opacity: Range = (1.0, 1.0)
    bands: tuple[int, int] = (0, 3)
    blobs: tuple[int, int] = (2, 5)
    distractors: tuple[int, int] = (0, 2)
    strokes: tuple[int, int] = (0, 2)
    distractor_size: Range = (0.05, 0.17)
    occluders: tuple[int, int] = (0, 1)
    occluder_size: Range = (0.03, 0.07)
    contrast: Range = (0.7, 1.1)
    brightness: Range = (0.8, 1.15)
    noise: float = 8.0


DEFAULT_STYLE = SceneStyle()


def draw_scene(seed: int, row: int, label_names: tuple[str, ...], style: SceneStyle = DEFAULT_STYLE) -> np.ndarray:
    """One scene, (pixels, pixels, 3) uint8.

    Args:
        seed: the data seed; another one draws every scene anew.
        row: number of the scene.
        label_names: its labels; the order does not matter. Without any, a ground with clutter alone.
        style: how easy or hard.

    Raises:
        ValueError: a label has no pictogram.
    """
    rng = random.Random(f"scene:{seed}:{row}")
    side = style.pixels * style.oversampling
    image = draw_background(rng, side, style)
    draw = ImageDraw.Draw(image)
    order = sorted(label_names)
    rng.shuffle(order)
    taken: list[tuple[float, float]] = []
    for label_name in order:
        place = _place(rng, taken, _side_of(rng, len(order), style), style)
        taken.append(place[:2])
        image, draw = _paint_pictogram(rng, image, label_name, _matrix(rng, place, side, style), style)
    draw_occluders(rng, draw, side, style)
    return _developed(rng, image.reduce(style.oversampling), style)


def _side_of(rng: random.Random, n_labels: int, style: SceneStyle) -> float:
    """Side of the next pictogram as a fraction of the scene."""
    return max(style.smallest, rng.uniform(*style.size) * n_labels**-style.crowding)


def _place(
    rng: random.Random, taken: list[tuple[float, float]], span: float, style: SceneStyle
) -> tuple[float, float, float]:
    """Centre and side of the next pictogram: of a few random places the one farthest from the others."""
    reach = span * (0.5 - style.overhang)
    low, high = min(reach, 0.5), max(1.0 - reach, 0.5)
    tries = [(rng.uniform(low, high), rng.uniform(low, high)) for _ in range(style.place_tries)]
    best = max(tries, key=lambda spot: min((math.dist(spot, other) for other in taken), default=0.0))
    return *best, span


def _matrix(rng: random.Random, place: tuple[float, float, float], side: int, style: SceneStyle) -> np.ndarray:
    """(2, 3) float, from the unit box of a pictogram to pixels: stretched, slanted, mirrored, turned, put in place."""
    x, y, span = place
    angle = math.radians(rng.uniform(-style.turn, style.turn))
    stretch = 1.0 + rng.uniform(-style.stretch, style.stretch)
    shear = rng.uniform(-style.shear, style.shear)
    flip = -1.0 if rng.random() < style.mirror else 1.0
    scale = span * side
    cos, sin = math.cos(angle), math.sin(angle)
    shape = scale * np.array([[flip * stretch, shear], [0.0, 1.0 / stretch]])
    linear = np.array([[cos, -sin], [sin, cos]]) @ shape
    shift = np.array([x, y]) * side - linear @ np.array([0.5, 0.5])
    return np.column_stack([linear, shift])


def _paint_pictogram(
    rng: random.Random, image: Image.Image, label_name: str, matrix: np.ndarray, style: SceneStyle
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """The image with one pictogram more, and a pen for it."""
    palette = random_palette(rng, saturation=style.saturation, detail=rng.uniform(*style.detail))
    opacity = rng.uniform(*style.opacity)
    before = image.copy() if opacity < 1.0 else None
    draw = ImageDraw.Draw(image)
    paint(draw, sketch(label_name), matrix, palette)
    if before is None:
        return image, draw
    mixed = Image.blend(before, image, opacity)
    return mixed, ImageDraw.Draw(mixed)


def _developed(rng: random.Random, image: Image.Image, style: SceneStyle) -> np.ndarray:
    """Contrast, brightness and grain."""
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(*style.contrast))
    pixels = np.asarray(image, dtype=np.float32) * np.float32(rng.uniform(*style.brightness))
    grain = np.frombuffer(rng.randbytes(pixels.size), dtype=np.uint8).reshape(pixels.shape)
    amplitude = np.float32(style.noise * rng.random() / 127.5)
    pixels += (grain.astype(np.float32) - 127.5) * amplitude
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
