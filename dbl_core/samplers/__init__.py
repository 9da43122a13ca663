"""Which training images are shown, in which order: seeded streams of row indices, numpy only."""

from dbl_core.samplers.catalog import SAMPLERS, SamplerDescription, SamplerOption, epoch_length
from dbl_core.samplers.doctor import sampler_hints
from dbl_core.samplers.epochs import EpochSummary, epoch_summary
from dbl_core.samplers.streams import (
    class_aware_indices,
    progressive_indices,
    repeat_factor_indices,
    square_root_indices,
    uniform_indices,
)

__all__ = [
    "SAMPLERS",
    "EpochSummary",
    "SamplerDescription",
    "SamplerOption",
    "class_aware_indices",
    "epoch_length",
    "epoch_summary",
    "progressive_indices",
    "repeat_factor_indices",
    "sampler_hints",
    "square_root_indices",
    "uniform_indices",
]
