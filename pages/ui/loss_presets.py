"""All published settings at a glance: what was set, by whom, and a button that makes it loss A."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dbl_core.config import LossConfig
from dbl_core.losses import LOSSES, PRESETS, preset_options
from dbl_core.losses.catalog import Preset
from pages.ui import state
from pages.ui.folded import folded
from pages.ui.text import literal


def gallery(current: LossConfig, *, choose: Callable[[LossConfig], None]) -> None:
    """List every published setting, closed at first; it is filled when it is opened.

    Args:
        current: Loss A; where a setting is meant for it, the button keeps that loss.
        choose: Called with the loss of the setting that was pressed.
    """
    label, icon = "Settings from papers and public code", ":material/auto_stories:"
    with folded(label, icon=icon, key="loss_gallery") as opened:
        if not opened:
            return
        st.caption("Each names its source. A button sets loss A; values that a source does not give are left out.")
        for start in range(0, len(PRESETS), 2):  # row by row, so that a narrow page keeps the order
            for place, key in zip(st.columns(2), list(PRESETS)[start : start + 2], strict=False):
                with place:
                    _card(key, PRESETS[key], current, choose)


def _card(key: str, preset: Preset, current: LossConfig, choose: Callable[[LossConfig], None]) -> None:
    name = current.name if current.name in preset.losses else preset.losses[-1]
    wanted = LossConfig(name=name, options=preset_options(key, name))
    values = ", ".join(f"{option} {value}" for option, value in wanted.options.items() if option in preset.values)
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{preset.title}** · {LOSSES[name].title}")
        source = f"[{literal(preset.source)}]({preset.url})" if preset.url else literal(preset.source)
        st.caption(". ".join(part for part in (f"`{values}`  \n{source}", literal(preset.note)) if part))
        st.button(
            "Use as loss A",
            key=f"form_gallery_{key}",
            help=f"Meant for {', '.join(preset.losses)}.",
            disabled=wanted == current or state.locked("loss_a", *(f"loss_a_{option}" for option in wanted.options)),
            on_click=choose,
            args=(wanted,),
        )
