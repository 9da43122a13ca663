"""What a sweep goes over: one or two options, their ranges, how many points and seeds, which group is looked at."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import RunConfig
from dbl_core.losses import LOSSES
from dbl_core.losses.catalog import LossOption
from dbl_core.losses.positions import positions
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.sweeps import MOST_POINTS, MOST_SEEDS, RATE, Axis, evenly_chosen
from pages.ui import loss_form, play_fields

NONE = "none"
FEWEST_POINTS = 2
RATE_TITLE = "learning rate"
USUAL_RATES = (0.001, 1.0)


def axes_form(base: RunConfig) -> tuple[list[Axis], int, str]:
    """Draw the form of a sweep.

    Args:
        base: The setting whose options are swept.

    Returns:
        One or two axes, the number of seeds, and the group whose mAP is looked at.
    """
    options = {option.name: option for option in LOSSES[base.loss.name].options if option.kind == "float"}
    titles = {name: _title(option) for name, option in options.items()} | {RATE: RATE_TITLE}
    first_default = "mu" if "mu" in titles else next(iter(titles))
    left, right = st.columns(2)
    with left:
        first = play_fields.word("play_x", "Sweep", titles, first_default)
    others = {NONE: "nothing else", **{name: title for name, title in titles.items() if name != first}}
    with right:
        second = play_fields.word("play_y", "and", others, NONE)
    names = [first] if second == NONE else [first, second]
    axes = []
    for name, place, letter in zip(names, (left, right), "xy", strict=False):
        with place:
            axes.append(_axis(name, titles[name], options.get(name), letter, MOST_POINTS[len(names)]))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        keys = {key: key.capitalize() for key in REPORT_KEYS}
        key = play_fields.word("play_key", "Look at the mAP of", keys, "total")
        seeds = {str(number): str(number) for number in range(1, MOST_SEEDS + 1)}
        n_seeds = int(play_fields.word("play_seeds", "Seeds each", seeds, "1", help="Several show what is noise."))
    return axes, n_seeds, key


def _title(option: LossOption) -> str:
    symbol = loss_form.symbol(option)
    return option.name if symbol == option.name else f"{symbol} · {option.name}"


def _axis(name: str, title: str, option: LossOption | None, letter: str, most: int) -> Axis:
    """Draw range and number of points of one axis; the range in the address belongs to the option, not to the axis."""
    spots = play_fields.RATES if option is None else positions(option)
    usual = USUAL_RATES if option is None else (spots[0], spots[-1])
    with st.container(horizontal=True, gap="small"):
        low = play_fields.spot(f"play_from_{name}", f"{title.split(' ')[0]} from", spots, usual[0], width=98)
        high = play_fields.spot(f"play_to_{name}", "to", spots, usual[1], width=98)
        n = play_fields.whole(f"play_n{letter}", "Points", min(8, most), (FEWEST_POINTS, most), width=98)
    scale = "log" if option is None else option.scale
    return Axis(name, title, evenly_chosen(spots, low, high, n), scale)
