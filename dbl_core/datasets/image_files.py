"""Images of the user's own, read one by one from below a folder, never from outside it, never more than fits.

An image is measured by its header before it is decoded: one of 30,000 x 30,000 pixels is refused in a millisecond.
"""

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from dbl_core.errors import DataError

MAX_PIXELS = 64_000_000
MAX_IMAGE_BYTES = 128 * 2**20
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
SIDES = (16, 1024)
"""Smallest and largest side of the square images that a data set may be asked for."""
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_DAMAGE = (
    OSError, EOFError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, MemoryError,
    struct.error, zlib.error, UserWarning,
)  # fmt: skip
"""What Pillow raises on damaged files, by format; its warnings (damaged EXIF data) where they are made errors."""


@dataclass(frozen=True)
class ImageFolder:
    """Reads the image of a row; an image source of ``MultiLabelDataset``, fit to be sent to another process.

    Attributes:
        root: the folder; nothing outside it is read.
        names: file names below it by row, with "/" between folders.
        side: pixels per side of what is given.
    """

    root: str
    names: tuple[str, ...]
    side: int

    def __call__(self, row: int) -> np.ndarray:
        """(side, side, 3) uint8; see :func:`read_image`."""
        return read_image(self.root, self.names[row], side=self.side)


def checked_side(side: object) -> int:
    """A side length as an int.

    Raises:
        ValueError: it is no whole number within ``SIDES``.
    """
    if isinstance(side, bool) or not isinstance(side, int | np.integer) or not SIDES[0] <= side <= SIDES[1]:
        raise ValueError(f"side is {side!r}, must be a whole number from {SIDES[0]} to {SIDES[1]} (pixels)")
    return int(side)


def read_image(root: str | Path, name: str, *, side: int) -> np.ndarray:
    """Read an image, turned as its EXIF data say, in RGB, resized to a square without keeping its aspect.

    The whole image is kept, as in Wu et al., ECCV 2020; 16-bit grey is scaled to 8 bits, transparency is dropped, of an
    animation the first frame counts.

    Args:
        root: folder of images.
        name: file name below it.
        side: pixels per side of the result.

    Returns:
        (side, side, 3) uint8.

    Raises:
        ValueError: side is out of range.
        DataError: the name leads out of the folder, or the file is missing, damaged, no image, or larger than
            ``MAX_IMAGE_BYTES`` or ``MAX_PIXELS``.
    """
    side = checked_side(side)
    path = path_below(root, name)
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large(name, f"{image.width:,} x {image.height:,} pixels")
            return _square(image, side)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:  # Pillow's own limits are higher
        raise _too_large(name, "hundreds of millions of pixels") from error
    except _DAMAGE as error:
        if path.is_file():
            reason = str(error).replace(str(path), name).splitlines() or [type(error).__name__]
            raise DataError(f"The image {name} is damaged or no image ({reason[0][:120]}): replace it.") from error
        raise DataError(f"The image {name} is not in {root}.") from error


def path_below(root: str | Path, name: str) -> Path:
    """The path of a file below a folder, links followed.

    Raises:
        DataError: the name leads out of the folder, or there is no such regular file of at most ``MAX_IMAGE_BYTES``.
    """
    if not name or "\0" in name or name[0] in "/\\~" or ".." in re.split(r"[/\\]", name) or name[1:2] == ":":
        raise DataError(f"The image name {name[:80]!r} leads out of its folder: use a relative name.")
    try:
        base = Path(root).resolve(strict=True)
        path = (base / name).resolve(strict=True)
        if not path.is_relative_to(base):
            raise DataError(f"The image {name[:80]} is a link that leads out of {root}: copy the file there.")
        size = path.stat().st_size
    except (OSError, RuntimeError) as error:
        raise DataError(f"The image {name[:80]} is not in {root}: put it there or choose another folder.") from error
    if not path.is_file():
        raise DataError(f"The image {name[:80]} in {root} is not a regular file.")
    if size > MAX_IMAGE_BYTES:
        raise _too_large(name, f"{size / 2**20:,.0f} MB")
    return path


def _square(image: Image.Image, side: int) -> np.ndarray:
    """Decode, turn, convert and resize."""
    image.draft("RGB", (2 * side, 2 * side))  # JPEG: decode at a fraction of the size where that is enough
    if image.mode.startswith("I"):
        image = Image.fromarray(np.clip(np.asarray(image, dtype=np.int64) // 257, 0, 255).astype(np.uint8))
    else:
        ImageOps.exif_transpose(image, in_place=True)
    small = image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.uint8)


def _too_large(name: str, size: str) -> DataError:
    return DataError(
        f"The image {name[:80]} is too large ({size}): at most {MAX_PIXELS:,} pixels and {MAX_IMAGE_BYTES // 2**20} MB "
        "are read."
    )
