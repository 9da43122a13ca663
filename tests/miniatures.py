"""VOC and COCO in miniature: the folders, file names and formats of the published ones, a few small images each."""

import io
import json
import tarfile
import zipfile
from pathlib import Path

from PIL import Image

VOC_TRAIN = {
    "2008_000002": ["tvmonitor"],
    "2008_000003": ["train", "person", "person"],
    "2009_000001": ["person", "dog*"],
    "2009_000002": ["person"],
    "2010_000001": ["person", "cat"],
    "2011_000001": ["cat"],
}
"""Id -> objects; a star marks a difficult one."""
VOC_TEST = {"000001": ["dog", "person"], "000002": ["train"], "000003": ["person"], "000004": ["car*"]}
VOC_EXTRA = {"2007_000027": ["person"]}
"""In the archive, but in no list: as the images that only have segmentations."""

COCO_CATEGORIES = {1: "person", 3: "car", 18: "dog", 90: "toothbrush"}
COCO_TRAIN = {9: [1, 1, 3], 25: [18], 30: [1], 34: [90, 1], 36: [], 42: [3]}
COCO_VAL = {139: [1], 285: [18, 3], 632: []}


def jpeg(seed: int, *, width: int = 40, height: int = 30) -> bytes:
    """A small picture; its colour tells the seed."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (seed * 37 % 256, seed * 91 % 256, seed * 53 % 256)).save(file, "JPEG")
    return file.getvalue()


def voc_xml(image_id: str, objects: list[str]) -> bytes:
    parts = [f"<annotation><folder>VOC</folder><filename>{image_id}.jpg</filename>"]
    for name in objects:
        difficult = int(name.endswith("*"))
        parts.append(f"<object><name>{name.rstrip('*')}</name><difficult>{difficult}</difficult>")
        parts.append("<part><name>head</name></part></object>")
    return ("".join(parts) + "</annotation>").encode()


def _voc_year(folder: str, images: dict, lists: dict) -> dict[str, bytes]:
    files = {
        f"{folder}/ImageSets/Main/{name}.txt": "".join(f"{i}\n" for i in ids).encode() for name, ids in lists.items()
    }
    for seed, (image_id, objects) in enumerate(images.items()):
        files[f"{folder}/Annotations/{image_id}.xml"] = voc_xml(image_id, objects)
        files[f"{folder}/JPEGImages/{image_id}.jpg"] = jpeg(seed)
    files[f"{folder}/SegmentationClass/{next(iter(images))}.png"] = b"not wanted"
    return files


def voc_2012() -> dict[str, bytes]:
    """The files of VOC2012 trainval."""
    ids = list(VOC_TRAIN)
    lists = {"train": ids[:3], "val": ids[3:], "trainval": ids}
    return _voc_year("VOCdevkit/VOC2012", VOC_TRAIN | VOC_EXTRA, lists)


def voc_2007() -> dict[str, bytes]:
    """The files of VOC2007 test."""
    return _voc_year("VOCdevkit/VOC2007", VOC_TEST, {"test": VOC_TEST})


def coco_json(images: dict[int, list[int]], part: str) -> bytes:
    numbers = iter(range(1, 1000))
    return json.dumps(
        {
            "info": {"year": 2017},
            "images": [
                {
                    "id": i,
                    "file_name": f"{i:012d}.jpg",
                    "coco_url": f"http://images.cocodataset.org/{part}/{i:012d}.jpg",
                    "width": 40,
                    "height": 30,
                }
                for i in images
            ],
            "annotations": [
                {"id": next(numbers), "image_id": i, "category_id": c, "iscrowd": int(c == 3), "bbox": [0, 0, 9, 9]}
                for i, categories in images.items()
                for c in categories
            ],
            "categories": [{"id": i, "name": name} for i, name in COCO_CATEGORIES.items()],
        }
    ).encode()


def coco_annotations() -> dict[str, bytes]:
    """The files of the archive of annotations."""
    return {
        "annotations/instances_train2017.json": coco_json(COCO_TRAIN, "train2017"),
        "annotations/instances_val2017.json": coco_json(COCO_VAL, "val2017"),
        "annotations/captions_val2017.json": b"{}",
    }


def coco_images() -> dict[str, bytes]:
    """All images of both parts."""
    parts = {"train2017": COCO_TRAIN, "val2017": COCO_VAL}
    return {f"{part}/{i:012d}.jpg": jpeg(i) for part, images in parts.items() for i in images}


def place(root: Path, *sets: dict[str, bytes]) -> Path:
    """Write files below a folder."""
    for files in sets:
        for name, data in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return root


def tar_of(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()
