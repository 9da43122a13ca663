"""Take a term out of a loss: the member of its family that lacks it, or the values that switch it off."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dbl_core.losses.catalog import LOSSES, check_options, describe

SWITCHES: Mapping[str, tuple[str, ...]] = {
    "weighting": ("rebalanced", "class_balanced", "inverse"),
    "tolerance": ("tolerance",),
    "focal": ("focal",),
}
"""What can be switched, and the words for it among the terms of a description."""
_NEUTRAL: Mapping[str, Mapping[str, float]] = {
    "class_balanced": {"beta": 0.0},
    "inverse": {"power": 0.0},
    "tolerance": {"lam": 1.0, "kappa": 0.0},
    "focal": {"gamma": 0.0, "focal_scale": 1.0},
}
"""The values with which a term changes nothing; a re-balanced weight has none, only losses without it."""


def switches_of(name: str) -> tuple[str, ...]:
    """Return which terms of a loss can be switched off, in the order of ``SWITCHES``.

    Raises:
        ValueError: The loss is unknown.
    """
    terms = set(describe(name).terms)
    return tuple(switch for switch, words in SWITCHES.items() if terms & set(words))


def switched_off(
    name: str, options: Mapping[str, float | str], off: Collection[str]
) -> tuple[str, dict[str, float | str]]:
    """Return the loss that is left, by name and options, when terms are taken out; other options stay.

    Args:
        name: A key of ``LOSSES``.
        options: Its options; those left out take their defaults.
        off: Keys of ``SWITCHES``; what the loss does not have is already off.

    Raises:
        ValueError: The loss, an option or a switch is unknown.
    """
    unknown = sorted(set(off) - set(SWITCHES))
    if unknown:
        raise ValueError(f"There is no term {unknown[0]!r} to switch off; choose among {', '.join(SWITCHES)}.")
    options = check_options(name, options)
    terms = describe(name).terms
    gone = {term for switch in off for term in SWITCHES[switch] if term in terms}
    if not gone:
        return name, options
    left = set(terms) - gone
    for other in LOSSES.values():
        named_so = other.name == "bce" if not left else set(other.terms) == left
        if named_so and other.unit == "cell" and set(other.defaults) <= set(options):
            return other.name, check_options(other.name, {key: options[key] for key in other.defaults})
    neutral = {key: value for term in gone for key, value in _NEUTRAL[term].items() if key in options}
    return name, check_options(name, options | neutral)
