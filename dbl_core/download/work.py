"""What the child process of a download does, step by step; every step finds out by itself what is there already."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from dbl_core.datasets import load_dataset
from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.splits import read_id_list
from dbl_core.download.archive import unpack
from dbl_core.download.fetch import SPARE_BYTES, NotOnServerError, Patience, RemoteFile, fetch
from dbl_core.download.images import ImageJob, fetch_images
from dbl_core.download.job import NOT_FETCHED, PUBLISHED, DownloadConfig
from dbl_core.download.plan import LIST_TERMS, PLANS, ArchivePlan
from dbl_core.errors import DataError, DblError
from dbl_core.runs.child import FolderSlot, StatusWriter
from dbl_core.runs.record import writing

_LOG = logging.getLogger(__name__)
_LIST_PATIENCE = Patience(timeout_s=10.0, attempts=2, pause_s=0.5)
_MB = 1_000_000


def download(config: DownloadConfig, status: StatusWriter) -> str:
    """Bring a data set to its folder.

    Returns:
        A sentence on what is there now.

    Raises:
        DataError: Something cannot be had, or what came is not what is published.
        RunError: The disk is full or the folder cannot be written.
        RunStopped: The job was asked to stop; what has arrived stays.
    """
    status.queued("waiting for another download into the same folder")
    with FolderSlot(config.root, waiting=status.check_stop):
        status.progress("looking at what is there")
        _clean(config.root)
        _check_room(config)
        note = _bring_list(config, status)
        for archive in PLANS[config.dataset].archives:
            if not (config.root / archive.last).is_file():
                _bring_archive(config, archive, status)
        status.progress("reading labels")
        dataset = load_dataset(config.dataset, root=config.root, **vars(config.choice))
        if PLANS[config.dataset].image_bytes:
            _bring_images(config, dataset, status)
    sizes = f"{dataset.n_train:,} training and {len(dataset.test_rows):,} test images are ready in {str(config.root)!r}"
    return f"{sizes}; {note}" if note else sizes


def _clean(root: Path) -> None:
    """Remove what a killed job was unpacking; whoever holds the folder's slot is the only one at work in it."""
    for folder in root.glob(".unpack-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _check_room(config: DownloadConfig) -> None:
    """Refuse before gigabytes are fetched, not after."""
    needed = 0
    for archive in PLANS[config.dataset].archives:
        if not (config.root / archive.last).is_file():
            fetched = (_archive_path(config, archive)).is_file()
            needed += archive.unpacked_bytes + (0 if fetched else archive.size)
    with writing(config.root):
        free = shutil.disk_usage(config.root).free
    if needed and free < needed + SPARE_BYTES:
        raise DataError(
            f"{str(config.root)!r} has {free / _MB:,.0f} MB free, {config.dataset} needs {needed / _MB:,.0f} MB"
            " while it is unpacked: free some space or choose another folder with --root"
        )


def _archive_path(config: DownloadConfig, archive: ArchivePlan) -> Path:
    return config.root / "archives" / archive.name


def _bring_list(config: DownloadConfig, status: StatusWriter) -> str:
    """Put the paper's list of training images in place, if there is one; a note on what came of it."""
    plan = PLANS[config.dataset]
    target = config.root / plan.split_name
    source = config.split_file
    if source == NOT_FETCHED or (source == PUBLISHED and target.is_file()):
        return ""
    status.progress("list of training images")
    remote = plan.split if source == PUBLISHED else RemoteFile(source, max_bytes=64 * _MB)
    fetched = target.with_name(f".{target.name}.new")
    fetched.unlink(missing_ok=True)
    try:
        if source == PUBLISHED or "://" in source:
            fetch(remote, fetched, check_stop=status.check_stop, patience=_LIST_PATIENCE)
        else:
            with writing(fetched):
                shutil.copyfile(_existing(source), fetched)
        read_id_list(fetched)
        with writing(target):
            fetched.replace(target)
    except DblError as error:
        if source != PUBLISHED:
            raise
        _LOG.warning("The paper's list of training images could not be had: %s", error)
        return "the paper's list of training images could not be had, so the lab chooses its own with the same profile"
    finally:
        fetched.unlink(missing_ok=True)
    return LIST_TERMS if source == PUBLISHED else ""


def _existing(path: str) -> Path:
    if not Path(path).is_file():
        raise DataError(f"the list of training images {path!r} is not there: give a file of image ids, one a line")
    return Path(path)


def _bring_archive(config: DownloadConfig, archive: ArchivePlan, status: StatusWriter) -> None:
    """Fetch and unpack; an archive that this command has fetched is removed afterwards, one put there by hand stays."""
    path = _archive_path(config, archive)
    ours = path.with_name(f"{path.name}.fetched")
    meter = _Meter(status, f"fetching {archive.name}")
    meter.say("connecting")
    if _fetch_from_any(archive.sources(config.base), path, meter, status.check_stop):
        with writing(ours):
            ours.touch()
    meter = _Meter(status, f"unpacking {archive.name}")
    try:
        unpack(path, config.root, wanted=_wanted(archive), last=archive.last, progress=meter)
    except DataError:
        if ours.exists():  # fetched and checked, yet no good: do not offer it again
            path.unlink(missing_ok=True)
            ours.unlink(missing_ok=True)
        raise
    if ours.exists():
        with suppress(OSError):
            path.unlink()
            ours.unlink()


def _wanted(archive: ArchivePlan) -> Callable[[str], bool]:
    return lambda name: archive.wanted.fullmatch(name) is not None


def _fetch_from_any(
    sources: tuple[RemoteFile, ...], path: Path, progress: Callable[[int, int], None], check_stop: Callable[[], None]
) -> bool:
    """Fetch from the first place that has the file; where none has, the first one's answer counts."""
    refusal: NotOnServerError | None = None
    for source in sources:
        try:
            return fetch(source, path, progress=progress, check_stop=check_stop)
        except NotOnServerError as error:
            refusal = refusal or error
    raise refusal or DataError(f"{path.name} is published nowhere")


def _bring_images(config: DownloadConfig, dataset: MultiLabelDataset, status: StatusWriter) -> None:
    """Fetch the images of the chosen training rows and of the test split, where they are not there yet."""
    names = _image_names(config, dataset)
    jobs = [ImageJob(f"{config.base}/{quote(name)}", config.root / name) for name in names]
    missing = sum(not job.target.is_file() for job in jobs)
    needed = missing * PLANS[config.dataset].image_bytes
    with writing(config.root):
        free = shutil.disk_usage(config.root).free
    if missing and free < needed + SPARE_BYTES:
        raise DataError(
            f"{str(config.root)!r} has {free / _MB:,.0f} MB free, {missing:,} images need about {needed / _MB:,.0f} MB:"
            " free some space or choose another folder with --root"
        )
    fetch_images(
        jobs,
        threads=config.threads,
        progress=lambda done, total: status.progress("fetching images", done, total, message=f"{done:,} of {total:,}"),
        check_stop=status.check_stop,
    )


def _image_names(config: DownloadConfig, dataset: MultiLabelDataset) -> list[str]:
    """Paths below the root, and below the base address: COCO's ``coco_url`` is base, part and file name."""
    from dbl_core.datasets.coco import coco_pool

    names = coco_pool(config.root).image_names
    return [str(names[row]) for rows in (dataset.train_rows, dataset.test_rows) for row in rows]


class _Meter:
    """Turns bytes into a status with a rate and notices a stop."""

    def __init__(self, status: StatusWriter, phase: str) -> None:
        self._status = status
        self._phase = phase
        self._began: tuple[float, int] | None = None

    def say(self, words: str) -> None:
        """Show words where there is nothing to count yet."""
        self._status.progress(self._phase, message=words)

    def __call__(self, done: int, total: int) -> None:
        self._status.check_stop()
        now = time.monotonic()
        self._began = self._began or (now, done)
        seconds = now - self._began[0]
        words = f"{done / _MB:,.1f} of {total / _MB:,.1f} MB" if total else f"{done / _MB:,.1f} MB"
        if seconds > 1:
            words += f", {(done - self._began[1]) / _MB / seconds:,.1f} MB/s"
        self._status.progress(self._phase, done, total, message=words)
