"""The ground a scene is drawn on, and what lies about in it: shapes that are no class.

Clutter uses the same palettes and similar sizes as the pictograms, so neither colour nor scale tells them apart.
"""

import math
import random
from typing import Protocol

from PIL import Image, ImageDraw

from dbl_core.datasets.pictograms.palette import Colour, hsv, random_palette

Range = tuple[float, float]


class ClutterStyle(Protocol):
    """The part of a scene's style that clutter reads; see ``SceneStyle``."""

    saturation: Range
    detail: Range
    bands: tuple[int, int]
    blobs: tuple[int, int]
    distractors: tuple[int, int]
    strokes: tuple[int, int]
    distractor_size: Range
    occluders: tuple[int, int]
    occluder_size: Range


def draw_background(rng: random.Random, side: int, style: ClutterStyle) -> Image.Image:
    """A square ground of ``side`` pixels: gradient, bands, blobs, distractor shapes and strokes."""
    corners = Image.new("RGB", (2, 2))
    corners.putdata([_ground_colour(rng, style) for _ in range(4)])
    image = corners.resize((side, side), Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    _draw_bands(rng, draw, side, style)
    for _ in range(rng.randint(*style.blobs)):
        centre, radius = _spot(rng, side), side * rng.uniform(0.08, 0.3)
        draw.polygon(_star(rng, centre, radius, rng.randint(5, 9), 0.45), fill=_ground_colour(rng, style))
    for _ in range(rng.randint(*style.distractors)):
        _draw_distractor(rng, draw, _spot(rng, side), side * rng.uniform(*style.distractor_size), style)
    for _ in range(rng.randint(*style.strokes)):
        _draw_stroke(rng, draw, side, style)
    return image


def draw_occluders(rng: random.Random, draw: ImageDraw.ImageDraw, side: int, style: ClutterStyle) -> None:
    """A few small shapes on top of everything."""
    for _ in range(rng.randint(*style.occluders)):
        _draw_distractor(rng, draw, _spot(rng, side), side * rng.uniform(*style.occluder_size), style)


def _ground_colour(rng: random.Random, style: ClutterStyle) -> Colour:
    """A colour of the ground."""
    return hsv(rng.random(), rng.uniform(*style.saturation) * 0.7, rng.uniform(0.25, 0.95))


def _spot(rng: random.Random, side: int) -> tuple[float, float]:
    """A random point of the image."""
    return rng.uniform(0, side), rng.uniform(0, side)


def _star(
    rng: random.Random, centre: tuple[float, float], radius: float, corners: int, roughness: float
) -> list[tuple[float, float]]:
    """A polygon around a centre whose corners lie at random distances from it; roughness 0 makes it regular."""
    start = rng.uniform(0, 2 * math.pi)
    reaches = [radius * (1 - roughness * rng.random()) for _ in range(corners)]
    return [
        (
            centre[0] + reach * math.cos(start + 2 * math.pi * k / corners),
            centre[1] + reach * math.sin(start + 2 * math.pi * k / corners),
        )
        for k, reach in enumerate(reaches)
    ]


def _draw_bands(rng: random.Random, draw: ImageDraw.ImageDraw, side: int, style: ClutterStyle) -> None:
    """Parallel stripes across the whole ground, at a random angle."""
    angle, colour = rng.uniform(0, math.pi), _ground_colour(rng, style)
    along = (2 * side * math.cos(angle), 2 * side * math.sin(angle))
    across = (-math.sin(angle), math.cos(angle))
    for _ in range(rng.randint(*style.bands)):
        offset, width = rng.uniform(-0.7, 0.7) * side, rng.uniform(0.01, 0.09) * side
        x, y = side / 2 + across[0] * offset, side / 2 + across[1] * offset
        ends = ((x - along[0], y - along[1]), (x + along[0], y + along[1]))
        draw.line(ends, fill=colour, width=max(1, round(width)))


def _draw_distractor(
    rng: random.Random, draw: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, style: ClutterStyle
) -> None:
    """A polygon, star, disc, ring or cross with a contour and an inner part, coloured like a pictogram."""
    palette = random_palette(rng, saturation=style.saturation, detail=rng.uniform(*style.detail))
    x, y = centre
    kind = rng.choice(("polygon", "star", "disc", "ring", "cross"))
    frame = (x - radius, y - radius, x + radius, y + radius)
    if kind == "ring":
        draw.ellipse(frame, outline=palette["body"], width=max(1, round(radius * rng.uniform(0.2, 0.5))))
        return
    if kind == "cross":
        corners = _star(rng, centre, radius, 4, 0.2)
        for start, end in ((0, 2), (1, 3)):
            draw.line((corners[start], corners[end]), fill=palette["body"], width=max(1, round(radius * 0.4)))
        return
    if kind == "disc":
        draw.ellipse(frame, fill=palette["edge"])
        rim = radius * 0.88
        draw.ellipse((x - rim, y - rim, x + rim, y + rim), fill=palette["body"])
    else:
        corners = _star(rng, centre, radius, rng.randint(3, 8), 0.15 if kind == "polygon" else 0.6)
        draw.polygon(corners, fill=palette["edge"])
        draw.polygon([(x + (u - x) * 0.84, y + (v - y) * 0.84) for u, v in corners], fill=palette["body"])
    inner = _star(rng, centre, radius * rng.uniform(0.25, 0.5), rng.randint(3, 6), 0.3)
    draw.polygon(inner, fill=palette[rng.choice(("dark", "pale", "accent", "shade"))])


def _draw_stroke(rng: random.Random, draw: ImageDraw.ImageDraw, side: int, style: ClutterStyle) -> None:
    """A crooked line of two to four pieces."""
    x, y = _spot(rng, side)
    heading = rng.uniform(0, 2 * math.pi)
    points = [(x, y)]
    for _ in range(rng.randint(2, 4)):
        heading += rng.uniform(-1.4, 1.4)
        step = side * rng.uniform(0.06, 0.2)
        x, y = x + step * math.cos(heading), y + step * math.sin(heading)
        points.append((x, y))
    colour = hsv(rng.random(), rng.uniform(*style.saturation), rng.uniform(0.1, 0.98))
    draw.line(points, fill=colour, width=max(1, round(side * rng.uniform(0.008, 0.03))))
