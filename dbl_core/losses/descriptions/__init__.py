"""What each loss is, as data: one file a paper or a family, none loads torch."""

from dbl_core.losses.description import LossDescription
from dbl_core.losses.descriptions.distribution_balanced import DISTRIBUTION_BALANCED_FAMILY
from dbl_core.losses.descriptions.frequency import FREQUENCY_FAMILY

DESCRIPTIONS: tuple[LossDescription, ...] = (*FREQUENCY_FAMILY, *DISTRIBUTION_BALANCED_FAMILY)
"""All losses in the order in which a form lists them."""
