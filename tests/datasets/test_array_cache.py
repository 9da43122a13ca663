"""The room that cached arrays take: what stays in memory, what the disk has no room for, what goes first."""

from types import SimpleNamespace

import numpy as np
import pytest

from dbl_core.datasets import array_cache
from dbl_core.datasets.image_cache import cached_images
from dbl_core.errors import DataError
from tests.datasets.counting_images import ROWS, cache_file


def test_a_large_array_stays_on_disk_and_writing_into_it_changes_no_file(dataset, source, tmp_path, monkeypatch):
    held = cached_images(dataset, ROWS, cache_dir=tmp_path)
    monkeypatch.setattr(array_cache, "MAX_HELD_BYTES", 10)
    (tmp_path / "mapped").mkdir()
    for mapped in (cached_images(dataset, ROWS, cache_dir=tmp_path / "mapped") for _ in range(2)):
        assert isinstance(mapped, np.memmap)
        assert np.array_equal(mapped, held)
        mapped[:] = 0
    assert cache_file(tmp_path / "mapped").read_bytes() == cache_file(tmp_path).read_bytes()


def test_a_disk_that_has_no_room_is_told_with_the_first_images(dataset, source, tmp_path, monkeypatch):
    monkeypatch.setattr(array_cache.shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    with pytest.raises(DataError, match=r"0\.0 GB are needed, 0\.0 GB are free\): free space there"):
        cached_images(dataset, np.arange(300), cache_dir=tmp_path)
    assert source.asked == 1
    assert not list(tmp_path.iterdir())


def test_the_newest_two_stay_however_large_they_are(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(array_cache, "MAX_CACHE_BYTES", 10)
    for split in (ROWS, ROWS[:2]):
        cached_images(dataset, split, cache_dir=tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 2
    cached_images(dataset, ROWS[:1], cache_dir=tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 2


def test_least_recently_used_go_first(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(array_cache, "MAX_CACHE_BYTES", 1000)
    for row in range(6):
        cached_images(dataset, np.arange(4) + row, cache_dir=tmp_path)
    kept = list(tmp_path.glob("*.npy"))
    assert 1 <= len(kept) <= 3
    assert sorted(path.stem for path in tmp_path.glob("*.sha256")) == sorted(path.stem for path in kept)


def test_a_full_disk_lets_older_arrays_go_but_not_the_other_split(dataset, tmp_path, monkeypatch):
    def disk(folder):
        return SimpleNamespace(free=700 - sum(path.stat().st_size for path in tmp_path.glob("*.npy")))

    monkeypatch.setattr(array_cache.shutil, "disk_usage", disk)
    made = []
    for row in range(5):
        cached_images(dataset, np.arange(4) + row, cache_dir=tmp_path)  # 320 bytes each
        made += [path for path in tmp_path.glob("*.npy") if path not in made]
    assert set(tmp_path.glob("*.npy")) == set(made[-2:])
    with pytest.raises(DataError, match="are needed"):
        cached_images(dataset, np.arange(20), cache_dir=tmp_path)
    assert set(tmp_path.glob("*.npy")) == set(made[-1:])
