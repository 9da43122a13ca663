"""The published files in miniature, with their sizes and checksums."""

import hashlib
from dataclasses import replace

from dbl_core.download.fetch import RemoteFile
from dbl_core.download.plan import PLANS
from tests import miniatures as mini

VOC_LIST = b"2008_000003\n2010_000001\n"
COCO_LIST = b"34\n9\n"


def archives() -> dict[str, bytes]:
    """Path below the base address -> bytes."""
    return {
        "voc2012/VOCtrainval_11-May-2012.tar": mini.tar_of(mini.voc_2012()),
        "voc2007/VOCtest_06-Nov-2007.tar": mini.tar_of(mini.voc_2007()),
        "annotations/annotations_trainval2017.zip": mini.zip_of(mini.coco_annotations()),
    }


def miniature_plans():
    """The plans of the real data sets with the miniatures' sizes and checksums."""
    files = archives()
    plans = {}
    for name, plan in PLANS.items():
        small = []
        for archive in plan.archives:
            data = files[archive.path]
            checksum = "md5:" + hashlib.md5(data).hexdigest()
            small.append(replace(archive, size=len(data), checksum=checksum, unpacked_bytes=len(data)))
        unreachable = RemoteFile("http://127.0.0.1:1/img_id.txt", plan.split.size, plan.split.checksum)
        plans[name] = replace(plan, archives=tuple(small), split=unreachable)
    return plans
