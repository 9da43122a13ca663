"""The twenty pictograms, one function a class, grouped in files by family.

To add a class: write ``def name(pen)`` in the file of its family with outlines in the unit box (see ``pen.py``), give
it a line in ``PICTOGRAMS``, and look at ``pictogram("name", 256)``. Colours come from a palette that knows no class, so
a drawing must be told by its outline and its inner details alone.
"""

import random
from collections.abc import Callable
from functools import cache
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageDraw

from dbl_core.datasets.pictograms import farm, journeys, people, pets, road, rooms
from dbl_core.datasets.pictograms.palette import Palette, random_palette
from dbl_core.datasets.pictograms.pen import Pen, Sketch

__all__ = ["PICTOGRAMS", "paint", "pictogram", "sketch"]

PICTOGRAMS: MappingProxyType[str, Callable[[Pen], None]] = MappingProxyType(
    {
        "aeroplane": journeys.aeroplane,
        "bicycle": road.bicycle,
        "bird": pets.bird,
        "boat": journeys.boat,
        "bottle": rooms.bottle,
        "bus": road.bus,
        "car": road.car,
        "cat": pets.cat,
        "chair": rooms.chair,
        "cow": farm.cow,
        "diningtable": rooms.diningtable,
        "dog": pets.dog,
        "horse": farm.horse,
        "motorbike": road.motorbike,
        "person": people.person,
        "pottedplant": rooms.pottedplant,
        "sheep": farm.sheep,
        "sofa": rooms.sofa,
        "train": journeys.train,
        "tvmonitor": rooms.tvmonitor,
    }
)

_OVERSAMPLING = 4
_MARGIN = 0.06


@cache
def sketch(label_name: str) -> Sketch:
    """The polygons of a class; drawn once, kept for the life of the process.

    Raises:
        ValueError: no pictogram has this name.
    """
    if label_name not in PICTOGRAMS:
        raise ValueError(f"no pictogram is called {label_name!r}; there are {', '.join(PICTOGRAMS)}")
    pen = Pen()
    PICTOGRAMS[label_name](pen)
    return pen.sketch()


def paint(draw: ImageDraw.ImageDraw, drawing: Sketch, matrix: np.ndarray, palette: Palette) -> None:
    """Draw a sketch onto an image.

    Args:
        draw: Pillow's drawing context of the image.
        drawing: polygons in the unit box.
        matrix: (2, 3) float, maps (x, y, 1) of the unit box to pixels.
        palette: a colour for every tone.
    """
    points = (drawing.points @ matrix[:, :2].T + matrix[:, 2]).ravel().tolist()
    start = 0
    for end, tone in zip(drawing.ends, drawing.tones, strict=True):
        draw.polygon(points[start : end * 2], fill=palette[tone])
        start = end * 2


def pictogram(label_name: str, size: int = 64, *, seed: int = 0, background: str = "#f4f4f2") -> np.ndarray:
    """One class alone on a plain ground, upright: icon of the class and key to the scenes.

    Args:
        label_name: one of ``PICTOGRAMS``.
        size: side of the square image in pixels, 8 to 2048.
        seed: chooses the colours; the drawing stays the same.
        background: any colour Pillow understands.

    Returns:
        (size, size, 3) uint8.

    Raises:
        ValueError: unknown label, or a size outside 8..2048.
    """
    if not 8 <= size <= 2048:
        raise ValueError(f"size is {size}, must be from 8 to 2048 pixels")
    large = size * _OVERSAMPLING
    image = Image.new("RGB", (large, large), background)
    palette = random_palette(random.Random(f"pictogram:{seed}"), saturation=(0.45, 0.9), detail=1.0)
    span = large * (1 - 2 * _MARGIN)
    matrix = np.array([[span, 0.0, large * _MARGIN], [0.0, span, large * _MARGIN]])
    paint(ImageDraw.Draw(image), sketch(label_name), matrix, palette)
    return np.asarray(image.reduce(_OVERSAMPLING))
