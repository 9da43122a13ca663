"""The cache of drawn images: hits, damage, unwritable folders, worker processes."""

import errno
import logging
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from dbl_core.datasets import array_cache, image_cache, load_dataset
from dbl_core.datasets.image_cache import cached_images
from dbl_core.errors import DataError
from tests.datasets.counting_images import ROWS, cache_file

ROOT = Path(__file__).resolve().parents[2]


def test_second_call_draws_nothing(dataset, source, tmp_path):
    first = cached_images(dataset, ROWS, cache_dir=tmp_path)
    asked = source.asked
    second = cached_images(dataset, ROWS, cache_dir=tmp_path)
    assert source.asked == asked > 0
    assert first.dtype == second.dtype == np.uint8
    assert np.array_equal(first, second)
    assert first[:, 0, 0, 0].tolist() == ROWS.tolist()
    assert not list(tmp_path.glob("*.tmp"))


def test_images_are_those_of_the_data_set(tmp_path):
    dataset = load_dataset()
    images = cached_images(dataset, ROWS, cache_dir=tmp_path / "deep" / "er")
    for image, row in zip(images, ROWS, strict=True):
        assert np.array_equal(image, dataset.image(int(row)))


def test_everything_that_determines_pixels_is_in_the_key(dataset, tmp_path, monkeypatch):
    cached_images(dataset, ROWS, cache_dir=tmp_path)
    cached_images(dataset, ROWS[::-1], cache_dir=tmp_path)
    cached_images(dataset, ROWS[:2], cache_dir=tmp_path)
    cached_images(replace(dataset, fingerprint="other"), ROWS, cache_dir=tmp_path)
    monkeypatch.setattr(image_cache.PIL, "__version__", "0.0")
    cached_images(dataset, ROWS, cache_dir=tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 5


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def foreign(path: Path) -> None:
    np.save(path, np.zeros((4, 4, 4, 3)))
    path.with_suffix(".sha256").write_text(array_cache._checksum(path), encoding="ascii")


@pytest.mark.parametrize(
    "damage",
    [
        flip,
        foreign,
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not an array"),
        lambda path: path.with_suffix(".sha256").unlink(),
        lambda path: path.with_suffix(".sha256").write_bytes(b"\xff"),
    ],
    ids=["flipped bit", "foreign array", "truncated", "empty", "garbage", "no checksum", "damaged checksum"],
)
def test_damage_is_mended(dataset, source, tmp_path, caplog, damage):
    expected = cached_images(dataset, ROWS, cache_dir=tmp_path)
    damage(cache_file(tmp_path))
    asked = source.asked
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(cached_images(dataset, ROWS, cache_dir=tmp_path), expected)
    assert source.asked > asked
    assert "damaged" in caplog.text
    asked = source.asked
    cached_images(dataset, ROWS, cache_dir=tmp_path)
    assert source.asked == asked


def test_unwritable_folder_is_told_before_drawing(dataset, source, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(DataError, match=r"cannot be cached in .*: free space there or choose a writable folder"):
        cached_images(dataset, ROWS, cache_dir=tmp_path / "file" / "cache")
    assert source.asked == 0


def test_full_disk_leaves_nothing_behind(dataset, tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(array_cache.np.lib.format, "write_array_header_1_0", full)
    with pytest.raises(DataError, match="No space left on device"):
        cached_images(dataset, ROWS, cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_progress_runs_from_nothing_to_all(dataset, tmp_path):
    told = []
    rows = np.arange(300)
    cached_images(dataset, rows, cache_dir=tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 300)
    assert told[-1] == (300, 300)
    assert told == sorted(told)
    assert len(told) > 4
    told.clear()
    cached_images(dataset, rows, cache_dir=tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(300, 300)]


def test_workers_draw_the_same_images(tmp_path, monkeypatch):
    dataset = load_dataset()
    rows = dataset.train_rows[:200]
    expected = cached_images(dataset, rows, cache_dir=tmp_path / "here")
    monkeypatch.setattr(image_cache, "_FEWEST_FOR_WORKERS", 1)
    assert np.array_equal(cached_images(dataset, rows, cache_dir=tmp_path / "workers"), expected)


def test_workers_that_break_half_way_lose_nothing(dataset, tmp_path, monkeypatch):
    def breaking(source, rows):
        yield np.stack([source(row) for row in rows[:3]])
        raise image_cache.BrokenProcessPool

    monkeypatch.setattr(image_cache, "_FEWEST_FOR_WORKERS", 1)
    monkeypatch.setattr(image_cache, "_chunks_by_workers", breaking)
    assert cached_images(dataset, ROWS, cache_dir=tmp_path)[:, 0, 0, 0].tolist() == ROWS.tolist()


def test_broken_workers_are_replaced_by_this_process(dataset, tmp_path, monkeypatch, caplog):
    def broken(*_args):
        raise image_cache.BrokenProcessPool("a worker was ended")
        yield

    monkeypatch.setattr(image_cache, "_FEWEST_FOR_WORKERS", 1)
    monkeypatch.setattr(image_cache, "_chunks_by_workers", broken)
    assert len(cached_images(dataset, ROWS, cache_dir=tmp_path)) == 4
    assert "a worker was ended" in caplog.text


def drawing_process(folder: Path, n_rows: int) -> subprocess.Popen:
    """A script of its own that fills folder/cache with the first pool scenes."""
    script = folder / "draw.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from dbl_core.datasets import load_dataset\n"
        "from dbl_core.datasets.image_cache import cached_images\n"
        "if __name__ == '__main__':\n"
        "    images = cached_images(load_dataset(), np.arange(int(sys.argv[2])), cache_dir=Path(sys.argv[1]))\n"
        "    sys.stdout.write(str(int(images.sum())))\n",
        encoding="utf-8",
    )
    return subprocess.Popen(
        [sys.executable, str(script), str(folder / "cache"), str(n_rows)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_may_build_the_same_file(tmp_path):
    both = [drawing_process(tmp_path, 620) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert told[0] == told[1]
    assert told[0][1] == ""
    assert sorted(path.suffix for path in (tmp_path / "cache").iterdir()) == [".npy", ".sha256"]


def test_workers_go_when_their_parent_is_killed(tmp_path):
    process = drawing_process(tmp_path, 11000)
    deadline = time.monotonic() + 60
    workers = []
    while len(workers) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
        family = psutil.Process(process.pid).children(recursive=True)
        workers = [child for child in family if "spawn_main" in " ".join(child.cmdline())]
    assert len(workers) == 2
    time.sleep(1.0)  # they are past their start and drawing
    process.kill()
    process.communicate()
    _, left = psutil.wait_procs(workers, timeout=20)
    assert not left
    assert not list((tmp_path / "cache").glob("*.npy"))


def test_what_a_killed_process_left_half_written_is_swept(dataset, tmp_path):
    left, fresh = tmp_path / ".images-1.npy.77.1.tmp", tmp_path / ".images-2.npy.78.1.tmp"
    for path in (left, fresh):
        path.write_bytes(b"half")
    os.utime(left, (0, 0))
    cached_images(dataset, ROWS, cache_dir=tmp_path)
    assert not left.exists()
    assert fresh.exists()


def test_no_rows(dataset, tmp_path):
    assert cached_images(dataset, np.array([], dtype=np.int64), cache_dir=tmp_path).shape == (0, 4, 4, 3)


def test_images_of_different_sizes(dataset, tmp_path):
    def source(row: int) -> np.ndarray:
        return np.zeros((4 + row, 4, 3), dtype=np.uint8)

    with pytest.raises(DataError, match="differ in size"):
        cached_images(replace(dataset, image_source=source), ROWS, cache_dir=tmp_path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [([[0, 1]], "2-dimensional"), ([0.5], "float64"), ([-1, 2], "from -1 to 2"), ([11540], "must be from 0 to 11539")],
)
def test_bad_rows(dataset, tmp_path, rows, message):
    with pytest.raises(ValueError, match=message):
        cached_images(dataset, np.array(rows), cache_dir=tmp_path)
