"""Images of chosen rows as one array, drawn or read once and kept on disk (see ``array_cache``).

The cache file is named after the data set, the rows and the version of Pillow: all that determines the pixels.
"""

import hashlib
import itertools
import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import PIL

from dbl_core.datasets.array_cache import cached_array
from dbl_core.datasets.base import ImageSource, MultiLabelDataset
from dbl_core.errors import DataError

Progress = Callable[[int, int], None]

_CHUNK = 64
_WORKERS = 2
_FEWEST_FOR_WORKERS = 600
"""Below this many images, starting worker processes takes longer than it saves."""

_LOG = logging.getLogger(__name__)


def cached_images(
    dataset: MultiLabelDataset, rows: np.ndarray, *, cache_dir: Path, progress: Progress | None = None
) -> np.ndarray:
    """The images of some rows, from the cache where they are there already.

    Two worker processes draw large numbers. As always with spawned processes, a script that calls this needs the guard
    ``if __name__ == "__main__"``; without it the workers fail and the images are drawn in the script's own process.
    The Streamlit server is no place for large numbers: workers would run the page's script.

    Args:
        dataset: where the images come from.
        rows: (n_rows,) whole numbers, rows of the data set in the order wanted.
        cache_dir: folder of cached arrays; made when it is not there.
        progress: called with (done, total), at the start, about every 64 images and at the end.

    Returns:
        (n_rows, H, W, 3) uint8; memory-mapped where it is large, see ``cached_array``.

    Raises:
        ValueError: rows are not whole numbers of one dimension within the data set.
        DataError: an image cannot be read, images differ in size, or the folder cannot be written to or is too full.
    """
    rows = _checked_rows(rows, dataset.n_samples)
    report = progress or _no_progress
    images = cached_array(
        "images",
        _key(dataset, rows),
        lambda: _drawn(dataset, rows, report),
        n_rows=len(rows),
        dtype="uint8",
        cache_dir=cache_dir,
    )
    report(len(rows), len(rows))
    return images


def _checked_rows(rows: np.ndarray, n_samples: int) -> np.ndarray:
    """Rows as int64."""
    rows = np.asarray(rows)
    if rows.ndim != 1 or (rows.size and not np.issubdtype(rows.dtype, np.integer)):
        raise ValueError(f"rows are {rows.ndim}-dimensional {rows.dtype}, must be one dimension of whole numbers")
    if rows.size and not (rows.min() >= 0 and rows.max() < n_samples):
        raise ValueError(f"rows run from {rows.min()} to {rows.max()}, must be from 0 to {n_samples - 1}")
    return rows.astype(np.int64)


def _no_progress(done: int, total: int) -> None:
    """Tell nobody."""


def _key(dataset: MultiLabelDataset, rows: np.ndarray) -> str:
    """A name for everything that determines the pixels."""
    chosen = hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()
    return f"{dataset.name}|{dataset.fingerprint}|Pillow {PIL.__version__}|{chosen}"


def _drawn(dataset: MultiLabelDataset, rows: np.ndarray, report: Progress) -> Generator[np.ndarray]:
    """All images in order, chunk by chunk; by worker processes where that pays, the rest of what they leave here."""
    report(0, len(rows))
    done, shape = 0, dataset.image(int(rows[0]) if len(rows) else 0).shape
    yield np.empty((0, *shape), dtype=np.uint8)
    for chunk in _chunks(dataset, rows):
        if chunk.shape[1:] != shape:
            raise DataError(f"the images of {dataset.name} differ in size: give it a loader that makes them equal.")
        yield chunk
        done += len(chunk)
        report(done, len(rows))


def _chunks(dataset: MultiLabelDataset, rows: np.ndarray) -> Iterator[np.ndarray]:
    done = 0
    if len(rows) >= _FEWEST_FOR_WORKERS and not multiprocessing.current_process().daemon:
        try:
            for chunk in _chunks_by_workers(dataset.image_source, rows):
                yield chunk
                done += len(chunk)
        except (BrokenProcessPool, OSError) as error:
            _LOG.warning("Worker processes could not draw (%s); drawing in this process.", error or "they ended early")
    yield from _chunks_here(dataset.image_source, rows[done:])


def _chunks_here(source: ImageSource, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Chunks of images, drawn in this process."""
    for start in range(0, len(rows), _CHUNK):
        yield _chunk(source, rows[start : start + _CHUNK])


def _chunks_by_workers(source: ImageSource, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Chunks of images, drawn by two fresh processes (spawned: a fork would copy other libraries' threads half-way)."""
    parts = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
    spawn = multiprocessing.get_context("spawn")
    workers = ProcessPoolExecutor(_WORKERS, mp_context=spawn, initializer=_leave_with_parent)
    try:
        yield from workers.map(_chunk, itertools.repeat(source), parts)
    finally:
        workers.shutdown(cancel_futures=True)


def _leave_with_parent() -> None:
    """In a worker: end when the process that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()


def _chunk(source: ImageSource, rows: np.ndarray) -> np.ndarray:
    """The images of a few rows."""
    images = [source(int(row)) for row in rows]
    if len({image.shape for image in images}) != 1:
        raise DataError("the images of this data set differ in size: give it a loader that makes them equal.")
    return np.stack(images)
