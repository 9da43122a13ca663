"""Random colours for a pictogram, the same distribution for every class: colour never tells the class."""

import colorsys
import random

from dbl_core.datasets.pictograms.pen import TONES

Colour = tuple[int, int, int]
Palette = dict[str, Colour]


def random_palette(rng: random.Random, *, saturation: tuple[float, float], detail: float) -> Palette:
    """One colour for every tone of ``TONES``.

    Args:
        rng: source of chance; five numbers are drawn from it.
        saturation: lowest and highest saturation, within 0 (grey) to 1.
        detail: how far the other tones stand off from the body, 1 = fully, 0 = a single flat colour.
    """
    hue, value = rng.random(), rng.uniform(0.40, 0.85)
    strength = rng.uniform(*saturation)
    body = hsv(hue, strength, value)
    other = (hue + rng.uniform(0.25, 0.75)) % 1.0
    tones = {
        "body": body,
        "shade": hsv(hue, min(1.0, strength * 1.1), value * 0.62),
        "light": hsv(hue, strength * 0.55, min(1.0, value * 1.3)),
        "accent": hsv(other, max(0.35, strength), 0.92 if value < 0.62 else 0.38),
        "dark": hsv(other, 0.35, 0.13),
        "pale": hsv(other, 0.08, 0.97),
        "edge": hsv(hue, 0.5, 0.10) if rng.random() < 0.75 else hsv(hue, 0.06, 0.98),
    }
    return {tone: blend(body, tones[tone], detail) for tone in TONES}


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """An RGB colour, 0 to 255, from hue, saturation and value in 0 to 1."""
    return tuple(round(255 * channel) for channel in colorsys.hsv_to_rgb(hue, saturation, value))


def blend(start: Colour, end: Colour, amount: float) -> Colour:
    """The colour ``amount`` of the way from start (0) to end (1)."""
    return tuple(round(a + (b - a) * amount) for a, b in zip(start, end, strict=True))
