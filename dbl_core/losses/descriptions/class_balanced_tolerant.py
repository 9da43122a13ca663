r"""Class-balanced weights with negative tolerance, as the text study of 2021 combined them."""

from dataclasses import replace

from dbl_core.losses.description import LossDescription
from dbl_core.losses.descriptions.formulas import FOCUS, NU, P_TOLERANT, TOLERANT
from dbl_core.losses.options import BIAS, CB_BETA, CB_MODE, FOCAL_SCALE, GAMMA, KAPPA, LAM

CLASS_BALANCED_TOLERANT = LossDescription(
    name="cb_ntr",
    title="Class-balanced focal loss with negative tolerance",
    short="CB-NTR",
    idea="Class-balanced weights lift rare classes, tolerance keeps their many negatives from pushing for ever. "
    "A study of long-tailed text classification added this combination to the family.",
    terms=("class_balanced", "tolerance", "focal"),
    formula=rf"\frac{{1-\beta}}{{1-\beta^{{n_i}}}}\,{FOCUS}\left[{TOLERANT}\right]{P_TOLERANT}{NU}",
    options=(
        replace(CB_BETA, default=0.9),
        CB_MODE,
        replace(LAM, default=2.0),
        KAPPA,
        replace(
            BIAS,
            default="paper",
            help="How large the shift nu is. The code of the text study has nu = -kappa b, as the text of the paper "
            "that introduced the shift; the code of that paper divides it by lambda. The two agree at lambda 1.",
        ),
        GAMMA,
        replace(
            FOCAL_SCALE,
            default=5.0,
            help="A constant on the whole loss, like a larger learning rate. The code of the text study has 10 for "
            "this loss, times 0.5 for positives and negatives alike.",
        ),
    ),
    paper="Balancing Methods for Multi-label Text Classification with Long-Tailed Class Distribution",
    authors="Huang, Giledereli, Köksal, Özgür, Ozkirimli",
    year=2021,
    venue="EMNLP 2021",
    url="https://arxiv.org/abs/2109.04712",
)
