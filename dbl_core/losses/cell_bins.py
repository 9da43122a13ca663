"""The bins in which values of cells are counted: logarithmic, the same for every loss, so that counts can be added."""

import numpy as np

BINS_PER_DECADE = 100
LOWEST_EXPONENT, HIGHEST_EXPONENT = -9, 7
N_BINS = BINS_PER_DECADE * (HIGHEST_EXPONENT - LOWEST_EXPONENT) + 2
"""Bin 0 holds what is below the range (zeros too), the last one what is above."""


def bin_exponent(index: np.ndarray | float) -> np.ndarray | float:
    """Return the decimal logarithm of a bin's middle; bin 0 gives the low end of the range."""
    return LOWEST_EXPONENT + np.maximum(np.asarray(index) - 0.5, 0.0) / BINS_PER_DECADE
