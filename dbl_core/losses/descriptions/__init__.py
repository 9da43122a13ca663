"""What each loss is, as data: one file a paper or a family, none loads torch."""

from dbl_core.losses.description import LossDescription
from dbl_core.losses.descriptions.asymmetric import ASYMMETRIC
from dbl_core.losses.descriptions.class_balanced_tolerant import CLASS_BALANCED_TOLERANT
from dbl_core.losses.descriptions.distribution_balanced import DISTRIBUTION_BALANCED_FAMILY
from dbl_core.losses.descriptions.frequency import FREQUENCY_FAMILY
from dbl_core.losses.descriptions.hill import HILL
from dbl_core.losses.descriptions.label_margin import LABEL_MARGIN
from dbl_core.losses.descriptions.logit_adjustment import LOGIT_ADJUSTMENT
from dbl_core.losses.descriptions.multi_focal_modifier import MULTI_FOCAL_MODIFIER
from dbl_core.losses.descriptions.poly import POLY
from dbl_core.losses.descriptions.robust_asymmetric import ROBUST_ASYMMETRIC
from dbl_core.losses.descriptions.two_way import TWO_WAY
from dbl_core.losses.descriptions.zlpr import ZLPR

DESCRIPTIONS: tuple[LossDescription, ...] = (
    *FREQUENCY_FAMILY,
    *DISTRIBUTION_BALANCED_FAMILY,
    ASYMMETRIC,
    HILL,
    TWO_WAY,
    ZLPR,
    ROBUST_ASYMMETRIC,
    MULTI_FOCAL_MODIFIER,
    POLY,
    LABEL_MARGIN,
    LOGIT_ADJUSTMENT,
    CLASS_BALANCED_TOLERANT,
)
"""All losses in the order in which a form lists them."""
