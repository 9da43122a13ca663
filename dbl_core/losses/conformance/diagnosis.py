"""What a loss that is not what it claims to be computes instead: known slips, alone and two at a time."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from torch import Tensor

from dbl_core.losses.catalog import LOSSES, PRESETS, preset_options
from dbl_core.losses.conformance.bench import Bench, Scale
from dbl_core.losses.conformance.closed_form import DEVIATIONS, Claim
from dbl_core.losses.conformance.oracle import DB_FAMILY, Oracle, claims_of_other_losses

_BIAS = {
    "official": "it has the public code's form of the bias, divided by lambda",
    "paper": "it has the paper's form of the bias, not divided by lambda",
}
_SLIPS: dict[str, dict[str, float]] = {
    "it has the public code's constructor defaults alpha 10, beta 0.2, mu 0.1, at which re-balancing hardly acts": {
        "alpha": 10.0, "beta": 0.2, "mu": 0.1,
    },
    "lambda is without effect": {"lam": 1.0},
    "the shift nu is left out": {"kappa": 0.0},
    "kappa is 0.1, the public code's constructor default": {"kappa": 0.1},
    "the focal factor is left out": {"gamma": 0.0, "focal_scale": 1.0},
}  # fmt: skip
_PRESET = "its options are those of the preset {}"


def diagnose(bench: Bench, found: list[float], batches: list[tuple[Tensor, Tensor]]) -> str:
    """Return in words what the values are those of; empty where nothing known fits.

    Args:
        bench: The loss under test.
        found: Its value on each batch.
        batches: The batches.
    """
    slips = list(_slips(bench.oracle.claim))
    single = [((words,), claim) for words, claim in slips]
    for words, claim in (*single, *_others(bench.oracle.claim), *_pairs(bench.oracle.claim, slips)):
        scale = bench.scale(found, batches, Oracle(claim, bench.training_set))
        if scale is not None:
            return " and ".join(words) + _times(scale, bench.oracle.unit)
    return ""


def _slips(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Every known slip on its own."""
    options = dict(claim.options)
    if claim.name not in DB_FAMILY:
        return
    if "bias" in options:
        other = "paper" if options["bias"] == "official" else "official"
        yield _BIAS[other], replace(claim, options={**options, "bias": other})
    if "mu" in options:
        swapped = {"alpha": options["mu"], "mu": options["alpha"]}
        yield "alpha and mu are swapped", replace(claim, options={**options, **swapped})
    for deviation, words in DEVIATIONS.items():
        yield words, replace(claim, deviations=frozenset({deviation}))
    for words, changed in _SLIPS.items():
        if changed.keys() <= options.keys():
            yield words, replace(claim, options={**options, **changed})


def _others(claim: Claim) -> Iterator[tuple[tuple[str], Claim]]:
    """The same loss with published options, and all other losses."""
    for key, preset in PRESETS.items():
        if claim.name in preset.losses:
            yield (_PRESET.format(key),), replace(claim, options=preset_options(key, claim.name))
    for other in claims_of_other_losses(claim):
        yield (f"it is the loss {other.name} ({LOSSES[other.name].title})",), other


def _pairs(claim: Claim, slips: list[tuple[str, Claim]]) -> Iterator[tuple[tuple[str, str], Claim]]:
    for (first, one), (second, two) in combinations(slips, 2):
        changed = {key: value for key, value in two.options.items() if value != claim.options[key]}
        both = replace(one, options={**one.options, **changed}, deviations=one.deviations | two.deviations)
        yield (first, second), both


def _times(scale: Scale, unit: str) -> str:
    if abs(scale.factor - 1) < 1e-3 and scale.reduction == "mean":
        return ""
    return f" ({scaled(scale, unit)})"


def scaled(scale: Scale, unit: str) -> str:
    """A scale in words.

    Args:
        scale: What was found.
        unit: What has a value of its own: "cell", "image" or "batch".
    """
    plain = {"cell": "the mean over all cells", "image": "the mean over all images", "batch": "the value of the batch"}
    of_what = {
        "mean": plain[unit],
        "sum": f"the sum over all {unit}s",
        "batchmean": "the sum over classes, averaged over images",
        "classmean": "the sum over images, averaged over classes",
    }[scale.reduction]
    return of_what if abs(scale.factor - 1) < 1e-3 else f"{scale.factor:.6g} times {of_what}"
