r"""Binary cross-entropy, its weights by class frequency, and its focal forms."""

from dbl_core.losses.description import LossDescription
from dbl_core.losses.descriptions.formulas import FOCUS, P_PLAIN, PLAIN
from dbl_core.losses.descriptions.papers import BCE_PAPER, CB_PAPER, FOCAL_PAPER, RW_PAPER
from dbl_core.losses.options import CB_BETA, CB_MODE, FOCUSING, POWER

FREQUENCY_FAMILY = (
    LossDescription(
        name="bce",
        title="Binary cross-entropy",
        short="BCE",
        idea="Every class is its own yes-or-no question and every (image, class) cell counts the same. "
        "With a long tail, the negatives of rare classes and the positives of frequent ones decide almost everything.",
        terms=(),
        formula=PLAIN,
        **BCE_PAPER,
    ),
    LossDescription(
        name="weighted_bce",
        title="Weighted BCE (inverse frequency)",
        short="Weighted BCE",
        idea="All cells of a class, positive and negative, are multiplied by the inverse of how often the class "
        "appears. Rare classes are lifted, but so are their many negatives, and the loss gets much larger as a whole.",
        terms=("inverse",),
        formula=rf"\left(\frac{{N}}{{n_i}}\right)^{{q}}\left[{PLAIN}\right]",
        options=(POWER,),
        **RW_PAPER,
    ),
    LossDescription(
        name="focal",
        title="Focal loss",
        short="Focal",
        idea="Cells that are already answered well fade, so the hard ones decide. "
        "It knows nothing of class counts, yet it helps the tail because most easy cells are negatives.",
        terms=("focal",),
        formula=rf"{FOCUS}\left[{PLAIN}\right]{P_PLAIN}",
        options=FOCUSING,
        **FOCAL_PAPER,
    ),
    LossDescription(
        name="cb_focal",
        title="Class-balanced focal loss",
        short="CB-Focal",
        idea="A class is worth the effective number of its images, which grows ever more slowly with their count. "
        "The focal loss is divided by that number.",
        terms=("class_balanced", "focal"),
        formula=rf"\frac{{1-\beta}}{{1-\beta^{{n_i}}}}\,{FOCUS}\left[{PLAIN}\right]{P_PLAIN}",
        options=(CB_BETA, CB_MODE, *FOCUSING),
        **CB_PAPER,
    ),
)
