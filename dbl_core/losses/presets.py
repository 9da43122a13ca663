"""Settings that were published, by the loss that they are meant for; each names its source.

Only what a source says is here. The values of the EMNLP study are those of its training scripts.
"""

from dbl_core.losses.description import Preset
from dbl_core.losses.options import FOCUSING, REBALANCING, TOLERANCE

_DB_FAMILY = ("r_bce", "r_bce_focal", "ntr", "ntr_focal", "db", "db_focal")
_DB_VOC = {option.name: option.default for option in (*REBALANCING, *TOLERANCE, *FOCUSING)}
_DB_SOURCE = "Wu et al., ECCV 2020, and its public configuration for"
_DB_CODE = "https://github.com/wutong16/DistributionBalancedLoss"

_TEXT = ("r_bce_focal", "db", "db_focal")
_TEXT_VALUES = {"alpha": 0.1, "beta": 10.0, "lam": 2.0, "kappa": 0.05, "bias": "paper", "gamma": 2.0}
_TEXT_VALUES |= {"focal_scale": 0.5}
_TEXT_SOURCE = "Huang et al., EMNLP 2021, training script for"
_TEXT_CODE = "https://github.com/Roche/BalancedLossNLP"
_TEXT_NOTE = (
    "The study's code scales focal losses by 0.5 where the ECCV code has 2, and DB without focusing by 0.5, which acts "
    "like half the learning rate; its shift is not divided by lambda."
)

_ASL_CODE = "https://github.com/Alibaba-MIIL/ASL"
_SUMMED = "The code sums over all cells where the lab takes the mean, so its learning rate is far smaller."

PRESETS: dict[str, Preset] = {
    "paper-voc": Preset(
        title="Paper, VOC-MLT",
        losses=_DB_FAMILY,
        values=_DB_VOC,
        source=f"{_DB_SOURCE} VOC-MLT (2.1 labels an image)",
        url=_DB_CODE,
    ),
    "paper-coco": Preset(
        title="Paper, COCO-MLT",
        losses=_DB_FAMILY,
        values={**_DB_VOC, "mu": 0.2, "lam": 2.0},
        source=f"{_DB_SOURCE} COCO-MLT (4.4 labels an image)",
        url=_DB_CODE,
    ),
    "text-reuters": Preset(
        title="Text, Reuters-21578",
        losses=_TEXT,
        values={**_TEXT_VALUES, "mu": 0.9},
        source=f"{_TEXT_SOURCE} Reuters-21578 (90 labels, 1.24 a document)",
        url=_TEXT_CODE,
        note=_TEXT_NOTE,
    ),
    "text-pubmed": Preset(
        title="Text, PubMed",
        losses=_TEXT,
        values={**_TEXT_VALUES, "mu": 0.05},
        source=f"{_TEXT_SOURCE} PubMed (18,211 labels, 12.3 a document)",
        url=_TEXT_CODE,
        note=_TEXT_NOTE,
    ),
    "cb-paper": Preset(
        title="Class-balanced paper",
        losses=("cb_focal",),
        values={"beta": 0.9999, "mode": "by_class", "gamma": 2.0, "focal_scale": 1.0},
        source="Cui et al., CVPR 2019 (beta); gamma as in the focal paper",
        url="https://arxiv.org/abs/1901.05555",
    ),
    "cb-db-code": Preset(
        title="CB Focal of the DB paper",
        losses=("cb_focal",),
        values={"beta": 0.9, "mode": "average_w", "gamma": 2.0, "focal_scale": 2.0},
        source="Public code of Wu et al., ECCV 2020",
        url=_DB_CODE,
    ),
    "cb-text-reuters": Preset(
        title="CB Focal, Reuters-21578",
        losses=("cb_focal",),
        values={"beta": 0.9, "mode": "by_class", "gamma": 2.0, "focal_scale": 5.0},
        source=f"{_TEXT_SOURCE} Reuters-21578",
        url=_TEXT_CODE,
        note="focal_scale is the script's loss_weight, 10, times its alpha, 0.5.",
    ),
    "cb-text-pubmed": Preset(
        title="CB Focal, PubMed",
        losses=("cb_focal",),
        values={"beta": 0.9, "mode": "by_class", "gamma": 2.0, "focal_scale": 2.5},
        source=f"{_TEXT_SOURCE} PubMed",
        url=_TEXT_CODE,
        note="focal_scale is the script's loss_weight, 5, times its alpha, 0.5.",
    ),
    "focal-paper": Preset(
        title="Focal paper",
        losses=("focal",),
        values={"gamma": 2.0, "focal_scale": 1.0},
        source="Lin et al., ICCV 2017, without its class weight",
        url="https://arxiv.org/abs/1708.02002",
    ),
    "focal-text": Preset(
        title="Focal, text study",
        losses=("focal",),
        values={"gamma": 2.0, "focal_scale": 0.5},
        source="Huang et al., EMNLP 2021, training scripts for both data sets",
        url=_TEXT_CODE,
        note="The script's alpha of 0.5 weighs positives and negatives alike, so it is a scale.",
    ),
    "inverse": Preset(
        title="Inverse frequency",
        losses=("weighted_bce",),
        values={"power": 1.0},
        source="Huang et al., CVPR 2016",
        url="https://doi.org/10.1109/CVPR.2016.580",
    ),
    "inverse-sqrt": Preset(
        title="Inverse square root",
        losses=("weighted_bce",),
        values={"power": 0.5},
        source="RW of Wu et al., ECCV 2020",
        url=_DB_CODE,
    ),
    "cb-ntr-text": Preset(
        title="CB-NTR, both text data sets",
        losses=("cb_ntr",),
        values={
            **{"beta": 0.9, "mode": "by_class", "lam": 2.0, "kappa": 0.05, "bias": "paper", "gamma": 2.0},
            "focal_scale": 5.0,
        },
        source="Huang et al., EMNLP 2021, training scripts for Reuters-21578 and PubMed",
        url=_TEXT_CODE,
        note="focal_scale is the script's loss_weight, 10, times its alpha, 0.5.",
    ),
    "asl-code": Preset(
        title="ASL, defaults of the code",
        losses=("asl",),
        values={"gamma_pos": 1.0, "gamma_neg": 4.0, "clip": 0.05, "focus_gradient": "full"},
        source="Ridnik et al., ICCV 2021, class AsymmetricLossOptimized of the public code",
        url=_ASL_CODE,
        note=_SUMMED,
    ),
    "asl-coco": Preset(
        title="ASL, MS-COCO",
        losses=("asl",),
        values={"gamma_pos": 0.0, "gamma_neg": 4.0, "clip": 0.05, "focus_gradient": "detached"},
        source="Ridnik et al., ICCV 2021, training script for MS-COCO; the paper has gamma_pos 0 too",
        url=_ASL_CODE,
        note=_SUMMED,
    ),
    "hill-code": Preset(
        title="Hill, defaults of the code",
        losses=("hill",),
        values={"lam": 1.5, "margin": 1.0, "gamma": 2.0},
        source="Zhang et al., arXiv 2112.07368, class Hill of the public code",
        url="https://github.com/xinyu1205/robust-loss-mlml",
        note="The code recommends margins from 0.5 to 1. " + _SUMMED,
    ),
    "ral-code": Preset(
        title="RAL, defaults of the code",
        losses=("ral",),
        values={
            **{"gamma_pos": 0.0, "gamma_neg": 4.0, "clip": 0.05, "epsilon_1": 1.0, "epsilon_2": -2.5, "lam": 1.5},
            "hill_factor": "official",
        },
        source="Park et al., ICCV 2023 workshop CVAMD, class Ralloss of the public code",
        url="https://github.com/kalelpark/RAL",
        note=_SUMMED,
    ),
    "two-way-code": Preset(
        title="Two-way, defaults of the code",
        losses=("two_way",),
        values={"t_pos": 4.0, "t_neg": 1.0},
        source="Kobayashi, CVPR 2023, class TwoWayLoss of the public code",
        url="https://github.com/tk1980/TwowayMultiLabelLoss",
    ),
    "off": Preset(
        title="Every term off",
        losses=(
            *("focal", "weighted_bce", "cb_focal", "cb_ntr", "asl", "mfm", "poly", "ldam", "logit_adjust"),
            *_DB_FAMILY,
        ),
        values={
            **{"alpha": 0.5, "beta": 0.0, "lam": 1.0, "kappa": 0.0, "gamma": 0.0, "focal_scale": 1.0, "power": 0.0},
            **{"gamma_pos": 0.0, "gamma_neg": 0.0, "clip": 0.0, "tail_pos": 0.0, "tail_neg": 0.0, "epsilon": 0.0},
            **{"max_margin": 0.0, "tau": 0.0, "mode": "by_class"},
        },
        source="The formula itself: with these values the loss is plain binary cross-entropy",
    ),
}
