"""Fields of the Playground whose values live in the address: words and numbers as they are, moved into their range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.ui import state

AUTOMATIC = "automatic"
RATES = (*(float(f"{digit}e{power}") for power in range(-4, 1) for digit in (1, 1.5, 2, 3, 5, 7)), 10.0)
"""Learning rates at which a slider can stand."""
RATE_RANGE = (1e-7, 100.0)
"""Learning rates that an address may name."""
MOST_SEGMENTS = 4


def word(key: str, label: str, titles: Mapping[str, str], default: str, **look: Any) -> str:
    """Choose one of a few words; an unknown word of the address is the default.

    Args:
        key: The address parameter.
        label: What the choice is called.
        titles: Word -> how it is written.
        default: The word of an address that says nothing.
        **look: Further arguments of the widget.
    """
    if len(titles) > MOST_SEGMENTS:
        return choice(key, label, titles, default, **look)
    value = state.address_value(key, default)
    value = value if value in titles else default
    options = {**look, **_bound(key, value, default), "format_func": titles.get}
    st.segmented_control(label, list(titles), required=True, **options)
    return value


def choice(key: str, label: str, titles: Mapping[str, str], default: str, **look: Any) -> str:
    """Choose one of many words in a box; otherwise as :func:`word`."""
    value = state.address_value(key, default)
    value = value if value in titles else default
    st.selectbox(label, list(titles), **{**look, **_bound(key, value, default), "format_func": titles.get})
    return value


def whole(key: str, label: str, default: int, bounds: tuple[int, int], **look: Any) -> int:
    """Choose a whole number; one of the address moves into the bounds."""
    value = round(state.address_number(key, default, *bounds))
    st.number_input(label, *bounds, **look, **_bound(key, value, default))
    return value


def rate(key: str, label: str, automatic: float) -> float | None:
    """Choose a learning rate on a logarithmic slider; None is automatic, which is what the address says without it."""
    value = state.address_number(key, None, *RATE_RANGE)
    spots = sorted({*RATES, *([] if value is None else [value])})
    st.select_slider(
        label,
        [AUTOMATIC, *spots],
        format_func=lambda spot: f"{AUTOMATIC} ({automatic:g})" if spot == AUTOMATIC else f"{spot:g}",
        help="The peak after warm-up; it falls tenfold at 5/8 and 7/8 of the steps. Too large, and the loss diverges.",
        **_bound(key, AUTOMATIC if value is None else value, AUTOMATIC),
    )
    return value


def spot(key: str, label: str, positions: Sequence[float], default: float, **look: Any) -> float:
    """Choose one of the positions of a slider in a box; a number of the address means the nearest."""
    wanted = state.address_number(key, default, positions[0], positions[-1])
    value = min(positions, key=lambda position: abs(position - wanted))
    st.selectbox(
        label, list(positions), format_func=lambda position: f"{position:.6g}", **look, **_bound(key, value, default)
    )
    return value


def _bound(key: str, value: Any, default: Any) -> dict[str, Any]:
    """Key and callback of a widget that shows a value of the address; it is left alone where it shows it already."""
    widget = _widget_key(key)
    state.shows(key, _text(value))
    if state.value_of(widget) != value:
        state.seed_widget(widget, value)
    return {"key": widget, "on_change": _changed, "args": (key, default), "disabled": state.locked(key)}


def _widget_key(key: str) -> str:
    return f"form_{key}"


def _changed(key: str, default: Any) -> None:
    value = state.value_of(_widget_key(key))
    state.write_address(key, None if value in (None, default) else _text(value))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"
