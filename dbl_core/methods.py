"""The methods that the literature compares: a loss together with a sampler.

The names and rows are those of table 1 of Wu et al., ECCV 2020 (arXiv 2007.09654).
"""

import csv
from dataclasses import dataclass, field

from dbl_core.config import LossConfig
from dbl_core.packaged import packaged_file


@dataclass(frozen=True)
class Method:
    """One row of the comparison.

    Attributes:
        title: Name in the tables.
        loss: Key of ``dbl_core.losses.LOSSES``.
        sampler: Key of ``dbl_core.samplers.SAMPLERS``.
        options: Options of the loss that differ from its defaults.
    """

    title: str
    loss: str
    sampler: str
    options: dict[str, float | str] = field(default_factory=dict)

    @property
    def loss_config(self) -> LossConfig:
        """The loss with all its options."""
        return LossConfig(name=self.loss, options=dict(self.options))


METHODS = (
    Method("BCE", "bce", "uniform"),
    Method("RW", "weighted_bce", "uniform", {"power": 0.5}),
    Method("Focal", "focal", "uniform"),
    # Class-balanced weights with beta 0.9 are about 0.1; the scale brings them back to mean 1, as Cui et al. do.
    Method("CB-Focal", "cb_focal", "uniform", {"beta": 0.9, "mode": "average_w", "focal_scale": 20.0}),
    Method("RS", "bce", "class_aware"),
    Method("RS-Focal", "focal", "class_aware"),
    Method("R-BCE", "r_bce", "class_aware"),
    Method("R-BCE-Focal", "r_bce_focal", "class_aware"),
    Method("DB", "db", "class_aware"),
    Method("DB-Focal", "db_focal", "class_aware"),
)

PUBLISHED_DATA = ("VOC-MLT", "COCO-MLT")
"""The data sets of the published table."""
_PUBLISHED_NAMES = {"BCE": "ERM", "CB-Focal": "CB Focal"}
_STATUS = {"published": "in a public file", "consistent": "recalled", "inconsistent": "recalled, does not add up"}


@dataclass(frozen=True)
class PublishedRow:
    """What was published about a method: a ResNet-50 trained on photographs.

    Attributes:
        map: mAP of total, head, medium and tail in percent.
        status: How far the figures can be trusted: read in a public file, recalled and in agreement with the
            class-weighted mean of their groups, or recalled and not in agreement.
    """

    map: dict[str, float]
    status: str

    @property
    def recalled(self) -> bool:
        """Whether nobody has read the figures again in a public file."""
        return self.status != _STATUS["published"]

    @property
    def doubtful(self) -> bool:
        """Whether total and groups contradict each other."""
        return self.status == _STATUS["inconsistent"]


def published_rows() -> dict[tuple[str, str], PublishedRow]:
    """The figures of ``data/paper_results.csv`` for the methods of :data:`METHODS`, by (title, data set)."""
    with packaged_file("paper_results.csv").open(encoding="utf-8", newline="") as file:
        lines = {(line["method"], line["dataset"]): line for line in csv.DictReader(file)}
    rows = {}
    for method in METHODS:
        for data in PUBLISHED_DATA:
            line = lines[_PUBLISHED_NAMES.get(method.title, method.title), data]
            numbers = {key: float(line[key]) for key in ("total", "head", "medium", "tail")}
            rows[method.title, data] = PublishedRow(numbers, _STATUS[line["checked"]])
    return rows
