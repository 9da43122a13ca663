"""The ladder from plain cross-entropy to DB-Focal, and the switches that turn each term of a loss on and off."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dbl_core.config import LossConfig
from dbl_core.losses import LADDER, LOSSES
from dbl_core.losses.families import SWITCHES, rung_before, switched, terms_of
from pages.ui import state

Change = Callable[[str], None]
STEPS = {
    "bce": "**BCE**: every (image, class) cell counts the same.",
    "focal": "**Focal** adds focusing to BCE: cells that are right already fade.",
    "r_bce": "**R-BCE** re-weights BCE: each cell counts by r̂, which knows what rides along with a rare label.",
    "ntr": "**NTR** alone: negatives that are low enough stop pushing, and a rare class starts low.",
    "db": "**DB** is the re-weighting of R-BCE and NTR together.",
    "db_focal": "**DB-Focal** adds focusing to DB: the whole method of the paper.",
}
OFF = "No switches here: this loss is made of other terms than those of the ladder."
BESIDE = "Loss A stands beside the ladder."
TERMS = {"rebalanced": "Re-weighting r̂", "tolerance": "Tolerance (NTR)", "focal": "Focal"}
HELP = {
    "rebalanced": "The weight r̂ of a cell, from how often its class should be drawn and how often the image really is.",
    "tolerance": "The shift ν of each class and the scale λ of the negatives: negative-tolerant regularisation.",
    "focal": "The factor s (1 - p_t)^γ, which fades cells that are answered right already.",
}


def ladder(first: LossConfig, *, change: Change, compare: Callable[[str], None]) -> None:
    """Draw the rungs, the one of the first loss pressed, and the button that compares it with the rung before.

    Args:
        first: The loss that is moved up and down.
        change: Called with the name of the rung that was chosen.
        compare: Called with the name of the rung before, when the button is pressed.
    """
    _seed("form_loss_rung", first.name if first.name in LADDER else None)
    st.segmented_control(
        "The ladder: a click makes it loss A",
        LADDER,
        format_func=lambda name: LOSSES[name].short,
        required=True,
        key="form_loss_rung",
        on_change=lambda: change(state.value_of("form_loss_rung")),
        disabled=state.locked("loss_a"),
    )
    before = rung_before(first.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Compare with the rung before",
            icon=":material/compare_arrows:",
            disabled=before is None or state.locked("loss_b"),
            help="Makes it loss B, with the same values for the options that both have.",
            on_click=compare,
            args=(before,),
        )
        st.caption(STEPS.get(first.name) or _between(first.name))


def switches(prefix: str, config: LossConfig, *, change: Change) -> None:
    """Draw a switch for each term of a loss of the DB family; a sentence for every other loss.

    Args:
        prefix: Start of the keys, as in ``loss_form``.
        config: The loss.
        change: Called with the name of the loss that a switch makes.
    """
    terms = terms_of(config.name)
    if terms is None:
        st.caption(OFF)
        return
    with st.container(horizontal=True, gap="small"):
        for term in SWITCHES:
            key = f"form_{prefix}_term_{term}"
            _seed(key, term in terms)
            st.toggle(
                TERMS[term],
                key=key,
                help=HELP[term],
                disabled=state.locked(prefix),
                on_change=lambda key=key, term=term: change(switched(config.name, term, state.value_of(key))),
            )


def _between(name: str) -> str:
    """Say where a loss stands that is no rung."""
    before = rung_before(name)
    return f"Between the rungs: **{LOSSES[before].short}** with focusing." if before else BESIDE


def _seed(key: str, value: object) -> None:
    if state.value_of(key) != value:
        state.seed_widget(key, value)
