"""How the losses belong together: the order of a form, the family of a loss, and the switches of the DB family.

Loads no torch.
"""

from __future__ import annotations

from dbl_core.losses.catalog import LADDER, LOSSES

FAMILIES: dict[str, tuple[str, ...]] = {
    "Plain and focusing": ("bce", "focal", "poly"),
    "Weights by class count": ("weighted_bce", "cb_focal", "cb_ntr"),
    "Distribution-balanced and its parts": ("r_bce", "r_bce_focal", "ntr", "ntr_focal", "db", "db_focal"),
    "Positives and negatives apart": ("asl", "hill", "ral", "mfm"),
    "Margins and priors": ("ldam", "logit_adjust"),
    "Labels ranked against each other": ("zlpr", "two_way"),
}
"""Every loss in one family; names that a copy of the lab lacks are passed over."""

SWITCHES = ("rebalanced", "tolerance", "focal")
"""The terms of the DB family, each on or off."""
_BY_TERMS = {
    frozenset(): "bce",
    frozenset({"focal"}): "focal",
    frozenset({"rebalanced"}): "r_bce",
    frozenset({"rebalanced", "focal"}): "r_bce_focal",
    frozenset({"tolerance"}): "ntr",
    frozenset({"tolerance", "focal"}): "ntr_focal",
    frozenset({"rebalanced", "tolerance"}): "db",
    frozenset({"rebalanced", "tolerance", "focal"}): "db_focal",
}
_TERMS = {name: terms for terms, name in _BY_TERMS.items()}


def in_order() -> list[str]:
    """Return the names of all losses, family by family; one that belongs to none comes last."""
    listed = [name for names in FAMILIES.values() for name in names if name in LOSSES]
    return listed + [name for name in LOSSES if name not in listed]


def family_of(name: str) -> str:
    """Return the title of a loss's family, "" where it has none."""
    return next((title for title, names in FAMILIES.items() if name in names), "")


def terms_of(name: str) -> frozenset[str] | None:
    """Return which of the switches a loss has on; None where it is none of the eight that they make."""
    return _TERMS.get(name)


def switched(name: str, term: str, on: bool) -> str:
    """Return the loss that differs from another one in a switch only.

    Raises:
        ValueError: the loss is none of the eight, or there is no such switch.
    """
    terms = terms_of(name)
    if terms is None or term not in SWITCHES:
        raise ValueError(f"{name!r} with {term!r}: switches are {', '.join(SWITCHES)} of {', '.join(_TERMS)}.")
    return _BY_TERMS[terms | {term} if on else terms - {term}]


def rung_before(name: str) -> str | None:
    """Return the loss that comes one step before on the ladder; None at its foot and for losses that are off it.

    The two of the eight that are no rungs of their own stand one switch, focusing, above a rung.
    """
    if name in LADDER:
        place = LADDER.index(name)
        return LADDER[place - 1] if place else None
    return switched(name, "focal", False) if terms_of(name) else None
