"""What is published where: archives with sizes and checksums, the paper's lists of images, COCO's images one by one.

A mirror replaces the published base address; the paths below it stay, or all files lie directly in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dbl_core.datasets import coco, voc
from dbl_core.download.fetch import RemoteFile

_MIB = 1 << 20
_LISTS = "https://raw.githubusercontent.com/wutong16/DistributionBalancedLoss/14460d0acda6a3e77a8a6a5999b9746243cb1535/appendix"
LIST_TERMS = "the paper's repository restricts the use of its list to non-commercial research"


@dataclass(frozen=True)
class ArchivePlan:
    """An archive and what is wanted of it.

    Attributes:
        path: Where it lies below the base address.
        size: Bytes, as published.
        checksum: As published.
        wanted: Pattern of the wanted members.
        last: The member that is unpacked last; where it lies, the archive is not needed any more.
        unpacked_bytes: About as much room as the wanted members take.
    """

    path: str
    size: int
    checksum: str
    wanted: re.Pattern[str]
    last: str
    unpacked_bytes: int

    @property
    def name(self) -> str:
        """File name of the archive."""
        return self.path.rpartition("/")[2]

    def sources(self, base: str) -> tuple[RemoteFile, ...]:
        """Where it may lie below a base address, the likelier place first."""
        places = dict.fromkeys((f"{base}/{self.path}", f"{base}/{self.name}"))
        return tuple(RemoteFile(url, self.size, self.checksum) for url in places)


@dataclass(frozen=True)
class DatasetPlan:
    """Everything there is to fetch for a data set.

    Attributes:
        base: The published base address.
        archives: In the order in which they are fetched.
        split: The paper's list of training images.
        split_name: Its name in the data folder.
        image_bytes: Size of an image where images are fetched one by one, about; 0 where the archives hold them.
    """

    base: str
    archives: tuple[ArchivePlan, ...]
    split: RemoteFile
    split_name: str
    image_bytes: int = 0


def _voc_archive(path: str, size: int, checksum: str, folder: str, last: str) -> ArchivePlan:
    wanted = re.compile(rf"{folder}/(Annotations/[^/]+\.xml|JPEGImages/[^/]+\.jpg)|{re.escape(last)}")
    return ArchivePlan(path, size, checksum, wanted, last, unpacked_bytes=size)


PLANS: Mapping[str, DatasetPlan] = MappingProxyType(
    {
        "voc": DatasetPlan(
            base="https://thor.robots.ox.ac.uk/pascal/VOC",
            archives=(
                _voc_archive(
                    "voc2012/VOCtrainval_11-May-2012.tar",
                    1_999_639_040,
                    "md5:6cd6e144f989b92b3379bac3b3de84fd",
                    voc.TRAIN_FOLDER,
                    voc.TRAIN_LIST,
                ),
                _voc_archive(
                    "voc2007/VOCtest_06-Nov-2007.tar",
                    451_020_800,
                    "md5:b6e924de25625d8de591ea690078ad9f",
                    voc.TEST_FOLDER,
                    voc.TEST_LIST,
                ),
            ),
            split=RemoteFile(
                f"{_LISTS}/VOCdevkit/longtail2012/img_id.txt",
                size=13_704,
                checksum="sha256:6e49185d5421236718f7393e952f5790e5c0cfeb1694892b1b971f59725d5ebc",
            ),
            split_name=voc.PAPER.file_name,
        ),
        "coco": DatasetPlan(
            base="http://images.cocodataset.org",
            archives=(
                ArchivePlan(
                    "annotations/annotations_trainval2017.zip",
                    252_907_541,
                    "md5:f4bbac642086de4f52a3fdda2de5fa2c",
                    re.compile(r"annotations/instances_(train|val)2017\.json"),
                    coco.TEST_FILE,
                    unpacked_bytes=500 * _MIB,
                ),
            ),
            split=RemoteFile(
                f"{_LISTS}/coco/longtail2017/img_id.pkl",
                size=13_023,
                checksum="sha256:f31e853d2c7b69512c62b65ff1db067a49b3ab86a62f685c7da86b7c3dd04768",
            ),
            split_name=coco.PAPER.file_name,
            image_bytes=165_000,
        ),
    }
)
