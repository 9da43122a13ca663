"""The families of abstract shapes that the backbone is pre-trained to tell apart.

None is a pictogram of a data set: the first ones are figures of plane geometry (polygons, stars, gears, spirals,
strokes), the rest are glyphs, random parts around a random body, put together once and for all. A family is a fixed
recipe in the unit square [-1, 1]^2; colour, size, angle and place belong to the picture, not to the family.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

N_GLYPHS = 110
GLYPH_SEED = 2007  # the glyphs are part of the task: the same whatever seed a training takes


@dataclass(frozen=True, eq=False)
class Part:
    """One filled polygon or one stroke of a family.

    Attributes:
        points: (n_points, 2) float64, x right and y down, about [-1, 1].
        tone: which of the shape's four colours paints it: 0 (the body's), 1 darker, 2 lighter, 3 another hue.
        width: 0 for a filled polygon, else the width of the stroke in the units of `points`.
    """

    points: np.ndarray
    tone: int = 0
    width: float = 0.0


@dataclass(frozen=True, eq=False)
class Family:
    """A named recipe of parts, painted in their order."""

    name: str
    parts: tuple[Part, ...]


def _polar(radius: Callable[[np.ndarray], np.ndarray], n_points: int = 48, turns: float = 1.0) -> np.ndarray:
    angle = np.linspace(0.0, 2 * np.pi * turns, n_points, endpoint=turns != 1.0) - np.pi / 2
    length = radius(angle + np.pi / 2)
    return np.stack([length * np.cos(angle), length * np.sin(angle)], axis=1)


def regular(n_sides: int, radius: float = 1.0) -> np.ndarray:
    """Return the corners (n_sides, 2) of a regular polygon that stands on its side."""
    return _polar(lambda a: np.full_like(a, radius), n_sides)


def star(n_rays: int, inner: float) -> np.ndarray:
    """Return a star with `n_rays` points whose notches lie at radius `inner` (0..1)."""
    corners = _polar(np.ones_like, 2 * n_rays)
    corners[1::2] *= inner
    return corners


def gear(n_teeth: int, depth: float = 0.3) -> np.ndarray:
    """Return a cog wheel: a disc whose radius drops by `depth` between its teeth."""
    return _polar(lambda a: np.where(np.sin(n_teeth * a) > 0, 1.0, 1.0 - depth), 12 * n_teeth)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Return the corners (4, 2) of an upright rectangle."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)


def shifted(points: np.ndarray, right: float, down: float) -> np.ndarray:
    """Return the points moved right and down."""
    return points + np.array([right, down])


def arc(start: float, stop: float, radius: float = 1.0) -> np.ndarray:
    """Return 24 points of a circle between two angles in degrees (0 points right, 90 down)."""
    angle = np.radians(np.linspace(start, stop, 24))
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _path(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, dtype=np.float64)


def _wave(periods: float, height: float) -> np.ndarray:
    x = np.linspace(-1, 1, 40)
    return np.stack([x, height * np.sin(np.pi * periods * x)], axis=1)


def _bars(n_bars: int, *, flat: bool) -> tuple[Part, ...]:
    edges = np.linspace(-1, 1, 2 * n_bars)
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Part(box(-1, a, 1, b) if flat else box(a, -1, b, 1), tone=i % 2) for i, (a, b) in enumerate(pairs))


def _dots(n_side: int, radius: float, tone: int = 0) -> tuple[Part, ...]:
    places = np.linspace(-0.75, 0.75, n_side)
    return tuple(Part(shifted(regular(12, radius), x, y), tone=tone) for x in places for y in places)


def _crescent(bite: float) -> np.ndarray:
    inner = arc(300, 60, 0.85)
    inner[:, 0] += bite
    return np.concatenate([arc(60, 300), inner])


def _filled() -> dict[str, np.ndarray]:
    """Return the families that are one filled outline."""
    figures = {f"polygon-{n}": regular(n) for n in (3, 4, 5, 6, 8)}
    figures |= {f"star-{n}": star(n, inner) for n, inner in ((4, 0.35), (5, 0.42), (6, 0.6), (9, 0.65))}
    figures |= {f"gear-{n}": gear(n) for n in (5, 8, 12)}
    figures |= {f"petals-{n}": _polar(lambda a, n=n: 0.6 + 0.4 * np.cos(n * a)) for n in (3, 4, 6)}
    return figures | {
        "half-disc": arc(180, 360),
        "sector": np.concatenate([arc(35, 325), np.zeros((1, 2))]),
        "crescent": _crescent(0.45),
        "drop": _polar(lambda a: 0.55 + 0.45 * np.exp(-4 * (1 - np.cos(a)))),
        "egg": regular(32) * (0.7, 1.0) * (1 + 0.2 * regular(32)[:, 1:]),
        "trapezoid": _path((-0.5, -0.6), (0.5, -0.6), (1, 0.6), (-1, 0.6)),
        "slanted": _path((-0.4, -0.6), (1, -0.6), (0.4, 0.6), (-1, 0.6)),
        "hourglass": _path((-0.8, -1), (0.8, -1), (0.1, 0), (0.8, 1), (-0.8, 1), (-0.1, 0)),
        "kite": _path((0, -1), (0.6, -0.3), (0, 1), (-0.6, -0.3)),
        "arrow": _path((-1, -0.25), (0.2, -0.25), (0.2, -0.7), (1, 0), (0.2, 0.7), (0.2, 0.25), (-1, 0.25)),
        "bolt": _path((0.2, -1), (-0.6, 0.15), (-0.05, 0.15), (-0.2, 1), (0.6, -0.2), (0.05, -0.2)),
        "stairs": _path((-1, 1), (-1, 0.4), (-0.4, 0.4), (-0.4, -0.2), (0.3, -0.2), (0.3, -0.8), (1, -0.8), (1, 1)),
        "notched": _path((-1, -0.7), (-0.3, -0.7), (-0.3, 0), (0.3, 0), (0.3, -0.7), (1, -0.7), (1, 0.7), (-1, 0.7)),
    }


def _stroked() -> dict[str, tuple[Part, ...]]:
    """Return the families made of strokes."""
    strokes = {
        "ring": [np.vstack([regular(32, 0.85), regular(32, 0.85)[:2]])],
        "spiral": [_polar(lambda a: 0.1 + 0.9 * a / (5 * np.pi), 60, turns=2.5)],
        "zigzag": [_path((-1, 0.5), (-0.6, -0.5), (-0.2, 0.5), (0.2, -0.5), (0.6, 0.5), (1, -0.5))],
        "wave": [_wave(2, 0.5)],
        "plus": [_path((-1, 0), (1, 0)), _path((0, -1), (0, 1))],
        "asterisk": [_path((-c, -s), (c, s)) for c, s in ((1, 0), (0.5, 0.87), (-0.5, 0.87))],
        "tee": [_path((-0.8, -0.8), (0.8, -0.8)), _path((0, -0.8), (0, 1))],
        "ell": [_path((-0.6, -1), (-0.6, 0.85), (0.8, 0.85))],
        "aitch": [_path((-0.7, -1), (-0.7, 1)), _path((0.7, -1), (0.7, 1)), _path((-0.7, 0), (0.7, 0))],
        "cup": [np.vstack([(-0.8, -1.0), shifted(arc(180, 0, 0.8), 0, 0.1), (0.8, -1.0)])],
        "comb": [_path((-1, -0.7), (1, -0.7)), *(_path((x, -0.7), (x, 0.8)) for x in (-0.85, -0.3, 0.3, 0.85))],
        "ladder": [_path((x, -1), (x, 1)) for x in (-0.5, 0.5)] + [_path((-0.5, y), (0.5, y)) for y in (-0.6, 0, 0.6)],
        "lattice": [_path((x, -1), (x, 1)) for x in (-0.7, 0, 0.7)] + [_path((-1, y), (1, y)) for y in (-0.7, 0, 0.7)],
        "fork": [_path((0, 1), (0, 0)), _path((-0.7, -1), (0, 0), (0.7, -1))],
        "bow": [arc(200, 340), _path((-0.94, -0.34), (0.94, -0.34))],
        "eight": [
            np.vstack([shifted(regular(20, 0.5), 0, -0.48)] * 2),
            np.vstack([shifted(regular(20, 0.5), 0, 0.48)] * 2),
        ],
    }
    return {name: tuple(Part(points, width=0.26) for points in lines) for name, lines in strokes.items()}


def _patterned() -> dict[str, tuple[Part, ...]]:
    """Return the families whose mark is a pattern of tones."""
    disc = Part(regular(32))
    return {
        "target": (disc, Part(regular(32, 0.68), 1), Part(regular(32, 0.36), 0)),
        "spotted": (disc, *(Part(p.points * 0.75, 1) for p in _dots(3, 0.2))),
        "dots": _dots(3, 0.24),
        "flat-bars": _bars(4, flat=True),
        "upright-bars": _bars(4, flat=False),
        "checkers": tuple(
            Part(box(x, y, x + 0.5, y + 0.5), (i + j) % 2)
            for i, x in enumerate(np.arange(-1, 1, 0.5))
            for j, y in enumerate(np.arange(-1, 1, 0.5))
        ),
        "framed": (Part(box(-1, -0.8, 1, 0.8)), Part(box(-0.6, -0.45, 0.6, 0.45), 1)),
        "holed": (Part(regular(6)), Part(regular(16, 0.45), 2)),
        "split": (Part(box(-1, -0.8, 0, 0.8)), Part(box(0, -0.8, 1, 0.8), 1)),
    }


def _pick(rng: np.random.Generator, choices: tuple[np.ndarray, ...]) -> np.ndarray:
    return choices[rng.integers(len(choices))]


def _blob(rng: np.random.Generator) -> np.ndarray:
    """Return a smooth random outline: a circle with two to four low waves on its radius."""
    size, phase = rng.uniform(0, (0.3, 0.2, 0.12)), rng.uniform(0, 2 * np.pi, size=3)
    return _polar(lambda a: 0.85 + sum(size[k] * np.sin((k + 2) * a + phase[k]) for k in range(3)), 32)


def _body(rng: np.random.Generator) -> Part:
    trapezoid = _path((-0.5, -0.8), (0.5, -0.8), (1, 0.8), (-1, 0.8))
    shapes = (_blob(rng), _blob(rng), regular(20), box(-1, -1, 1, 1), regular(3), trapezoid, arc(180, 360), gear(7))
    points = _pick(rng, shapes) * rng.uniform(0.3, 0.75, size=2)
    return Part(points if rng.random() < 0.7 else points[:, ::-1])


def _limbs(rng: np.random.Generator) -> list[Part]:
    """Return up to five bent strokes of one width: a row of legs below the body, or rays around it."""
    count, width, tone = rng.integers(0, 6), rng.uniform(0.08, 0.22), int(rng.integers(4))
    row, reach, bend = rng.random() < 0.5, rng.uniform(0.5, 1.0), rng.uniform(-0.3, 0.3)
    limbs = []
    for k in range(count):
        if row:
            x = -0.5 + k / max(count - 1, 1)
            points = _path((x, 0.1), (x + bend, 0.5 * reach + 0.1), (x, reach))
        else:
            angle = rng.uniform(0, 2 * np.pi)
            out = np.array([np.cos(angle), np.sin(angle)])
            points = np.stack([0.2 * out, 0.6 * reach * out + bend * out[::-1], reach * out])
        limbs.append(Part(points, tone, width))
    return limbs


def _detail(rng: np.random.Generator) -> Part:
    """Return a small figure on, or beside, the body."""
    if rng.random() < 0.3:
        points = _pick(rng, (_wave(1.5, 0.5), arc(190, 350), _path((-1, 0), (1, 0)), regular(16), regular(4)))
        width = rng.uniform(0.07, 0.16)
    else:
        shapes = (
            regular(16),
            regular(3),
            box(-1, -0.5, 1, 0.5),
            regular(4),
            star(5, 0.45),
            arc(180, 360),
            _crescent(0.5),
        )
        points, width = _pick(rng, shapes), 0.0
    points = points * rng.uniform(0.1, 0.42) * rng.uniform(0.6, 1.0, size=2)
    return Part(points + rng.uniform(-0.75, 0.75, size=2), int(rng.integers(1, 4)), width)


def _glyph(index: int) -> Family:
    """Return glyph `index`: limbs, a body and one to five details, every third glyph a mirror image of itself."""
    rng = np.random.default_rng([GLYPH_SEED, index])
    parts = [*_limbs(rng), _body(rng), *(_detail(rng) for _ in range(rng.integers(1, 6)))]
    if index % 3 == 0:
        parts = [half for p in parts for half in (p, Part(p.points * (-1, 1), p.tone, p.width))]
    every = np.concatenate([part.points for part in parts])
    middle, reach = (every.max(0) + every.min(0)) / 2, np.ptp(every, axis=0).max() / 2
    return Family(
        f"glyph-{index:03d}",
        tuple(Part((part.points - middle) / reach, part.tone, part.width / reach) for part in parts),
    )


def shape_families() -> tuple[Family, ...]:
    """Return all families in their fixed order: figures, strokes, patterns, then the glyphs."""
    filled = [Family(name, (Part(points),)) for name, points in _filled().items()]
    others = [Family(name, parts) for name, parts in (_stroked() | _patterned()).items()]
    return (*filled, *others, *(_glyph(index) for index in range(N_GLYPHS)))
