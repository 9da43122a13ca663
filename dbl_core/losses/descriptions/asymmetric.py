r"""The asymmetric loss."""

from dbl_core.losses.description import LossDescription
from dbl_core.losses.descriptions.formulas import P_SHIFTED, SIDES, P
from dbl_core.losses.options import CLIP, FOCUS_GRADIENT, GAMMA_NEG, GAMMA_POS

ASYMMETRIC = LossDescription(
    name="asl",
    title="Asymmetric loss (ASL)",
    short="ASL",
    idea="An image has few positives and many easy negatives, so negatives are focused much more strongly. "
    "Negatives below a margin are dropped altogether, which also forgives some wrong labels.",
    terms=(),
    formula=rf"{SIDES},\quad L_+ = (1-p)^{{\gamma_+}}\,(-\log p)"
    rf",\quad L_- = \tilde p^{{\,\gamma_-}}\,(-\log(1-\tilde p)){P}{P_SHIFTED}",
    options=(GAMMA_POS, GAMMA_NEG, CLIP, FOCUS_GRADIENT),
    native_reduction="sum",
    paper="Asymmetric Loss For Multi-Label Classification",
    authors="Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter, Zelnik-Manor",
    year=2021,
    venue="ICCV 2021",
    url="https://arxiv.org/abs/2009.14119",
)
