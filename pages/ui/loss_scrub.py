"""One option of the first loss under a slider that lives in the browser: the curves follow while it is dragged."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.losses import LOSSES
from dbl_core.losses.catalog import LossOption
from dbl_core.losses.positions import Track, track
from dbl_core.viz.loss_scrub import Handle, fitting_points, scrub_chart, scrub_table
from pages.ui import loss_answers, page, state
from pages.ui.loss_curves import View
from pages.ui.loss_form import symbol

ADDRESS = "loss_drag"
LABELS = {"linear": "{0}", "log": "log₁₀ {0}", "log1m": "-log₁₀(1 - {0})"}
"""What the slider of each scale moves over."""
STYLE = """<style>
.st-key-loss_drag_chart form.vega-bindings .vega-bind .vega-bind-name { min-width: 0; }
.st-key-loss_drag_chart form.vega-bindings .vega-bind input[type="range"] { width: min(36rem, 62vw); height: 1.5rem; }
.st-key-loss_drag_chart .vega-embed svg text { fill: currentColor; }
</style>"""
"""A slider as wide as dragging needs: Vega's own has hardly more pixels than places; and words in the colour of text:
Streamlit's grey has a contrast of 3.7 on white."""


def section(choice: DatasetConfig, config: LossConfig, title: str, view: View) -> None:
    """Draw the curves of one loss for all values of one of its options, moved through without the server."""
    st.header(f"Drag one option of {title}", anchor=False)
    movable = [option for option in LOSSES[config.name].options if option.kind == "float"]
    if not movable:
        st.caption(f"{title} has no number to drag.")
        return
    _panel(choice, config, title, view)


@st.fragment
def _panel(choice: DatasetConfig, config: LossConfig, title: str, view: View) -> None:
    with page.guard():
        option = _pick(config)
        moved = track(option, config.options[option.name])
        points = fitting_points(len(view.classes), len(moved.values))
        answer = loss_answers.scrub(choice, config, option.name, (moved.values, points), view.contexts)
        st.html(STYLE)
        names = ", ".join(chosen.name for chosen in view.classes)
        with st.container(key="loss_drag_chart"):
            st.vega_lite_chart(
                scrub_table(answer, view.classes),
                scrub_chart(answer, view.classes, _handle(option, moved), axis=view.axis, log=view.log),
                key="loss_drag_vega",
                alt=f"Loss, gradient and weight of {title} for {names}, at the {option.name} of the slider below",
            )
        st.caption(
            f"Everything was computed once, by the module that trains: the slider moves through "
            f"{len(moved.values)} values of {symbol(option)} without asking again. Pale lines stay where {title} is "
            "set; the form above keeps a value. A button at the top right of the chart saves a PNG; for an SVG keep "
            "the value and save the curves at the top."
        )


def _pick(config: LossConfig) -> LossOption:
    """Choose the option; the choice is kept from loss to loss where the next one has it too."""
    movable = {option.name: option for option in LOSSES[config.name].options if option.kind == "float"}
    wanted = state.address_value(ADDRESS)
    shown = wanted if wanted in movable else next(iter([name for name in ("mu", *movable) if name in movable]))
    key = f"form_{ADDRESS}"
    state.shows(ADDRESS, shown)
    if state.value_of(key) != shown:
        state.seed_widget(key, shown)
    st.segmented_control(
        "Which option",
        list(movable),
        format_func=lambda name: f"{symbol(movable[name])} · {name}",
        required=True,
        key=key,
        on_change=lambda: state.write_address(ADDRESS, state.value_of(key)),
        label_visibility="collapsed",
    )
    return movable[shown]


def _handle(option: LossOption, moved: Track) -> Handle:
    letter = symbol(option)
    return Handle(
        label=LABELS[moved.scale].format(letter),
        symbol=letter,
        values=moved.values,
        places=moved.places,
        step=moved.step,
        at=moved.at,
    )
