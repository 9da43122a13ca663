"""Values in the texts of a lesson: ``[[ratio]]`` becomes ``194 times``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from dbl_core.lessons.answer import Quantity, Value

PLACE = re.compile(r"\[\[([a-z][a-z0-9_]*)\]\]")


def fill(text: str, values: Mapping[str, Value], *, escape: Callable[[str], str] = str) -> str:
    """Put values into a text.

    Args:
        text: Text with places such as ``[[ratio]]``.
        values: What there is.
        escape: Applied to words and numbers, so that a name of the data is shown letter by letter.

    Raises:
        ValueError: The text names a value that is not there; the message lists those that are.
    """

    def found(place: re.Match[str]) -> str:
        if place[1] not in values:
            raise ValueError(f"the text names the value {place[1]!r}; there are {', '.join(values)}")
        value = values[place[1]]
        return escape(value.text if isinstance(value, Quantity) else value)

    return PLACE.sub(found, text)
