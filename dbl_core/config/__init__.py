"""What one run is: the data, the loss and the training settings, validated in one place.

The command line, the forms of the pages and ``config.json`` all end in these models, so a value is refused with the
same sentence wherever it comes from. Unknown keys are errors; the models are frozen; NaN and infinities are refused.
"""

from dbl_core.config.dataset import BY_RATIO, DatasetConfig
from dbl_core.config.explain import explain
from dbl_core.config.run import LossConfig, RunConfig
from dbl_core.config.training import (
    AUGMENTATIONS,
    DEFAULT_LEARNING_RATE,
    FIRST_STAGE_LOSS,
    FIRST_STAGE_SAMPLER,
    LIMITS,
    MODES,
    MOST_PROCESSES,
    NECKS,
    NORM_STATISTICS,
    OPTIMIZERS,
    SCHEDULES,
    TrainConfig,
)

__all__ = [
    "AUGMENTATIONS",
    "BY_RATIO",
    "DEFAULT_LEARNING_RATE",
    "FIRST_STAGE_LOSS",
    "FIRST_STAGE_SAMPLER",
    "LIMITS",
    "MODES",
    "MOST_PROCESSES",
    "NECKS",
    "NORM_STATISTICS",
    "OPTIMIZERS",
    "SCHEDULES",
    "DatasetConfig",
    "LossConfig",
    "RunConfig",
    "TrainConfig",
    "explain",
]
