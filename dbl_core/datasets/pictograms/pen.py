"""The pen a pictogram is drawn with: outlines in a unit box, filled with named tones.

A pictogram is a list of filled polygons, nothing else: strokes, rings and contours are turned into polygons here, once,
so that drawing one into a scene is a matrix product and a few calls of Pillow.

Coordinates: x runs right and y down, the pictogram fills (0, 0) to (1, 1). Widths and radii are in the same unit.
"""

import math
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]
Outline = tuple[Point, ...]

TONES = ("body", "shade", "light", "accent", "dark", "pale", "edge")
CONTOUR_WIDTH = 0.022
_CURVE_STEPS = 5
_OVAL_POINTS = 22


@dataclass(frozen=True)
class Sketch:
    """A finished pictogram: polygons in the unit box, in drawing order.

    Attributes:
        points: (n_points, 2) float64, the corners of all polygons one after the other.
        ends: for every polygon, the index after its last corner in ``points``.
        tones: for every polygon, the name of its tone (one of ``TONES``).
    """

    points: np.ndarray
    ends: tuple[int, ...]
    tones: tuple[str, ...]


class Pen:
    """Collects the filled polygons of one pictogram; later ones cover earlier ones."""

    def __init__(self) -> None:
        self._polygons: list[Outline] = []
        self._tones: list[str] = []

    def fill(self, tone: str, *outlines: Outline) -> None:
        """Fill outlines without a contour: inner details."""
        if tone not in TONES:
            raise ValueError(f"unknown tone {tone!r}; allowed are {', '.join(TONES)}")
        for outline in outlines:
            self._polygons.append(outline)
            self._tones.append(tone)

    def solid(self, tone: str, *outlines: Outline) -> None:
        """Fill outlines as one part with a common contour around their union: body and limbs."""
        self.fill("edge", *(inflated(outline, CONTOUR_WIDTH) for outline in outlines))
        self.fill(tone, *outlines)

    def sketch(self) -> Sketch:
        """What was drawn so far."""
        ends, total = [], 0
        for polygon in self._polygons:
            total += len(polygon)
            ends.append(total)
        points = np.array([point for polygon in self._polygons for point in polygon], dtype=np.float64).reshape(-1, 2)
        points.setflags(write=False)
        return Sketch(points, tuple(ends), tuple(self._tones))


def box(left: float, top: float, right: float, bottom: float, *, corner: float = 0.0) -> Outline:
    """A rectangle; ``corner`` is the radius of its round corners (0: sharp)."""
    if corner <= 0:
        return ((left, top), (right, top), (right, bottom), (left, bottom))
    centres = (
        (right - corner, bottom - corner, 0),
        (left + corner, bottom - corner, 90),
        (left + corner, top + corner, 180),
        (right - corner, top + corner, 270),
    )
    return tuple(
        (x + corner * math.cos(math.radians(start + step)), y + corner * math.sin(math.radians(start + step)))
        for x, y, start in centres
        for step in (0, 30, 60, 90)
    )


def oval(x: float, y: float, width: float, height: float, *, turn: float = 0.0) -> Outline:
    """An ellipse around (x, y) with half axes ``width`` and ``height``, turned clockwise by ``turn`` degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    angles = [2 * math.pi * k / _OVAL_POINTS for k in range(_OVAL_POINTS)]
    offsets = [(width * math.cos(a), height * math.sin(a)) for a in angles]
    return tuple((x + cos * u - sin * v, y + sin * u + cos * v) for u, v in offsets)


def ring(x: float, y: float, radius: float, width: float) -> Outline:
    """A hollow circle of outer ``radius`` whose line is ``width`` thick; what lies behind shows through its middle."""
    outer, inner = oval(x, y, radius, radius), oval(x, y, radius - width, radius - width)
    return (*outer, outer[0], inner[0], *reversed(inner))


def curve(*points: Point) -> Outline:
    """The closed smooth line through the points (Catmull-Rom): the outline of something that grew."""
    n = len(points)
    return tuple(
        _between(points[k - 1], points[k], points[(k + 1) % n], points[(k + 2) % n], step / _CURVE_STEPS)
        for k in range(n)
        for step in range(_CURVE_STEPS)
    )


def band(*points: Point, width: float, end_width: float | None = None, smooth: bool = True) -> Outline:
    """An open line through the points with round ends: limbs, tails, spokes, frames.

    Args:
        *points: at least two points.
        width: thickness at the first point.
        end_width: thickness at the last point; the same when None.
        smooth: bend through the points; False keeps the corners.
    """
    line = _open_curve(points) if smooth and len(points) > 2 else points
    last = len(line) - 1
    end_width = width if end_width is None else end_width
    left, right = [], []
    for k, (x, y) in enumerate(line):
        ux, uy = _direction(line[max(k - 1, 0)], line[min(k + 1, last)])
        half = (width + (end_width - width) * k / last) / 2
        left.append((x + uy * half, y - ux * half))
        right.append((x - uy * half, y + ux * half))
    return (*left, *_cap(line[-2], line[-1], end_width), *reversed(right), *_cap(line[1], line[0], width))


def inflated(outline: Outline, distance: float) -> Outline:
    """The outline moved outward by ``distance`` on every side; sharp corners are cut at twice that distance."""
    ring_area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True))
    sign = 1.0 if ring_area > 0 else -1.0
    moved = []
    for k, (x, y) in enumerate(outline):
        before, after = outline[k - 1], outline[(k + 1) % len(outline)]
        ax, ay = _direction(before, (x, y))
        bx, by = _direction((x, y), after)
        nx, ny = (ay + by) / 2, -(ax + bx) / 2
        scale = sign * distance / max(nx * nx + ny * ny, 0.25)
        moved.append((x + nx * scale, y + ny * scale))
    return tuple(moved)


def _between(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    """The Catmull-Rom point between b (t = 0) and c (t = 1)."""
    return tuple(
        0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t**3)
        for p, q, r, s in zip(a, b, c, d, strict=True)
    )


def _open_curve(points: tuple[Point, ...]) -> Outline:
    """The smooth line through the points, from the first to the last."""
    padded = (points[0], *points, points[-1])
    line = [
        _between(*padded[k : k + 4], step / _CURVE_STEPS)
        for k in range(len(points) - 1)
        for step in range(_CURVE_STEPS)
    ]
    return (*line, points[-1])


def _direction(start: Point, end: Point) -> Point:
    """Unit vector from start to end; (0, 0) where they coincide."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    return (dx / length, dy / length) if length > 1e-12 else (0.0, 0.0)


def _cap(before: Point, end: Point, width: float) -> Outline:
    """The round end of a band that arrives at ``end`` from ``before``."""
    ux, uy = _direction(before, end)
    x, y = end
    half = width / 2
    # the cap runs from the left side (up, seen along the line) over the tip to the right side
    return tuple(
        (x + half * (uy * math.cos(a) + ux * math.sin(a)), y + half * (-ux * math.cos(a) + uy * math.sin(a)))
        for a in (math.pi / 4, math.pi / 2, 3 * math.pi / 4)
    )
