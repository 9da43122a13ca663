"""Many heads at once: one or two options over their ranges, and what the groups of classes answer."""

from __future__ import annotations

import math

import streamlit as st

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.heads import Heads
from dbl_core.runs.sweeps import Sweep, read_sweep, sweep_configs
from dbl_core.viz import sweeps as figures
from pages.ui import page, play_answers, play_form, run_data, state
from pages.ui.play_axes import axes_form
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

KEYS = {key: key.capitalize() for key in REPORT_KEYS}
CHOSEN = "play_point"


def sweep(choice: DatasetConfig) -> None:
    """Draw the forms of the setting and of the sweep, train it on demand, and show it."""
    left, right = st.columns(play_form.BESIDE, gap="medium")
    with left, st.container(border=True):
        base = play_form.setting_form(choice)
    with right, page.guard():
        axes, n_seeds, key = axes_form(base)
        configs = sweep_configs(base, axes, n_seeds)
        found = _train(configs, n_seeds)
        if found is not None:
            _show(read_sweep(found, axes, n_seeds), found, base, key)


def _train(configs: list[RunConfig], n_seeds: int) -> Heads | None:
    """Train the heads when asked to; what is there already is shown at once."""
    found = play_answers.kept_heads(configs)
    place, cancel = st.empty(), st.empty()
    if found is None:
        label = f"Train {len(configs):,} heads"
        with place:
            asked = page.launch_button(label, type="primary", icon=":material/grid_on:", key="play_train_many")
        if not asked:
            cancel.caption(_what_it_costs(len(configs), n_seeds))
            return None
        cancel.button("Cancel", icon=":material/close:", key="play_cancel")
        found = play_answers.heads(configs, place)
        cancel.empty()
    if found is not None:
        place.caption(f"{len(configs):,} heads, {found.n_steps:,} steps each, {play_form.took(found)}")
    return found


def _what_it_costs(n_heads: int, n_seeds: int) -> str:
    seeds = "one seed each" if n_seeds == 1 else f"{n_seeds} seeds each"
    return f"{n_heads:,} heads are trained together, {seeds}: a few seconds on a small data set."


def _show(found: Sweep, heads: Heads, base: RunConfig, key: str) -> None:
    if heads.diverged:
        _diverged(heads)
    if found.best(key) is None:
        st.info(f"No setting has a {key} mAP: there is no such class with test positives, or all diverged.")
        return
    titles = " and ".join(axis.title for axis in found.axes)
    if len(found.axes) == 1:
        _chart("play_line", figures.sweep_lines(found, key, base), f"mAP by group along {titles}", found)
    else:
        _chart("play_surface", figures.sweep_surface(found, key, base), f"{key} mAP over {titles}", found)
    _chart("play_front", figures.head_against_tail(found, key, base), "Tail mAP against head mAP", found)
    form = "dashed line" if len(found.axes) == 1 else "open square"
    st.caption(
        f"Click a point to take its setting. The star is the best, the {form} the setting of the form; on the Pareto "
        "front no other setting is at least as good in head and in tail."
    )
    _chosen(found, key)
    st.info(_caution(found, key), icon=":material/casino:")


def _chart(key: str, figure: object, alt: str, found: Sweep) -> None:
    show_figure(figure, key=key, alt=alt, selection_mode="points", on_select=lambda: _picked(key, found))


def _picked(chart: str, found: Sweep) -> None:
    """Note the setting of a clicked point, whichever chart it was in."""
    for point, *_ in state.clicked(chart):
        state.write_address(CHOSEN, play_form.text_of(found.configs[int(point)]))


def _diverged(heads: Heads) -> None:
    count, first = len(heads.diverged), heads.diverged[0].diverged
    st.warning(
        f"{count:,} of {len(heads.heads):,} heads diverged, blank where nothing is left; the first: {literal(first)}",
        icon=":material/trending_up:",
    )


def _chosen(found: Sweep, key: str) -> None:
    """Offer the clicked point, or the best one, for the form."""
    best, point = found.best(key), _point(found, key)
    values = zip(found.axes, found.coordinates(point), strict=True)
    words = ", ".join(f"{axis.title} {value:.6g}" for axis, value in values)
    numbers = ", ".join(
        f"{name} {run_data.percent(float(mean))}" for name, mean in zip(REPORT_KEYS, found.means[point], strict=True)
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(f"**{literal(words)}**{' (the best)' if point == best else ''}: {numbers} % mAP", width="content")
        st.button(
            "Use this setting",
            icon=":material/input:",
            key="play_use",
            on_click=_use,
            args=(found, key),
        )


def _point(found: Sweep, key: str) -> int:
    """The point that the address names, else the best one."""
    chosen = play_form.setting_of(state.address_value(CHOSEN), found.configs[0].dataset)
    return found.configs.index(chosen) if chosen in found.configs else found.best(key)


def _use(found: Sweep, key: str) -> None:
    """Write the point into the form: that of this moment, for the page may not be drawn to its end since the click."""
    play_form.write_setting(found.configs[_point(found, key)])


def _caution(found: Sweep, key: str) -> str:
    """Say how far the best of many can be trusted."""
    noise = found.seed_noise(key)
    text = (
        f"The best of {len(found.maps):,} was picked by the very test images it is measured on, so its {key} mAP is "
        "optimistic: the winner is partly the luckiest."
    )
    if math.isnan(noise):
        return f"{text} With one seed each nobody knows how much of it is luck: choose 2 or 3 seeds to see the noise."
    clear = found.least_clear(key)
    apart = "" if math.isnan(clear) else f"; two settings closer than {100 * clear:.1f} points cannot be told apart"
    return (
        f"{text} From seed to seed the {key} mAP of a setting moves by {100 * noise:.1f} points (standard deviation, "
        f"the same {found.n_seeds} seeds for all){apart}."
    )
