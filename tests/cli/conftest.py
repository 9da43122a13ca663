"""A data set that is small enough to fine-tune on in a test."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def small_images(tmp_path_factory) -> tuple[str, ...]:
    """The flags of 80 images of 64 pixels with four labels, each label a colour somewhere."""
    folder = tmp_path_factory.mktemp("small")
    rng = np.random.default_rng(0)
    labels = rng.random((80, 4)) < np.array([0.7, 0.4, 0.2, 0.1])
    labels[:4] = np.eye(4, dtype=bool)
    (folder / "images").mkdir()
    lines = ["id,red,green,blue,white"]
    for row, cells in enumerate(labels):
        pixels = rng.integers(0, 60, (64, 64, 3), dtype=np.uint8)
        for label in np.flatnonzero(cells):
            left, top = rng.integers(0, 48, 2)
            pixels[top : top + 16, left : left + 16] = 255 if label == 3 else 255 * np.eye(3, dtype=np.uint8)[label]
        Image.fromarray(pixels).save(folder / "images" / f"i{row}.png")
        lines.append(",".join([f"i{row}", *(str(int(cell)) for cell in cells)]))
    (folder / "labels.csv").write_text("\n".join(lines))
    return (
        "--dataset",
        "file",
        "--path",
        str(folder / "labels.csv"),
        "--images",
        str(folder / "images"),
        "--side",
        "64",
    )
