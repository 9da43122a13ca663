"""Fields of the Train form whose values live in the address, under ``train_`` and the name of the setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dbl_core.config import TrainConfig
from pages.ui import state

MOST_SEGMENTS = 3  # more do not fit beside each other
DEFAULTS = TrainConfig()


def segments(field: str, label: str, titles: dict[str, str]) -> str:
    """Choose one of a few words; the address holds the word itself, not its title.

    Args:
        field: The setting, an attribute of ``TrainConfig``.
        label: What the choice is called.
        titles: Word -> how it is written.
    """
    key, default = f"train_{field}", getattr(DEFAULTS, field) or ""
    value = state.address_value(key, default)
    if value not in titles:
        value = default
    state.shows(key, value)
    if state.value_of(f"form_{key}") != value:
        state.seed_widget(f"form_{key}", value)
    options = {"format_func": titles.get, "key": f"form_{key}", "on_change": _segment_changed, "args": (key, default)}
    options["disabled"] = state.locked(key)
    if len(titles) <= MOST_SEGMENTS:
        st.segmented_control(label, list(titles), required=True, width="stretch", **options)
    else:
        st.selectbox(label, list(titles), **options)
    return value


def departs(*fields: str) -> bool:
    """Whether the address says something else of these words than their defaults."""
    return any(state.address_value(f"train_{field}") not in ("", getattr(DEFAULTS, field)) for field in fields)


def _segment_changed(key: str, default: str) -> None:
    value = state.value_of(f"form_{key}")
    state.write_address(key, None if value == default else value)


def number(field: str, label: str, low: float, high: float | None, **look: Any) -> float:
    """Choose a number; the browser keeps it between low and high.

    Args:
        field: The setting, an attribute of ``TrainConfig``.
        label: What the choice is called.
        low: The least value.
        high: The largest, None for no bound.
        **look: Further arguments of the widget.
    """
    look = {"key": f"train_{field}", "bind": "query-params", "disabled": state.locked(f"train_{field}"), **look}
    return st.number_input(label, low, high, getattr(DEFAULTS, field), **look)


def optional(field: str, label: str, bounds: tuple[float, float | None], **look: Any) -> float | None:
    """Choose a number, or none: the field is empty then.

    Args:
        field: The setting, an attribute of ``TrainConfig`` whose default is None.
        label: What the choice is called.
        bounds: The least and the largest value, None for no bound.
        **look: Further arguments of the widget.
    """
    look = {"key": f"train_{field}", "bind": "query-params", "disabled": state.locked(f"train_{field}"), **look}
    return st.number_input(label, value=None, min_value=bounds[0], max_value=bounds[1], **look)


def fill(values: Mapping[str, Any]) -> None:
    """Make the fields show these settings, in a callback.

    Args:
        values: Settings by their names in ``TrainConfig``.
    """
    for field, value in values.items():
        if state.locked(f"train_{field}"):  # what a link holds fast stays as the link says
            continue
        default = getattr(DEFAULTS, field)
        if isinstance(default, str):
            state.write_address(f"train_{field}", None if value == default else value)
        else:
            state.set_bound(f"train_{field}", value, default)
