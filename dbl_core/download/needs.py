"""What is still missing of a published data set, and what fetching it would take; looks, fetches nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.published import PublishedImages, default_root
from dbl_core.download.fetch import SPARE_BYTES
from dbl_core.download.plan import PLANS, ArchivePlan


@dataclass(frozen=True)
class Needs:
    """What a download into the data folder would take.

    Attributes:
        archives: those that are not unpacked yet.
        arrived: bytes of them that are here already.
        disk_bytes: room that fetching and unpacking them takes beside what is here.
        free_bytes: room there is.
    """

    archives: tuple[ArchivePlan, ...]
    arrived: int
    disk_bytes: int
    free_bytes: int

    @property
    def fetch_bytes(self) -> int:
        """Bytes still to fetch."""
        return sum(archive.size for archive in self.archives) - self.arrived

    @property
    def enough_room(self) -> bool:
        """Whether the disk has room for it."""
        return not self.archives or self.free_bytes >= self.disk_bytes + SPARE_BYTES


def is_complete(name: str) -> bool:
    """Whether the archives of a data set are unpacked in the data folder; single images may be missing still."""
    root = default_root(name)
    return all((root / archive.last).is_file() for archive in PLANS[name].archives)


def needs_of(name: str) -> Needs:
    """What fetching a data set into the data folder would take now."""
    root, plan = default_root(name), PLANS[name]
    missing = tuple(archive for archive in plan.archives if not (root / archive.last).is_file())
    arrived = sum(_arrived(root / "archives" / archive.name, archive.size) for archive in missing)
    disk = sum(archive.size + archive.unpacked_bytes for archive in missing) - arrived
    return Needs(missing, arrived, disk, free_bytes(root))


def missing_images(dataset: MultiLabelDataset) -> int:
    """How many images of the training and test rows of voc or coco are not in the data folder."""
    source = dataset.image_source
    if not isinstance(source, PublishedImages):
        return 0
    names = source.pool_of(source.root).image_names
    wanted = names[np.concatenate([dataset.train_rows, dataset.test_rows])].tolist()
    there = _files_of(source.root, {name.rpartition("/")[0] for name in wanted})
    return sum(name not in there for name in wanted)


def free_bytes(folder: Path) -> int:
    """Room on the disk of a folder that may not be there yet; 0 where nothing tells."""
    for place in (folder, *folder.parents):
        with suppress(OSError):
            return shutil.disk_usage(place).free
    return 0


def _arrived(path: Path, size: int) -> int:
    for place in (path, path.with_name(f"{path.name}.part")):
        with suppress(OSError):
            return min(place.stat().st_size, size)
    return 0


def _files_of(root: Path, folders: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        with suppress(OSError):
            found.update(f"{folder}/{path.name}" for path in (root / folder).iterdir())
    return found
