"""Images of the user's own: what is read, and what a hostile folder cannot do."""

import contextlib
import os
import pickle
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from dbl_core.datasets import image_files
from dbl_core.datasets.image_files import ImageFolder, read_image
from dbl_core.errors import DataError

RED, GREEN = (250, 10, 20), (10, 240, 30)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    return tmp_path / "images"


def two_coloured(mode="RGB", size=(40, 20)):
    """Red on the left, green on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(GREEN, (size[0] // 2, 0, *size))
    return image.convert(mode)


def close(pixel, colour, within=40):
    return bool((np.abs(pixel.astype(int) - np.array(colour)) < within).all())


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp", "a.gif", "a.tif", "sub/a.png"])
def test_formats_become_square_rgb(folder, name):
    (folder / "sub").mkdir()
    two_coloured().save(folder / name)
    pixels = read_image(folder, name, side=16)
    assert (pixels.shape, pixels.dtype) == ((16, 16, 3), np.uint8)
    assert close(pixels[8, 2], RED)
    assert close(pixels[8, 13], GREEN)


@pytest.mark.parametrize(
    ("mode", "ending"), [("L", "png"), ("P", "png"), ("RGBA", "png"), ("CMYK", "jpg"), ("1", "png")]
)
def test_colour_modes(folder, mode, ending):
    two_coloured(mode).save(folder / f"a.{ending}")
    assert read_image(folder, f"a.{ending}", side=16).shape == (16, 16, 3)


def test_16_bit_grey_is_scaled(folder):
    Image.fromarray(np.full((20, 30), 32768, dtype=np.uint16)).save(folder / "a.png")
    assert read_image(folder, "a.png", side=16).tolist() == np.full((16, 16, 3), 127).tolist()


def test_turned_as_exif_says(folder):
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    two_coloured().save(folder / "a.jpg", exif=exif, quality=95)
    pixels = read_image(folder, "a.jpg", side=16)
    assert close(pixels[8, 2], GREEN)
    assert close(pixels[8, 13], RED)


def test_a_source_can_be_sent_to_a_process(folder):
    two_coloured().save(folder / "a.png")
    source = pickle.loads(pickle.dumps(ImageFolder(str(folder), ("a.png",), 16)))
    assert source(0).shape == (16, 16, 3)


@pytest.mark.parametrize(
    "name",
    ["../secret.png", "x/../../secret.png", "/etc/hostname", "C:\\secret.png", "..\\secret.png", "", "a\0.png", "~/a"],
)
def test_names_that_lead_out(folder, name):
    two_coloured().save(folder.parent / "secret.png")
    with pytest.raises(DataError, match="leads out of its folder"):
        read_image(folder, name, side=16)


def test_links_that_lead_out(folder):
    two_coloured().save(folder.parent / "secret.png")
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    with pytest.raises(DataError, match="link that leads out"):
        read_image(folder, "link.png", side=16)
    (folder / "sub").symlink_to(folder.parent)
    with pytest.raises(DataError, match="link that leads out"):
        read_image(folder, "sub/secret.png", side=16)
    two_coloured().save(folder / "a.png")
    (folder / "inside.png").symlink_to(folder / "a.png")
    assert read_image(folder, "inside.png", side=16).shape == (16, 16, 3)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    with pytest.raises(DataError, match=r"loop\.png"):
        read_image(folder, "loop.png", side=16)


def test_missing_images_and_pipes(folder):
    with pytest.raises(DataError, match=r"The image a\.jpg is not in .*images"):
        read_image(folder, "a.jpg", side=16)
    with pytest.raises(DataError, match="is not in"):
        read_image(folder / "none", "a.jpg", side=16)
    os.mkfifo(folder / "pipe.jpg")
    with pytest.raises(DataError, match="not a regular file"):
        read_image(folder, "pipe.jpg", side=16)
    (folder / "dir.jpg").mkdir()
    with pytest.raises(DataError, match="not a regular file"):
        read_image(folder, "dir.jpg", side=16)


def huge_png(path, width, height):
    """A PNG whose header claims a size; a few bytes."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b""))


@pytest.mark.parametrize(
    ("width", "height"), [(30_000, 30_000), (10_000, 10_000), (8001, 8000), (2_000_000, 2_000_000)]
)
def test_enormous_images_are_refused_by_their_header(folder, width, height):
    huge_png(folder / "a.png", width, height)
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(DataError, match=r"a\.png is too large"):
        read_image(folder, "a.png", side=16)
    assert time.perf_counter() - start < 5
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_enormous_files(folder, monkeypatch):
    two_coloured().save(folder / "a.png")
    monkeypatch.setattr(image_files, "MAX_IMAGE_BYTES", 10)
    with pytest.raises(DataError, match="too large"):
        read_image(folder, "a.png", side=16)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "gif", "tif", "bmp"])
def test_damaged_images_are_named(folder, ending):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / f"a.{ending}")
    whole = (folder / f"a.{ending}").read_bytes()
    for share in (0.02, 0.3, 0.7):
        (folder / f"a.{ending}").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(DataError, match=rf"The image a\.{ending} is damaged or no image"):
            read_image(folder, f"a.{ending}", side=16)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe", bytes(1000)]
)
def test_files_that_are_no_images(folder, content):
    (folder / "a.jpg").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.jpg is damaged or no image"):
        read_image(folder, "a.jpg", side=16)


def test_random_damage_is_an_image_or_a_sentence(folder):
    rng = np.random.default_rng(1)
    for ending in ("jpg", "png", "gif", "tif", "webp"):
        two_coloured().save(folder / f"a.{ending}")
        whole = np.frombuffer((folder / f"a.{ending}").read_bytes(), dtype=np.uint8)
        for _ in range(30):
            broken = whole.copy()
            broken[rng.integers(0, len(broken), 3)] = rng.integers(0, 256, 3)
            (folder / f"a.{ending}").write_bytes(broken.tobytes())
            with contextlib.suppress(DataError):
                assert read_image(folder, f"a.{ending}", side=16).shape == (16, 16, 3)


@pytest.mark.parametrize("side", [0, 15, 2000, 64.0, True, "64", None])
def test_sides_out_of_range(folder, side):
    with pytest.raises(ValueError, match="must be a whole number from 16 to 1024"):
        read_image(folder, "a.png", side=side)
