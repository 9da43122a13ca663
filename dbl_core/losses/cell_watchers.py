"""What else is read off the cells of a training set on the one pass over them: distributions, and the balance left.

A watcher is given to ``explore.cell_table``, sees every block of cells once, and makes records when all are seen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from dbl_core.losses.cell_bins import BINS_PER_DECADE, LOWEST_EXPONENT, N_BINS

SIDES = ("positive", "negative")
QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


@dataclass(frozen=True, eq=False)
class CellBlock:
    """Some images of a training set under a loss.

    Attributes:
        rows: Which of the images.
        targets: (n, n_labels) bool.
        factor: (n, n_labels), weight times focal factor; None for a loss that is no sum of cells.
        gradient: (n, n_labels), absolute.
    """

    rows: slice
    targets: Tensor
    factor: Tensor | None
    gradient: Tensor


class Watcher(Protocol):
    """What ``explore.cell_table`` shows its blocks to."""

    def see(self, block: CellBlock) -> None:
        """Take in a block of cells."""


class Distributions:
    """How weight times focal factor and absolute gradient are distributed, by group and side.

    Values are counted in bins of equal width in their logarithm (2.3 %), of which there is a fixed number, so that
    memory does not grow with the training set. A quantile is the mean of the values in its bin: exact where all are
    equal, within 1.2 % otherwise.

    Args:
        groups: (n_labels,) the group of every class.
    """

    def __init__(self, groups: Sequence[str]) -> None:
        self._names, inverse = np.unique(np.asarray(groups), return_inverse=True)
        self._of_label = torch.from_numpy(inverse.astype(np.int64))
        size = (len(self._names), len(SIDES), N_BINS)
        self._counts = {measure: np.zeros(size, dtype=np.int64) for measure in ("factor", "gradient")}
        self._sums = {measure: np.zeros(size) for measure in self._counts}

    def see(self, block: CellBlock) -> None:
        """Count the values of a block."""
        series = 2 * self._of_label + (~block.targets).long()
        for measure, values in (("factor", block.factor), ("gradient", block.gradient)):
            if values is None:
                continue
            place = (values.log10() - LOWEST_EXPONENT) * BINS_PER_DECADE + 1
            place = place.clamp(0, N_BINS - 1).nan_to_num(0).long() + series * N_BINS
            shape, counted = self._counts[measure].shape, self._counts[measure].size
            self._counts[measure] += torch.bincount(place.ravel(), minlength=counted).numpy().reshape(shape)
            weights = values.ravel().double()
            self._sums[measure] += torch.bincount(place.ravel(), weights, minlength=counted).numpy().reshape(shape)

    def records(self) -> list[dict[str, Any]]:
        """Return for each measure ("factor", "gradient"), group and side a record.

        It has "cells", the quantiles of ``QUANTILES`` (None without cells), and "bins" and "counts": the bins of
        ``cell_bins`` that hold a cell, and how many they hold. Measures that the loss does not have are left out.
        """
        return [
            {
                "measure": measure,
                "group": str(group),
                "side": side,
                **_described(counts[row, column], sums[row, column]),
            }
            for (measure, counts), sums in zip(self._counts.items(), self._sums.values(), strict=True)
            if counts.any()
            for row, group in enumerate(self._names)
            for column, side in enumerate(SIDES)
        ]


def _described(counts: np.ndarray, sums: np.ndarray) -> dict[str, Any]:
    cells, bins = int(counts.sum()), np.flatnonzero(counts)
    ranks = [max(math.ceil(share * cells), 1) for share in QUANTILES.values()]
    places = np.searchsorted(np.cumsum(counts), ranks) if cells else []
    values = [float(sums[place] / counts[place]) for place in places] or [None] * len(QUANTILES)
    quantiles = dict(zip(QUANTILES, values, strict=True))
    return {"cells": cells, **quantiles, "bins": bins.tolist(), "counts": counts[bins].tolist()}


class Balance:
    """What a loss leaves of the imbalance between classes, under samplers that draw images unevenly.

    All numbers are expectations over as many drawn images as the training set has.

    Args:
        n_labels: Number of classes.
        chances: For each sampler the chance of every image to be the one that is drawn, (n_samples,), summing to 1, as
            ``dbl_core.stats.chances.sampler_chances`` gives them.
    """

    def __init__(self, n_labels: int, chances: Mapping[str, np.ndarray]) -> None:
        self._samplers = list(chances)
        drawn = np.stack([np.asarray(chance, dtype=np.float64) for chance in chances.values()], axis=1)
        self._drawn = torch.from_numpy(drawn * len(drawn))
        self._sums = {name: np.zeros((n_labels, len(chances))) for name in ("positives", "factor", "pull", "push")}
        self._has_factor = True

    def see(self, block: CellBlock) -> None:
        """Add up a block."""
        drawn, present = self._drawn[block.rows], block.targets.double()
        pull = block.gradient * present
        found = {"positives": present, "pull": pull, "push": block.gradient - pull}
        if block.factor is None:
            self._has_factor = False
        else:
            found["factor"] = block.factor * present
        for name, values in found.items():
            self._sums[name] += (values.double().T @ drawn).numpy()

    def records(self) -> dict[str, dict[str, Any]]:
        """Return a record for each sampler.

        It has lists with an entry a class: "positives" (drawn), "factor" (weight times focal factor, summed over them;
        None for a loss that is no sum of cells), "pull" and "push" (absolute gradient of positives and of negatives).
        "spread" tells for "positives", "factor" and "pull" how many times the largest is the smallest among the classes
        that occur: 1 is balance. It is None without such a class, or where the smallest is 0.
        """
        return {sampler: self._record(place) for place, sampler in enumerate(self._samplers)}

    def _record(self, place: int) -> dict[str, Any]:
        sums = {name: values[:, place] for name, values in self._sums.items()}
        occurs = sums["positives"] > 0
        spread = {name: _spread(sums[name][occurs]) for name in ("positives", "factor", "pull")}
        record: dict[str, Any] = {name: values.tolist() for name, values in sums.items()}
        if not self._has_factor:
            record["factor"] = spread["factor"] = None
        return record | {"spread": spread}


def _spread(values: np.ndarray) -> float | None:
    return float(values.max() / values.min()) if len(values) and values.min() > 0 else None
