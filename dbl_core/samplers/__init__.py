"""Which training images are shown, in which order: seeded streams of row indices, numpy only."""

from dbl_core.samplers.catalog import SAMPLERS, SamplerDescription, epoch_length
from dbl_core.samplers.streams import class_aware_indices, uniform_indices

__all__ = ["SAMPLERS", "SamplerDescription", "class_aware_indices", "epoch_length", "uniform_indices"]
