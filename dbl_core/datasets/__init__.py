"""Data sets by name.

``load_dataset("picto-voc")`` needs no option and no network. ``DATASETS`` says what there is; reading it is cheap.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.coco import load_coco
from dbl_core.datasets.own import OWN_OPTIONS, OWN_PRESETS, load_own
from dbl_core.datasets.picto import PRESETS, load_picto
from dbl_core.datasets.published import OPTIONS as PUBLISHED_OPTIONS
from dbl_core.datasets.published import PRESETS as PUBLISHED_PRESETS
from dbl_core.datasets.voc import load_voc

__all__ = ["DATASETS", "PRESETS", "DatasetDescription", "MultiLabelDataset", "load_dataset"]


@dataclass(frozen=True)
class DatasetDescription:
    """A data set of the registry.

    Attributes:
        name: what ``load_dataset`` is called with.
        title: how the pages write it.
        description: one sentence for the user.
        terms: where its images and labels are from, and on which terms; empty for data of the user's own.
        presets: the training sets it offers; the first is the default.
        options: names of the options its loader takes.
        load: the loader; takes the options by keyword.
    """

    name: str
    title: str
    description: str
    presets: tuple[str, ...]
    options: tuple[str, ...]
    load: Callable[..., MultiLabelDataset]
    terms: str = ""


DATASETS: Mapping[str, DatasetDescription] = MappingProxyType(
    {
        "picto-voc": DatasetDescription(
            name="picto-voc",
            title="Drawn scenes (picto-voc)",
            description="A drawn twin of VOC-MLT: 11,540 images of pictograms with the labels of VOC2012, no download.",
            presets=PRESETS,
            options=("preset", "ratio", "profile", "max_count", "seed"),
            load=load_picto,
            terms="The labels are real, the pictures are drawn: which labels meet, and how often, is VOC2012's. "
            "The test set is always the same 2,500 images, as uneven as the pool; training never sees them. Comes with "
            "the lab.",
        ),
        "voc": DatasetDescription(
            name="voc",
            title="PASCAL VOC",
            description="PASCAL VOC: VOC2012 trainval for training, VOC2007 test for testing; VOC-MLT is cut from it.",
            presets=PUBLISHED_PRESETS,
            options=PUBLISHED_OPTIONS,
            load=load_voc,
            terms="11,540 photographs for training, 4,952 for testing, 20 labels. The photographs are Flickr users', "
            "under Flickr's terms.",
        ),
        "coco": DatasetDescription(
            name="coco",
            title="COCO 2017",
            description="COCO 2017: train2017 for training, val2017 for testing; COCO-MLT is cut from it.",
            presets=PUBLISHED_PRESETS,
            options=PUBLISHED_OPTIONS,
            load=load_coco,
            terms="118,287 photographs for training, 5,000 for testing, 80 labels. Annotations CC BY 4.0; each "
            "photograph has the Creative Commons licence its owner chose.",
        ),
        "file": DatasetDescription(
            name="file",
            title="Your own data",
            description="Your own labels: CSV, Parquet, NPZ, ARFF, COCO JSON, or a folder laid out as VOC or COCO.",
            presets=OWN_PRESETS,
            options=OWN_OPTIONS,
            load=load_own,
        ),
    }
)


def load_dataset(name: str = "picto-voc", **options: object) -> MultiLabelDataset:
    """Load a data set by name.

    Args:
        name: one of ``DATASETS``.
        **options: what the loader of that data set takes; for picto-voc preset ("voc-mlt" or "by-ratio"), ratio
            (at least 1; without a preset it means by-ratio), profile, max_count and seed; for voc and coco preset
            ("official", "by-ratio" or "all"), split_file, root and side besides; for file path, and what
            ``dbl_core.datasets.own.OwnData`` has besides.

    Raises:
        ValueError: an unknown name or option, or a value out of range.
        DataError: a file of the data set is missing or damaged.
    """
    if name not in DATASETS:
        raise ValueError(f"data set is {name!r}, must be one of {', '.join(DATASETS)}")
    dataset = DATASETS[name]
    unknown = sorted(set(options) - set(dataset.options))
    if unknown:
        raise ValueError(f"{name} has no option {', '.join(unknown)}; it has {', '.join(dataset.options)}")
    return dataset.load(**options)
