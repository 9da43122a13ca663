r"""The robust asymmetric loss."""

from dataclasses import replace

from dbl_core.losses.description import LossDescription, LossOption
from dbl_core.losses.descriptions.formulas import P_SHIFTED, SIDES, P
from dbl_core.losses.options import CLIP, GAMMA_NEG, GAMMA_POS, HILL_LAM

EPSILON_1 = LossOption(
    name="epsilon_1",
    symbol=r"\epsilon_1",
    default=1.0,
    minimum=-10.0,
    maximum=10.0,
    low=-2.0,
    high=3.0,
    step=0.1,
    help="How much of the first term, 1 - p, is taken off the loss of a positive. At 1 positives that are nearly "
    "found no longer push; negative values make them push more.",
    off="0 leaves the first term of the logarithm as it is.",
)
EPSILON_2 = LossOption(
    name="epsilon_2",
    symbol=r"\epsilon_2",
    default=-2.5,
    minimum=-10.0,
    maximum=10.0,
    low=-5.0,
    high=5.0,
    step=0.1,
    help="How much of the second term, half of (1 - p) squared, is taken off the loss of a positive. Negative values "
    "add to it, which raises the push on positives of middling probability.",
    off="0 leaves the second term of the logarithm as it is.",
)
HILL_FACTOR = LossOption(
    name="hill_factor",
    symbol=r"\psi",
    kind="choice",
    default="paper",
    choices=("paper", "official"),
    help="What flattens the loss of negatives. paper: the hill (lambda - p) p^2. official: the public code multiplies "
    "it by lambda - 1 + p once more, p after the margin.",
)
ROBUST_ASYMMETRIC = LossDescription(
    name="ral",
    title="Robust asymmetric loss (RAL)",
    short="RAL",
    idea="Positives get two free coefficients in the expansion of their logarithm. "
    "Negatives are those of the asymmetric loss, flattened by a hill, which makes the many settings less touchy.",
    terms=(),
    formula=rf"{SIDES},\quad L_+ = (1-p)^{{\gamma_+}}"
    r"\bigl[-\log p - \epsilon_1(1-p) - \tfrac{\epsilon_2}{2}(1-p)^2\bigr]"
    rf",\quad L_- = \psi\,\tilde p^{{\,\gamma_-}}\,(-\log(1-\tilde p))"
    rf",\quad \psi = (\lambda-p)\,p^2\;[\,(\lambda-1+\tilde p)\,]{P}{P_SHIFTED}",
    options=(
        replace(
            GAMMA_POS,
            default=0.0,
            help="Focusing of positives: a positive found with probability p counts only (1 - p) to the power "
            "gamma_pos.",
        ),
        GAMMA_NEG,
        CLIP,
        EPSILON_1,
        EPSILON_2,
        HILL_LAM,
        HILL_FACTOR,
    ),
    native_reduction="sum",
    paper="Robust Asymmetric Loss for Multi-Label Long-Tailed Learning",
    authors="Park, Park, Kim, Ryu",
    year=2023,
    venue="ICCV 2023 workshop CVAMD",
    url="https://arxiv.org/abs/2308.05542",
)
