"""The borders between head, medium and tail: one choice for all pages, kept in the address as ``groups``."""

from __future__ import annotations

import streamlit as st

from dbl_core.longtail import CONVENTIONS, Convention, GroupConvention, convention_named, custom_convention
from pages.ui import state

KEY = "groups"
DEFAULT = "db"
CUSTOM = "custom"
LARGEST = 999_999_999


def convention() -> Convention:
    """Return the convention that this page's address names; the paper's where it names none or nonsense."""
    try:
        return convention_named(state.address_value(KEY, DEFAULT))
    except ValueError:
        return CONVENTIONS[DEFAULT]


def described_groups() -> str:
    """Say which borders hold where they are not the paper's; nothing else."""
    current = convention()
    if current.name == DEFAULT:
        return ""
    return f"Groups: {current.title}, head {current.rule('head')}, tail {current.rule('tail')}"


def convention_switch(word: str) -> Convention:
    """Draw the choice of the borders, two more boxes for borders of one's own, and return the convention.

    Args:
        word: the page's word, with which the widgets' keys begin.
    """
    current = convention()
    state.shows(KEY, current.name)
    name = current.name if current.name in CONVENTIONS else CUSTOM
    key = f"{word}_groups"
    state.seed_widget(key, name)
    st.selectbox(
        "Head, medium and tail after",
        [*CONVENTIONS, CUSTOM],
        format_func=lambda option: CONVENTIONS[option].title if option in CONVENTIONS else "Your own borders",
        key=key,
        on_change=_switched,
        args=(key,),
        disabled=state.locked(KEY),
        width=200,
        help=f"Holds for all pages. This one: {current.source}.",
    )
    if name == CUSTOM:
        _own_borders(word, current)
    return current


def _own_borders(word: str, current: GroupConvention) -> None:
    keys = f"{word}_head_from", f"{word}_tail_to"
    for key, value in zip(keys, (current.head_from, current.tail_to), strict=True):
        state.seed_widget(key, value)
    look = {"on_change": _own, "args": keys, "width": 120, "disabled": state.locked(KEY)}
    st.number_input("Head from (images)", 1, LARGEST, key=keys[0], **look)
    st.number_input("Tail up to (images)", 0, LARGEST - 1, key=keys[1], **look)


def _switched(key: str) -> None:
    name = state.value_of(key)
    if name == CUSTOM:
        before = convention()
        start = before if isinstance(before, GroupConvention) else CONVENTIONS[DEFAULT]
        name = custom_convention(start.head_from, start.tail_to).name
    state.write_address(KEY, None if name == DEFAULT else name)


def _own(head_key: str, tail_key: str) -> None:
    """Keep borders of one's own; a border that would pass the other stops before it."""
    before = convention()
    head_from, tail_to = state.value_of(head_key), state.value_of(tail_key)
    if tail_to >= head_from:
        moved_head = head_from != before.head_from
        head_from, tail_to = (tail_to + 1, tail_to) if moved_head else (head_from, head_from - 1)
    state.write_address(KEY, custom_convention(head_from, tail_to).name)
