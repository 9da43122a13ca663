r"""The multi-focal modifier loss."""

from dataclasses import replace

from dbl_core.losses.description import LossDescription, LossOption
from dbl_core.losses.descriptions.formulas import P_SHIFTED, SIDES, P
from dbl_core.losses.options import CLIP, FOCUS_GRADIENT, GAMMA_NEG, GAMMA_POS

TAIL_POS = LossOption(
    name="tail_pos",
    symbol="w_+",
    default=0.0,
    minimum=0.0,
    maximum=10.0,
    low=0.0,
    high=3.0,
    step=0.1,
    help="How much the rarity of a class adds to the focusing of its positives. The public code adds nothing.",
    off="0 gives the positives of all classes the same focusing.",
)
TAIL_NEG = LossOption(
    name="tail_neg",
    symbol="w_-",
    default=1.0,
    minimum=0.0,
    maximum=10.0,
    low=0.0,
    high=3.0,
    step=0.1,
    help="How much the rarity of a class adds to the focusing of its negatives: easy negatives of rare classes are "
    "silenced sooner.",
    off="0 gives the negatives of all classes the same focusing.",
)
TAIL_POWER = LossOption(
    name="power",
    symbol="q",
    default=1 / 3,
    minimum=0.0,
    maximum=3.0,
    low=0.0,
    high=1.0,
    step=0.01,
    help="How far apart frequent and rare classes are: the head-tail factor of a class is 1 - log(n / n_max) to this "
    "power. The public code uses 1/3, and 1/6 in an earlier form.",
    off="0 makes the factor 1 for every class.",
)
TAIL_WEIGHTING = LossOption(
    name="weighting",
    symbol="h",
    kind="choice",
    default="paper",
    choices=("paper", "official"),
    help="paper: the head-tail factor acts through the focusing alone, as in the equations. official: the public code "
    "multiplies all cells of a class by it too.",
)
MULTI_FOCAL_MODIFIER = LossDescription(
    name="mfm",
    title="Multi-focal modifier (MFM)",
    short="MFM",
    idea="An asymmetric loss in which the focusing also depends on how rare a class is. "
    "The easy negatives of the tail are silenced soonest, so they bury its few positives less.",
    terms=("modifier",),
    formula=rf"[\,h_i\,]\left({SIDES}\right),\quad L_+ = (1-p)^{{\gamma_+ + w_+ h_i}}\,(-\log p)"
    rf",\quad L_- = \tilde p^{{\,\gamma_- + w_- h_i}}\,(-\log(1-\tilde p))"
    rf",\quad h_i = (1 - \log(n_i/n_{{\max}}))^{{q}}{P}{P_SHIFTED}",
    options=(
        replace(
            GAMMA_POS,
            default=0.0,
            help="Focusing of all positives, before the class adds to it: a positive found with probability p counts "
            "only (1 - p) to this power.",
        ),
        replace(
            GAMMA_NEG,
            default=3.0,
            help="Focusing of all negatives, before the class adds to it: a negative to which the model gives the "
            "probability p counts only p to this power, after the margin is taken off.",
        ),
        TAIL_POS,
        TAIL_NEG,
        TAIL_POWER,
        CLIP,
        TAIL_WEIGHTING,
        FOCUS_GRADIENT,
    ),
    native_reduction="sum",
    paper="Learning in Imperfect Environment: Multi-Label Classification with Long-Tailed Distribution and Partial "
    "Labels",
    authors="Zhang, Liu, Zeng, Ooi, Tang, Zhuang",
    year=2023,
    venue="ICCV 2023",
    url="https://arxiv.org/abs/2304.10539",
)
