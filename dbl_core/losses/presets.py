"""Settings that were published, by the loss that they are meant for."""

from dbl_core.losses.description import Preset
from dbl_core.losses.options import FOCUSING, REBALANCING, TOLERANCE

_DB_FAMILY = ("r_bce", "r_bce_focal", "ntr", "ntr_focal", "db", "db_focal")
_DB_VOC = {option.name: option.default for option in (*REBALANCING, *TOLERANCE, *FOCUSING)}
_DB_SOURCE = "Wu et al., ECCV 2020, and its public configuration for"

PRESETS: dict[str, Preset] = {
    "paper-voc": Preset(
        title="Paper, VOC-MLT", losses=_DB_FAMILY, values=_DB_VOC, source=f"{_DB_SOURCE} VOC-MLT (2.1 labels an image)"
    ),
    "paper-coco": Preset(
        title="Paper, COCO-MLT",
        losses=_DB_FAMILY,
        values={**_DB_VOC, "mu": 0.2, "lam": 2.0},
        source=f"{_DB_SOURCE} COCO-MLT (4.4 labels an image)",
    ),
    "cb-paper": Preset(
        title="Class-balanced paper",
        losses=("cb_focal",),
        values={"beta": 0.9999, "mode": "by_class", "gamma": 2.0, "focal_scale": 1.0},
        source="Cui et al., CVPR 2019 (beta); gamma as in the focal paper",
    ),
    "cb-db-code": Preset(
        title="CB Focal of the DB paper",
        losses=("cb_focal",),
        values={"beta": 0.9, "mode": "average_w", "gamma": 2.0, "focal_scale": 2.0},
        source="Public code of Wu et al., ECCV 2020",
    ),
    "focal-paper": Preset(
        title="Focal paper",
        losses=("focal",),
        values={"gamma": 2.0, "focal_scale": 1.0},
        source="Lin et al., ICCV 2017, without its class weight",
    ),
    "inverse": Preset(
        title="Inverse frequency", losses=("weighted_bce",), values={"power": 1.0}, source="Huang et al., CVPR 2016"
    ),
    "inverse-sqrt": Preset(
        title="Inverse square root",
        losses=("weighted_bce",),
        values={"power": 0.5},
        source="RW of Wu et al., ECCV 2020",
    ),
}
