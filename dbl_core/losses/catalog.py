r"""Every loss of the lab as data: text, formula, options, presets. Loading this module does not load torch.

The formulas are those of one (image, class) cell; :math:`\zeta(x)=\log(1+e^x)`, so that :math:`\zeta(-z)` is the
cross-entropy of a positive and :math:`\zeta(z)` that of a negative.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from dbl_core.losses.description import LossDescription, LossOption, Preset
from dbl_core.losses.options import CB_BETA, CB_MODE, FOCUSING, POWER, REBALANCING, TOLERANCE

__all__ = [
    "LADDER",
    "LOSSES",
    "PRESETS",
    "LossDescription",
    "LossOption",
    "Preset",
    "check_options",
    "describe",
    "preset_options",
]

_DB_PAPER = {
    "paper": "Distribution-Balanced Loss for Multi-Label Classification in Long-Tailed Datasets",
    "authors": "Wu, Huang, Liu, Wang, Lin",
    "year": 2020,
    "venue": "ECCV 2020",
    "url": "https://arxiv.org/abs/2007.09654",
}
_FOCAL_PAPER = {
    "paper": "Focal Loss for Dense Object Detection",
    "authors": "Lin, Goyal, Girshick, He, Dollár",
    "year": 2017,
    "venue": "ICCV 2017",
    "url": "https://arxiv.org/abs/1708.02002",
}
_CB_PAPER = {
    "paper": "Class-Balanced Loss Based on Effective Number of Samples",
    "authors": "Cui, Jia, Lin, Song, Belongie",
    "year": 2019,
    "venue": "CVPR 2019",
    "url": "https://arxiv.org/abs/1901.05555",
}
_BCE_PAPER = {
    "paper": "The Regression Analysis of Binary Sequences",
    "authors": "Cox",
    "year": 1958,
    "venue": "Journal of the Royal Statistical Society B 20(2)",
    "url": "https://doi.org/10.1111/j.2517-6161.1958.tb00292.x",
}
_RW_PAPER = {
    "paper": "Learning Deep Representation for Imbalanced Classification",
    "authors": "Huang, Li, Loy, Tang",
    "year": 2016,
    "venue": "CVPR 2016",
    "url": "https://doi.org/10.1109/CVPR.2016.580",
}

_PLAIN = r"y\,\zeta(-z_i) + (1-y)\,\zeta(z_i)"
_TOLERANT = r"y\,\zeta(-(z_i-\nu_i)) + \tfrac{1-y}{\lambda}\,\zeta(\lambda(z_i-\nu_i))"
_FOCUS = r"s\,(1-p_t)^{\gamma}"
_P_PLAIN = r",\quad p_t = y\,\sigma(z_i) + (1-y)\,\sigma(-z_i)"
_P_TOLERANT = r",\quad p_t = y\,\sigma(z_i-\nu_i) + (1-y)\,\sigma(-\lambda(z_i-\nu_i))"
_R_HAT = r",\quad \hat r_i = \alpha + \sigma(\beta(r_i-\mu)),\; r_i = \frac{1/n_i}{\sum_j y_j/n_j}"
_NU = r",\quad \nu_i = \kappa\log(N/n_i-1)\;[/\lambda]"

_ALL = (
    LossDescription(
        name="bce",
        title="Binary cross-entropy",
        idea="Every class is its own yes-or-no question and every (image, class) cell counts the same. "
        "With a long tail, the negatives of rare classes and the positives of frequent ones decide almost everything.",
        terms=(),
        formula=_PLAIN,
        **_BCE_PAPER,
    ),
    LossDescription(
        name="weighted_bce",
        title="Weighted BCE (inverse frequency)",
        idea="All cells of a class, positive and negative, are multiplied by the inverse of how often the class "
        "appears. Rare classes are lifted, but so are their many negatives, and the loss gets much larger as a whole.",
        terms=("inverse",),
        formula=rf"\left(\frac{{N}}{{n_i}}\right)^{{q}}\left[{_PLAIN}\right]",
        options=(POWER,),
        **_RW_PAPER,
    ),
    LossDescription(
        name="focal",
        title="Focal loss",
        idea="Cells that are already answered well fade, so the hard ones decide. "
        "It knows nothing of class counts, yet it helps the tail because most easy cells are negatives.",
        terms=("focal",),
        formula=rf"{_FOCUS}\left[{_PLAIN}\right]{_P_PLAIN}",
        options=FOCUSING,
        **_FOCAL_PAPER,
    ),
    LossDescription(
        name="cb_focal",
        title="Class-balanced focal loss",
        idea="A class is worth the effective number of its images, which grows ever more slowly with their count. "
        "The focal loss is divided by that number.",
        terms=("class_balanced", "focal"),
        formula=rf"\frac{{1-\beta}}{{1-\beta^{{n_i}}}}\,{_FOCUS}\left[{_PLAIN}\right]{_P_PLAIN}",
        options=(CB_BETA, CB_MODE, *FOCUSING),
        **_CB_PAPER,
    ),
    LossDescription(
        name="r_bce",
        title="Re-balanced BCE",
        idea="An image with a rare label is drawn often, and its frequent labels ride along too often. "
        "Each cell is weighted by how often the class should be drawn over how often the image really is.",
        terms=("rebalanced",),
        formula=rf"\hat r_i\left[{_PLAIN}\right]{_R_HAT}",
        options=REBALANCING,
        **_DB_PAPER,
    ),
    LossDescription(
        name="r_bce_focal",
        title="Re-balanced focal loss",
        idea="The re-balanced weight of the image's labels, times the focal factor of each cell. "
        "Co-occurrence and easy cells are handled together, the dominance of negatives is not.",
        terms=("rebalanced", "focal"),
        formula=rf"\hat r_i\,{_FOCUS}\left[{_PLAIN}\right]{_P_PLAIN}{_R_HAT}",
        options=(*REBALANCING, *FOCUSING),
        **_DB_PAPER,
    ),
    LossDescription(
        name="ntr",
        title="Negative-tolerant BCE",
        idea="A rare class sees almost only negatives, and plain BCE keeps pushing its logit down. "
        "Here each class starts from its own prior and a negative that is low enough stops pushing.",
        terms=("tolerance",),
        formula=_TOLERANT + _NU,
        options=TOLERANCE,
        **_DB_PAPER,
    ),
    LossDescription(
        name="ntr_focal",
        title="Negative-tolerant focal loss",
        idea="Tolerance towards negatives and focusing on hard cells, without any class weight. "
        "It shows what is left of DB-Focal when re-balancing is taken away.",
        terms=("tolerance", "focal"),
        formula=rf"{_FOCUS}\left[{_TOLERANT}\right]{_P_TOLERANT}{_NU}",
        options=(*TOLERANCE, *FOCUSING),
        **_DB_PAPER,
    ),
    LossDescription(
        name="db",
        title="Distribution-balanced loss",
        idea="Re-balanced weights against co-occurrence, and tolerance against the dominance of negatives. "
        "It is r_bce and ntr in one formula.",
        terms=("rebalanced", "tolerance"),
        formula=rf"\hat r_i\left[{_TOLERANT}\right]{_R_HAT}{_NU}",
        options=(*REBALANCING, *TOLERANCE),
        **_DB_PAPER,
    ),
    LossDescription(
        name="db_focal",
        title="Distribution-balanced focal loss",
        idea="The whole method of the paper: re-balanced weights, tolerance towards negatives and focusing. "
        "With class-aware sampling it holds the paper's best results.",
        terms=("rebalanced", "tolerance", "focal"),
        formula=rf"\hat r_i\,{_FOCUS}\left[{_TOLERANT}\right]{_P_TOLERANT}{_R_HAT}{_NU}",
        options=(*REBALANCING, *TOLERANCE, *FOCUSING),
        **_DB_PAPER,
    ),
)

LOSSES: dict[str, LossDescription] = {description.name: description for description in _ALL}

LADDER = ("bce", "focal", "r_bce", "ntr", "db", "db_focal")
"""The order in which the terms are best met: plain, focusing, re-weighting, tolerance, both, all."""

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


def describe(name: str) -> LossDescription:
    """Return the description of a loss.

    Raises:
        ValueError: There is no loss of that name; the message lists them and guesses the one that was meant.
    """
    if not isinstance(name, str) or name not in LOSSES:
        raise ValueError(f"There is no loss {name!r}{_guess(name, LOSSES)}; choose one of {', '.join(LOSSES)}.")
    return LOSSES[name]


def check_options(name: str, options: Mapping[str, object] | None = None) -> dict[str, float | str]:
    """Complete and check the options of a loss.

    Args:
        name: Name of the loss.
        options: Some or all of its options; numbers may come as strings.

    Returns:
        Every option of the loss with its value, in the order of the catalogue.

    Raises:
        ValueError: The loss is unknown, has no such option, or a value is of the wrong type or outside its range.
    """
    description = describe(name)
    known = {option.name: option for option in description.options}
    given = dict(options or {})
    for key in given:
        if key not in known:
            has = f"it has {', '.join(known)}" if known else "it has no options"
            raise ValueError(f"The loss {name} has no option {key!r}{_guess(key, known)}; {has}.")
    try:
        return {key: option.check(given.get(key, option.default)) for key, option in known.items()}
    except ValueError as error:
        raise ValueError(f"Loss {name}: {error}") from None


def preset_options(preset: str, loss: str) -> dict[str, float | str]:
    """Return the complete options of a loss under a published setting.

    Raises:
        ValueError: The loss or the preset is unknown, or the preset is not meant for the loss.
    """
    description = describe(loss)
    if preset not in PRESETS or loss not in PRESETS[preset].losses:
        fitting = [key for key, entry in PRESETS.items() if loss in entry.losses]
        raise ValueError(f"The loss {loss} has no preset {preset!r}; it has {', '.join(fitting) or 'none'}.")
    values = PRESETS[preset].values
    return check_options(loss, {key: values[key] for key in description.defaults if key in values})


def _guess(word: object, known: Mapping[str, object]) -> str:
    close = get_close_matches(str(word).lower(), known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
