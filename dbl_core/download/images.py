"""Many images, one by one, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

from dbl_core.datasets.image_files import SIDES, read_image
from dbl_core.download.fetch import Patience, RemoteFile, fetch
from dbl_core.errors import DataError

MAX_IMAGE_BYTES = 32 << 20
PATIENCE = Patience(timeout_s=15.0, attempts=3, pause_s=0.5)
_FAILURES_IN_A_ROW = 10
"""After so many the server or the network is gone, and asking for thousands more only takes time."""
_AHEAD = 4
"""Images handed to every thread in advance, so that a stop leaves little to wait for."""


class ImageJob(NamedTuple):
    """An image and its place on this disk."""

    url: str
    target: Path


def fetch_images(
    jobs: Sequence[ImageJob],
    *,
    threads: int,
    progress: Callable[[int, int], None],
    check_stop: Callable[[], None],
    patience: Patience = PATIENCE,
) -> int:
    """Fetch the images that are not there yet; each gets its name only when it is a whole image.

    Args:
        jobs: What to fetch.
        threads: How many at a time.
        progress: Called with (images done, images in all).
        check_stop: Called often, from several threads; raises to end it. What is there stays.
        patience: Time-outs and attempts of one image.

    Returns:
        Number of images fetched.

    Raises:
        DataError: Some could not be had; the sentence names the first. All others are there.
        RunError: The disk is full or the folder cannot be written.
    """
    missing = [job for job in jobs if not job.target.is_file()]
    progress(len(jobs) - len(missing), len(jobs))
    failures: list[DataError] = []
    done = in_a_row = 0
    with ThreadPoolExecutor(threads, thread_name_prefix="images") as pool:
        waiting: set[Future[bool]] = set()
        try:
            rest = iter(missing)
            while True:
                waiting |= {
                    pool.submit(_fetch_image, job, check_stop, patience)
                    for job, _ in zip(rest, range(threads * _AHEAD - len(waiting)), strict=False)
                }
                if not waiting:
                    break
                finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                check_stop()
                for future in finished:
                    failure = _failure(future)
                    failures += [failure] if failure else []
                    in_a_row = in_a_row + 1 if failure else 0
                    done += not failure
                if in_a_row >= _FAILURES_IN_A_ROW:
                    break
                progress(len(jobs) - len(missing) + done, len(jobs))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    if failures:
        raise DataError(f"{len(missing) - done:,} of {len(jobs):,} images are not there yet: {failures[0]}")
    return done


def _failure(future: Future[bool]) -> DataError | None:
    """Why an image could not be had; anything else than that is raised."""
    try:
        future.result()
    except DataError as error:
        return error
    return None


def _fetch_image(job: ImageJob, check_stop: Callable[[], None], patience: Patience) -> bool:
    remote = RemoteFile(job.url, max_bytes=MAX_IMAGE_BYTES)
    return fetch(
        remote, job.target, check_stop=check_stop, verify=lambda path: check_image(path, job.url), patience=patience
    )


def check_image(path: Path, url: str) -> None:
    """Refuse what is not a whole image of a sensible size.

    Raises:
        DataError: With the address it came from.
    """
    try:
        read_image(path.parent, path.name, side=SIDES[0])
    except DataError as error:
        raise DataError(f"{url} did not give a whole image ({error}); start the download again later") from error
