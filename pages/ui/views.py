"""The gallery of ready views: ``data/views.yaml`` as cards, each a link into a page in a certain state."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import streamlit as st
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from dbl_core.config import explain
from pages.ui import page, state
from pages.ui.address import LINK_KEYS, NAME
from pages.ui.text import literal

FILE = page.ROOT / "data" / "views.yaml"
MOST_BYTES, MOST_VIEWS = 100_000, 60
A_ROW = 3


def _as_text(value: object) -> object:
    """Write a number or a truth value of YAML as the address does."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return str(value) if isinstance(value, int | float) else value


class View(BaseModel):
    """One card of the gallery.

    Attributes:
        title: its heading.
        text: one sentence on what is to be seen.
        page: the title of a page in the navigation.
        parameters: address parameters of that page, as text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=36)
    text: str = Field(min_length=1, max_length=200)
    page: str
    parameters: dict[str, Annotated[str | list[str], BeforeValidator(_as_text)]] = Field(max_length=100)

    @field_validator("page")
    @classmethod
    def _known_page(cls, title: str) -> str:
        if title not in page.PAGES:
            raise ValueError(f"{title!r} is no page; allowed: {', '.join(page.PAGES)}")
        return title

    @field_validator("parameters")
    @classmethod
    def _names(cls, parameters: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
        wrong = [key for key in parameters if not NAME.fullmatch(key) or key in LINK_KEYS]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: no parameter of a page")
        return parameters


def read_views(path: Path = FILE) -> tuple[list[View], list[str]]:
    """Read the views of a file; returns those that are sound, and a sentence for everything that is not.

    Args:
        path: a YAML file, a list of views.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            return [], [f"{path.name} is larger than {MOST_BYTES:,} bytes"]
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return [], [f"{path.name} cannot be read: {' '.join(str(error).split())}"]
    if not isinstance(entries, list):
        return [], [f"{path.name} is no list of views"]
    views, complaints = [], []
    for number, entry in enumerate(entries[:MOST_VIEWS], start=1):
        try:
            views.append(View.model_validate(entry))
        except ValidationError as error:
            title = str(entry.get("title", "without a title") if isinstance(entry, dict) else entry)[:60]
            complaints.append(f"View {number} of {path.name} ({title}) is left out: {explain(error)}")
    return views, complaints


def gallery() -> None:
    """Draw the cards, some a row, one on a narrow screen; entries that are broken are named below."""
    if state.hidden("navigation"):
        return
    views, complaints = read_views()
    shown = [view for view in views if page.PAGES[view.page].exists]
    st.header("Gallery", anchor=False)
    st.caption("Ready views: each opens a page in a certain state, from which you can go on.")
    for start in range(0, len(shown), A_ROW):
        for place, view in zip(st.columns(A_ROW), shown[start : start + A_ROW], strict=False):
            with place.container(border=True, height="stretch", gap=None):
                entry = page.PAGES[view.page]
                state.link_to_view(entry.script, f"**{literal(view.title)}**", view.parameters, icon=entry.icon)
                st.caption(literal(view.text))
    for complaint in complaints:
        st.warning(literal(complaint), icon=":material/warning:")
