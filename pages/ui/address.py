"""Links that outlive the defaults of the lab.

The address of a page holds only what departs from the defaults, so a default that changes would change what an old
address shows. A copied link therefore also carries what stood at its default: ``v`` is the version of the addresses,
``d`` all values that the address itself leaves out. Whoever opens it compares them with today's defaults, and what has
changed since is written into the address (:func:`outdated`). Links without ``d`` mean what the defaults are today.

``v`` is raised when a parameter gets another name or another meaning; a default that changes needs nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress

from pages.ui.locks import HIDE, LOCK, LOSS_PREFIXES

Text = str | list[str]
VERSION = 1
VERSION_KEY, DEFAULTS_KEY = "v", "d"
LINK_KEYS = (VERSION_KEY, DEFAULTS_KEY, LOCK, HIDE)
"""Parameters about the link itself; the others are choices of a page."""
SEPARATOR = "*"
MOST_SIGNS, MOST_PARTS = 20_000, 1_000
MOST_SAID = 60
NAME = re.compile(r"(?!embed)[a-z][a-z0-9_]{0,63}")


def pack(values: Mapping[str, Text]) -> str:
    """Write parameters as one short text, ``key*value*key*value``; a parameter of several values stands repeatedly."""
    parts = []
    for key, value in values.items():
        for one in (value or [""]) if isinstance(value, list) else [value]:
            parts += [key, one.replace("%", "%25").replace(SEPARATOR, "%2A")]
    return SEPARATOR.join(parts)


def unpack(text: str) -> dict[str, Text]:
    """Read what :func:`pack` wrote; from a text that is too long or no such text, what is no parameter is left out."""
    parts = text.split(SEPARATOR, MOST_PARTS) if len(text) <= MOST_SIGNS else []
    found: dict[str, Text] = {}
    for key, value in zip(parts[::2], parts[1::2], strict=False):
        if not NAME.fullmatch(key) or key in LINK_KEYS:
            continue
        value = value.replace("%2A", SEPARATOR).replace("%25", "%")
        before = found.get(key)
        found[key] = value if before is None else [*([before] if isinstance(before, str) else before), value]
    return found


def link_parameters(shown: Mapping[str, Text], query: Mapping[str, str]) -> dict[str, str]:
    """Return what a link needs beside the address to mean the same for ever: its version, and the rest of the values.

    Args:
        shown: every parameter of the view with its value.
        query: what the address says.
    """
    rest = {key: value for key, value in shown.items() if key not in query and NAME.fullmatch(key)}
    return {VERSION_KEY: str(VERSION), DEFAULTS_KEY: pack(rest)}


def outdated(packed: str, shown: Mapping[str, Text], query: Mapping[str, str]) -> dict[str, Text]:
    """Return the parameters that a link has left to defaults which have changed since; none where all are the same.

    Where one differs, those that the page does not show as things stand (options of another loss) go along.

    Args:
        packed: the parameter ``d`` of the link.
        shown: every parameter that the page shows, with its value.
        query: what the address says; it is stronger than ``d``.
    """
    left_out = {key: value for key, value in unpack(packed).items() if key not in query}
    if all(_same(shown.get(key, value), value) for key, value in left_out.items()):
        return {}
    return {key: value for key, value in left_out.items() if key not in shown or not _same(shown[key], value)}


def unfollowed(asked: Mapping[str, Text], shown: Mapping[str, Text]) -> list[str]:
    """Say which parameters of an address came out otherwise than it asked: unknown words, numbers out of range.

    Args:
        asked: what the address said when the page was opened.
        shown: every parameter that the page shows, with its value.
    """
    sentences = []
    for key, value in asked.items():
        if value and key in shown and not _same(shown[key], value):
            said, now = _short(value), _short(shown[key]) or "nothing"
            if key in LOSS_PREFIXES:
                sentences.append(f"The link names a loss this version does not know, {said}; shown is {now}.")
            else:
                sentences.append(f"The link sets {key} to {said}, which is not possible here; shown is {now}.")
    return sentences


def version_of(text: str) -> int:
    """Return the version that a link names, 0 where it names none that can be read."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _same(one: Text, other: Text) -> bool:
    """Whether two texts mean the same: ``1.0`` is ``1`` and ``TRUE`` is ``true``."""
    first, second = ([text] if isinstance(text, str) else text or [""] for text in (one, other))
    return len(first) == len(second) and all(map(_equal, first, second))


def _equal(one: str, other: str) -> bool:
    if one.casefold() == other.casefold():
        return True
    with suppress(ValueError):
        return math.isclose(float(one), float(other), rel_tol=1e-8)
    return False


def _short(value: Text) -> str:
    text = value if isinstance(value, str) else ", ".join(value)
    return text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}…"
