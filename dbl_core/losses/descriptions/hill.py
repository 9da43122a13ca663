r"""The Hill loss."""

from dbl_core.losses.description import LossDescription, LossOption
from dbl_core.losses.descriptions.formulas import SIDES, P
from dbl_core.losses.options import HILL_LAM

HILL_MARGIN = LossOption(
    name="margin",
    symbol="m",
    default=1.0,
    minimum=0.0,
    maximum=10.0,
    low=0.0,
    high=3.0,
    step=0.05,
    help="By how much the logit of a positive is lowered in training, so that it must be found with some room to "
    "spare. The paper advises 0.5 to 1.",
    off="0 switches the margin off.",
)
HILL_GAMMA = LossOption(
    name="gamma",
    symbol=r"\gamma",
    default=2.0,
    minimum=0.0,
    maximum=20.0,
    low=0.0,
    high=5.0,
    step=0.1,
    help="Focusing of positives: a positive found with probability p, after the margin, counts only (1 - p) to the "
    "power gamma. Negatives have no focusing.",
    off="0 switches the focusing of positives off.",
)
HILL = LossDescription(
    name="hill",
    title="Hill loss",
    short="Hill",
    idea="A label that is absent may only be missing, so a negative that the model is sure of is left alone. "
    "The loss of negatives is a squared error whose slope rises and falls again like a hill.",
    terms=(),
    formula=rf"{SIDES},\quad L_+ = (1-\bar p)^{{\gamma}}\,(-\log\bar p),\quad L_- = (\lambda-p)\,p^2{P}"
    r",\quad \bar p = \sigma(z_i-m)",
    options=(HILL_LAM, HILL_MARGIN, HILL_GAMMA),
    native_reduction="sum",
    paper="Simple and Robust Loss Design for Multi-Label Learning with Missing Labels",
    authors="Zhang, Cheng, Huang, Wen, Feng, Li, Guo",
    year=2021,
    venue="arXiv 2112.07368",
    url="https://arxiv.org/abs/2112.07368",
)
