r"""The Distribution-Balanced Loss and its parts, each a loss of its own."""

from dbl_core.losses.description import LossDescription
from dbl_core.losses.descriptions.formulas import FOCUS, NU, P_PLAIN, P_TOLERANT, PLAIN, R_HAT, TOLERANT
from dbl_core.losses.descriptions.papers import DB_PAPER
from dbl_core.losses.options import FOCUSING, REBALANCING, TOLERANCE

DISTRIBUTION_BALANCED_FAMILY = (
    LossDescription(
        name="r_bce",
        title="Re-balanced BCE",
        short="R-BCE",
        idea="An image with a rare label is drawn often, and its frequent labels ride along too often. "
        "Each cell is weighted by how often the class should be drawn over how often the image really is.",
        terms=("rebalanced",),
        formula=rf"\hat r_i\left[{PLAIN}\right]{R_HAT}",
        options=REBALANCING,
        **DB_PAPER,
    ),
    LossDescription(
        name="r_bce_focal",
        title="Re-balanced focal loss",
        short="R-BCE-Focal",
        idea="The re-balanced weight of the image's labels, times the focal factor of each cell. "
        "Co-occurrence and easy cells are handled together, the dominance of negatives is not.",
        terms=("rebalanced", "focal"),
        formula=rf"\hat r_i\,{FOCUS}\left[{PLAIN}\right]{P_PLAIN}{R_HAT}",
        options=(*REBALANCING, *FOCUSING),
        **DB_PAPER,
    ),
    LossDescription(
        name="ntr",
        title="Negative-tolerant BCE",
        short="NTR",
        idea="A rare class sees almost only negatives, and plain BCE keeps pushing its logit down. "
        "Here each class starts from its own prior and a negative that is low enough stops pushing.",
        terms=("tolerance",),
        formula=TOLERANT + NU,
        options=TOLERANCE,
        **DB_PAPER,
    ),
    LossDescription(
        name="ntr_focal",
        title="Negative-tolerant focal loss",
        short="NTR-Focal",
        idea="Tolerance towards negatives and focusing on hard cells, without any class weight. "
        "It shows what is left of DB-Focal when re-balancing is taken away.",
        terms=("tolerance", "focal"),
        formula=rf"{FOCUS}\left[{TOLERANT}\right]{P_TOLERANT}{NU}",
        options=(*TOLERANCE, *FOCUSING),
        **DB_PAPER,
    ),
    LossDescription(
        name="db",
        title="Distribution-balanced loss",
        short="DB",
        idea="Re-balanced weights against co-occurrence, and tolerance against the dominance of negatives. "
        "It is r_bce and ntr in one formula.",
        terms=("rebalanced", "tolerance"),
        formula=rf"\hat r_i\left[{TOLERANT}\right]{R_HAT}{NU}",
        options=(*REBALANCING, *TOLERANCE),
        **DB_PAPER,
    ),
    LossDescription(
        name="db_focal",
        title="Distribution-balanced focal loss",
        short="DB-Focal",
        idea="The whole method of the paper: re-balanced weights, tolerance towards negatives and focusing. "
        "With class-aware sampling it holds the paper's best results.",
        terms=("rebalanced", "tolerance", "focal"),
        formula=rf"\hat r_i\,{FOCUS}\left[{TOLERANT}\right]{P_TOLERANT}{R_HAT}{NU}",
        options=(*REBALANCING, *TOLERANCE, *FOCUSING),
        **DB_PAPER,
    ),
)
