"""Pictures for pre-training: several abstract shapes over a cluttered background, and which families they show."""

import colorsys
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from dbl_core.pretrain.families import Family, Part, shape_families

SIDE = 64
SUPERSAMPLING = 2  # drawn twice as large and averaged down: smooth edges at 64 pixels
GRID = 8
MAX_SHAPES = 5
NOTHING, UNSURE = -1, -2  # cells of the map of places that no shape reaches, and those at a shape's rim
_CHUNK = 250

Colour = tuple[int, int, int]


@lru_cache(maxsize=1)
def _families() -> tuple[Family, ...]:
    return shape_families()


def family_names() -> tuple[str, ...]:
    """Return the names of the families: the labels of the pre-training task, in column order."""
    return tuple(family.name for family in _families())


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, min(saturation, 1.0), min(value, 1.0))
    return round(red * 255), round(green * 255), round(blue * 255)


def _any_colour(rng: np.random.Generator) -> Colour:
    return _colour(rng.random(), rng.uniform(0.1, 1.0), rng.uniform(0.15, 1.0))


def _four_tones(rng: np.random.Generator) -> tuple[Colour, ...]:
    """Return the colours of one shape: its body's, a darker, a lighter one and one of another hue."""
    hue, saturation, value = rng.random(), rng.uniform(0.1, 0.9), rng.uniform(0.35, 0.9)
    depth = rng.uniform(0.3, 0.8)
    return (
        _colour(hue, saturation, value),
        _colour(hue, saturation, value * (1 - depth)),
        _colour(hue, saturation * (1 - depth), value * (1 + depth)),
        _colour(hue + rng.uniform(0.25, 0.75), saturation, 0.9 if value < 0.6 else 0.3),
    )


def _background(rng: np.random.Generator) -> Image.Image:
    """Draw a two-colour gradient under faint patches and scratches, and a few bold pieces of no family.

    The bold ones (discs, oblongs, wedges and strokes in full colour, most with a contour) are what teaches the
    backbone that an edge is not yet a shape.
    """
    side = SIDE * SUPERSAMPLING
    ends = np.array([_any_colour(rng), _any_colour(rng)], dtype=np.float64)
    angle = rng.uniform(0, 2 * np.pi)
    grid = np.linspace(-0.5, 0.5, side)
    ramp = np.clip(0.5 + grid[None, :] * np.cos(angle) + grid[:, None] * np.sin(angle), 0, 1)[..., None]
    picture = Image.fromarray((ends[0] * (1 - ramp) + ends[1] * ramp).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(3, 12)):
        ink = (ends.mean(axis=0) + np.array(_any_colour(rng))) / 2
        _piece(draw, rng, fill=tuple(int(c) for c in ink), edge=None, reach=side / 6)
    for _ in range(rng.integers(0, 6)):
        edge = _colour(rng.random(), 0.3, rng.choice((0.1, 0.95))) if rng.random() < 0.7 else None
        _piece(draw, rng, fill=_any_colour(rng), edge=edge, reach=side / 9)
    return picture


def _piece(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, *, fill: Colour, edge: Colour | None, reach: float
) -> None:
    """Paint one piece of clutter: an oval, an oblong, a wedge, a hoop or a scratch up to `reach` from its centre."""
    x, y = rng.uniform(0, SIDE * SUPERSAMPLING, size=2)
    width, height = rng.uniform(0.2, 1.0, size=2) * reach
    frame, rim = (x - width, y - height, x + width, y + height), int(rng.integers(1, 4))
    kind = rng.integers(5)
    if kind == 0:
        draw.ellipse(frame, fill=fill, outline=edge, width=rim)
    elif kind == 1:
        draw.rectangle(frame, fill=fill, outline=edge, width=rim)
    elif kind == 2:
        corners = np.array((x, y)) + rng.uniform(-reach, reach, size=(3, 2))
        draw.polygon([(float(u), float(v)) for u, v in corners], fill=fill, outline=edge, width=rim)
    elif kind == 3:
        draw.ellipse(frame, outline=fill, width=2 * rim)
    else:
        end = np.array((x, y)) + rng.uniform(-3 * reach, 3 * reach, size=2)
        draw.line((x, y, *end), fill=fill, width=2 * rim)


def _paint(draw: ImageDraw.ImageDraw, parts: tuple[Part, ...], rng: np.random.Generator) -> np.ndarray:
    """Paint one shape at a random place, size, angle, slant and colour; return (x, y, radius) in pixels."""
    side = SIDE * SUPERSAMPLING
    radius = side * rng.uniform(0.14, 0.33)
    angle = rng.normal(0, np.radians(12))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    stretch = np.diag(rng.uniform(0.85, 1.15, size=2) * (rng.choice((-1, 1)), 1))
    slant = np.array([[1.0, 0.0], [rng.normal(0, 0.1), 1.0]])
    place = rng.uniform(0.75 * radius, side - 0.75 * radius, size=2)
    tones = _four_tones(rng)
    edge = _colour(rng.random(), 0.3, rng.choice((0.1, 0.1, 0.95))) if rng.random() < 0.7 else None
    rim = int(rng.integers(1, 4))
    for part in parts:
        points = radius * part.points @ (stretch @ slant @ turn) + place
        corners = [(float(x), float(y)) for x, y in points]
        if part.width:
            width = max(2, round(part.width * radius))
            if edge:
                draw.line(corners, fill=edge, width=width + 2 * rim, joint="curve")
            draw.line(corners, fill=tones[part.tone], width=width, joint="curve")
        else:
            draw.polygon(corners, fill=tones[part.tone], outline=edge, width=rim)
    return np.array([*place, radius]) / SUPERSAMPLING


def _mark(places: np.ndarray, family: int, x: float, y: float, radius: float) -> None:
    """Enter a shape into the (8, 8) map of places: its family near the centre, UNSURE out to its rim."""
    centres = (np.arange(GRID) + 0.5) * SIDE / GRID
    distance = np.maximum(np.abs(centres[None, :] - x), np.abs(centres[:, None] - y))
    places[(distance < radius) & (places == NOTHING)] = UNSURE
    places[distance < max(0.5 * radius, 0.5 * SIDE / GRID)] = family


def draw_picture(index: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw one pre-training picture, a pure function of (seed, index).

    Returns:
        The picture (64, 64, 3) uint8 and the map of places (8, 8) int16: for each cell of the grid the index of the
        family whose centre is near, NOTHING, or UNSURE. The last shape painted lies on top and keeps its cells.
    """
    rng = np.random.default_rng([seed, index])
    families = _families()
    places = np.full((GRID, GRID), NOTHING, dtype=np.int16)
    picture = _background(rng)
    draw = ImageDraw.Draw(picture)
    for chosen in rng.choice(len(families), size=rng.integers(1, MAX_SHAPES + 1), replace=False):
        _mark(places, chosen, *_paint(draw, families[chosen].parts, rng))
    pixels = np.asarray(picture.reduce(SUPERSAMPLING), dtype=np.float32)
    pixels = pixels * rng.uniform(0.8, 1.1) + rng.normal(0, rng.uniform(0, 10), size=pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8), places


def present_families(places: np.ndarray) -> np.ndarray:
    """Return which families a map of places names, (n_pictures, n_families) bool, from (n_pictures, 8, 8) int16.

    A family whose cells were all painted over is absent.
    """
    labels = np.zeros((len(places), len(_families())), dtype=bool)
    picture, row, column = np.nonzero(places >= 0)
    labels[picture, places[picture, row, column]] = True
    return labels


def _draw_chunk(first: int, last: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    drawn = [draw_picture(index, seed=seed) for index in range(first, last)]
    return np.stack([picture for picture, _ in drawn]), np.stack([places for _, places in drawn])


def draw_pictures(
    n_pictures: int, *, seed: int, first: int = 0, processes: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pictures `first` to `first + n_pictures - 1` in a pool of processes.

    Args:
        n_pictures: how many, at least 1.
        seed: the pictures' seed, 0 or more.
        first: index of the first picture; training and held-out pictures take indices that do not meet.
        processes: size of the pool; None takes every core, 1 draws in this process, as do 250 pictures or fewer.

    Returns:
        Pictures (n_pictures, 64, 64, 3) uint8 and maps of places (n_pictures, 8, 8) int16, in the order of the indices
        whatever the number of processes.
    """
    starts = range(first, first + n_pictures, _CHUNK)
    stops = [min(start + _CHUNK, first + n_pictures) for start in starts]
    seeds = [seed] * len(stops)
    if processes == 1 or len(stops) == 1:
        chunks = list(map(_draw_chunk, starts, stops, seeds))
    else:
        # spawned, not forked: the caller may run torch's threads, which a fork would copy half-way through their work
        with ProcessPoolExecutor(processes or os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
            chunks = list(pool.map(_draw_chunk, starts, stops, seeds))
    return np.concatenate([pictures for pictures, _ in chunks]), np.concatenate([places for _, places in chunks])
