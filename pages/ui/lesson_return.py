"""The way from a lesson to another page and back: a parameter of that page's address, and a link at its top."""

from __future__ import annotations

import re
from pathlib import Path

from pages.ui import state

(FROM,) = state.PASSING_KEYS
"""Address parameter of the page that a lesson opened: name of the lesson and number of the step, ``resampling.2``."""
LEARN = str(Path(__file__).resolve().parents[1] / "7_Learn.py")
_PLACE = re.compile(r"([a-z0-9-]{1,40})\.([1-9][0-9]?)")


def open_link(file: str, label: str, *, lesson: str, step: int, icon: str, address: dict[str, str]) -> None:
    """Place a link to a page in exactly the state that a step names, the data set of the student kept.

    Args:
        file: Script of the page.
        label: Text of the link, Markdown.
        lesson: Name of the lesson.
        step: Number of the step, from 1.
        icon: Material icon of the page.
        address: Parameters of its address.
    """
    state.link(file, label, icon=icon, exact=True, **{**address, FROM: f"{lesson}.{step}"})


def back_link() -> None:
    """Place the link back where the address says that a lesson opened this page; nothing where it does not."""
    place = _PLACE.fullmatch(state.address_value(FROM))
    if place is None:
        return
    name, step = place.groups()
    state.link(
        LEARN,
        f"Back to the lesson {name.replace('-', ' ')}, step {step}",
        icon=":material/arrow_back:",
        lesson=name,
        lesson_step=step,
    )
