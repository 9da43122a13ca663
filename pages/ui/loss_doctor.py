"""The section "Doctor" of the Loss Lab: settings without effect or with a trap, each with a button that repairs it."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.losses import LOSSES
from dbl_core.losses.doctor import Hint, examined
from pages.ui import cache, loss_form, loss_start, state
from pages.ui.text import literal

PREFIXES = ("loss_a", "loss_b")
"""Address of the first and of the second loss of the page."""
SCALE = ("loss_scale", "relative")
"""The widget that sets two losses in relation to their means, and its value for that."""


def section(choice: DatasetConfig, configs: list[LossConfig], titles: list[str]) -> None:
    """Show what is odd about the settings on this training set, and where to start instead."""
    for prefix, config, title in zip(PREFIXES, configs, titles, strict=False):
        for place, hint in enumerate(hints_of(choice, config)):
            _show(hint, f"**{literal(title)}**: ", f"{prefix}_repair_{place}", _repair, (prefix, config, hint))
    loss_start.section(choice, configs, titles)


def show_pair(hint: Hint | None) -> None:
    """Show what is odd about comparing two losses; nothing where nothing is."""
    if hint is not None:
        _show(hint, "", "loss_pair_repair", state.seed_widget, SCALE)


def hints_of(choice: DatasetConfig, config: LossConfig) -> tuple[Hint, ...]:
    """Return what the doctor says of a loss on the chosen training set; of class counts what counts determine."""
    names = cache.dataset(choice).label_names
    return examined(config.name, config.options, loss_start.facts(choice), label_names=names)


def _show(hint: Hint, before: str, key: str, repair: object, arguments: tuple) -> None:
    if not hint.label:
        st.info(before + literal(hint.sentence), icon=":material/stethoscope:")
        return
    said, repaired = st.columns([4, 1], vertical_alignment="center")
    said.info(before + literal(hint.sentence), icon=":material/stethoscope:")
    prefix = arguments[0] if repair is _repair else ""
    look = {"icon": ":material/healing:", "width": "stretch"}
    look["disabled"] = state.locked(prefix, *(f"{prefix}_{option}" for option in hint.repair))
    repaired.button(hint.label, key=key, on_click=repair, args=arguments, **look)


def _repair(prefix: str, config: LossConfig, hint: Hint) -> None:
    """Write the repaired loss into the address, from which the form reads it."""
    if hint.loss:
        repaired = LossConfig(name=hint.loss, options=dict(hint.repair))
    else:
        repaired = LossConfig(name=config.name, options={**config.options, **hint.repair})
    for option in LOSSES[config.name].defaults:
        if option not in repaired.options:
            state.write_address(f"{prefix}_{option}", None)
    for key, value in loss_form.address(prefix, repaired).items():
        state.write_address(key, value)
