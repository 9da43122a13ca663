r"""The Poly-1 loss."""

from dbl_core.losses.description import LossDescription, LossOption
from dbl_core.losses.descriptions.formulas import P_PLAIN, PLAIN

POLY_EPSILON = LossOption(
    name="epsilon",
    symbol=r"\epsilon",
    default=1.0,
    minimum=-1.0,
    maximum=100.0,
    low=-1.0,
    high=5.0,
    step=0.1,
    help="Added weight of the leading term of the loss. Positive values make the model surer of itself; -1 takes the "
    "leading term away, which worked best for detection in the paper.",
    off="0 leaves the focal loss.",
)
POLY_GAMMA = LossOption(
    name="gamma",
    symbol=r"\gamma",
    default=2.0,
    minimum=0.0,
    maximum=20.0,
    low=0.0,
    high=5.0,
    step=0.1,
    help="Focusing: a cell whose answer is already right with probability p counts only (1 - p) to the power gamma.",
    off="0 switches focusing off and leaves Poly-1 cross-entropy.",
)
POLY = LossDescription(
    name="poly",
    title="Poly-1 focal loss",
    short="Poly-1",
    idea="Cross-entropy is a sum of powers of the error 1 - p, and nothing says that their weights suit all data sets. "
    "This one sets the weight of the leading power free, on top of the focal loss.",
    terms=(),
    formula=rf"(1-p_t)^{{\gamma}}\left[{PLAIN}\right] + \epsilon\,(1-p_t)^{{\gamma+1}}{P_PLAIN}",
    options=(POLY_EPSILON, POLY_GAMMA),
    paper="PolyLoss: A Polynomial Expansion Perspective of Classification Loss Functions",
    authors="Leng, Tan, Liu, Cubuk, Shi, Cheng, Anguelov",
    year=2022,
    venue="ICLR 2022",
    url="https://arxiv.org/abs/2204.12511",
)
